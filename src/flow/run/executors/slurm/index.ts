export { cancelAhead, isAhead } from "./ahead.ts";
export { runInSlurm } from "./slurm.ts";
