export { dvcLiveAfter, type ExperimentSaver, type SavedRun, setExperimentSaver } from "./follow.ts";
export type { DvcLiveOptions } from "./options.ts";
