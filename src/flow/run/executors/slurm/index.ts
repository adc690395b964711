export { runInSlurm } from "./slurm.ts";
