import type { Executor } from "../executor.ts";

export const runInSlurm: Executor = () => Promise.reject(new Error("Slurm"));
