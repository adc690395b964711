/** The program of the thread that tells other machines that this process lives. */
import { workerData } from "node:worker_threads";
import { beat, type HeartbeatOrder } from "./heartbeat.ts";

const { project, owner, everyMs } = workerData as HeartbeatOrder;

setInterval(() => beat(project, owner), everyMs);
