/** Ends a step's process, with all that it started, when its parent is gone: also in the middle of a busy loop. */
import { workerData } from "node:worker_threads";
import { isAlive } from "../../../store/index.ts";

const parent = Number(workerData);

setInterval(() => {
  if (process.ppid === parent && isAlive(parent)) return;
  process.kill(process.platform === "win32" ? process.pid : -process.pid, "SIGKILL");
}, 200);
