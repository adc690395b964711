export { refusals } from "./command-stage.ts";
export { dvcProject, type RuntimeFiles } from "./project.ts";
