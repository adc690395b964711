import { findProject, type Project } from "../store/index.ts";
import type { RunStore } from "./run-store.ts";
import { localStore } from "./stores/index.ts";

/** The runs of a project. @param where the project, or an existing folder in it; the working folder where absent */
export function openRuns(where: Project | string = process.cwd()): RunStore {
  return localStore(typeof where === "string" ? findProject(where) : where);
}
