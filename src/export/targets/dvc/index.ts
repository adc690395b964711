export { accessors } from "./expressions.ts";
export { dvcProject, type RuntimeFiles } from "./project.ts";
export { refusals } from "./refusals.ts";
