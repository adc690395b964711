export { cancelAhead, isAhead } from "./run-queue.ts";
export { runInSlurm } from "./slurm.ts";
