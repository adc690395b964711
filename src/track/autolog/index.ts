export type { AutologAdapter, StartLog, TrainingLog } from "./adapter.ts";
export { type Autolog, autologModel, type OpenRun, type RunOpener, startAutolog } from "./autolog.ts";
