export { accessors, dvcProject, type RuntimeFiles, refusals } from "./dvc/index.ts";
