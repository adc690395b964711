export { definedStatus } from "./flow-status.ts";
export { failureReason, type LastFailure, lastFailures } from "./last-failures.ts";
export type { FlowStatus, LogTail, StatusCard, StatusCardPart, StepState, StepStatus, TaskRecord } from "./status.ts";
export {
  type FlowWatch,
  flowWatch,
  type PrintStream,
  type RunView,
  type WatchedFlow,
  type WatchedRun,
  type WatchedTask,
  watchFlows,
} from "./watch.ts";
