export { dvcProject, type RuntimeFiles } from "./dvc/index.ts";
