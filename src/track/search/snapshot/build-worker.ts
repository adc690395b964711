import { workerData } from "node:worker_threads";
import { openDatabase, type Project } from "../../../store/index.ts";
import { buildSnapshot } from "./build.ts";

const project = workerData as Project;
buildSnapshot(project);
openDatabase(project).close();
