export { NotReproducibleError } from "./not-reproducible.ts";
export { ReproductionFailedError } from "./processes.ts";
export { NestedReproductionError, reproduceRun } from "./reproduce-run.ts";
