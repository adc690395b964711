export { dvcProject, type RuntimeFiles } from "./project.ts";
