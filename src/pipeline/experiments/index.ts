export { applyExperiment, applyStash } from "./apply.ts";
export {
  branchExperiment,
  listExperiments,
  type RemoveExperimentsOptions,
  type RenameExperimentOptions,
  removeExperiments,
  renameExperiment,
} from "./change.ts";
export {
  diffExperiments,
  type ExperimentData,
  type ExperimentState,
  type RecordedContent,
  type RecordedOutput,
  type ShowExperimentsOptions,
  type ShownBaseline,
  type ShownExperiment,
  showExperiments,
} from "./collect.ts";
export { ExperimentError, ExperimentNameTakenError, UnknownExperimentError } from "./error.ts";
export { type Exchanged, type ExchangeOptions, pullExperiments, pushExperiments } from "./exchange.ts";
export { baselineNamesOf, cleanExperiments } from "./housekeeping.ts";
export { type Assignment, printAssignment } from "./overrides.ts";
export type { QueueState, QueueTask } from "./queue-task.ts";
export type { BaselineChoice, Experiment } from "./refs.ts";
export {
  type ExperimentEvent,
  type PlannedExperiment,
  queueExperiments,
  type RanExperiments,
  type RunExperimentOptions,
  runExperiments,
} from "./run.ts";
export { runQueued, runQueuedTask } from "./run-queued.ts";
export { type SaveExperimentOptions, saveExperiment } from "./save.ts";
export { type RunToSave, saveRun } from "./save-run.ts";
export type { TaskProcess } from "./task-files.ts";
export { queueTasks, removeTasks, tasksNamed } from "./tasks.ts";
export { killTask, type Program, queueWorkers, startWorkers, stopWorkers, workQueue } from "./workers.ts";
