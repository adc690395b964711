export type {
  Branches,
  BranchOutput,
  Case,
  CaseName,
  ExecParts,
  FlowBody,
  FlowBuilder,
  Input,
  Inputs,
  LoopOptions,
  MapOptions,
  NoOther,
  Output,
  ParamRefs,
  Round,
  SomeBranches,
  StepFunction,
  StepOptions,
  SubFlow,
  WhenOptions,
} from "./builder.ts";
export { type BoundFunction, boundFunction } from "./capture/index.ts";
export { type CardTable, cardColumns } from "./card-columns.ts";
export {
  FlowCard,
  FlowStep,
  FlowTask,
  GoneValueError,
  madeBy,
  NoSuchRunError,
  type OnlyOptions,
  type ResumeOptions,
  RunFacts,
  RunTags,
  StepTrial,
  type Tags,
  type TrialTask,
} from "./client/index.ts";
export { placeholders, replaced } from "./command/index.ts";
export type { StepCard, StepCheckpoint, StepContext, StepRandom } from "./context.ts";
export { isUsed as isUsedFlow, noteDefinition } from "./define/index.ts";
export { definePlan, type PlannedFlow } from "./define-plan.ts";
export type { Duration } from "./duration.ts";
export { CodecError, decode, encode } from "./encoding/index.ts";
export { Flow, type FlowOptions, type FlowRunOptions, type FlowVerb, flow } from "./flow.ts";
export { type FlowGcOptions, FlowRunList, type FlowRunQuery, type FlowVerbs, keptRunStatus } from "./flow-client.ts";
export { FlowDefinitionError, FlowError, FlowStoppedError } from "./flow-error.ts";
export { FlowRun, KeptFlowRun } from "./flow-run.ts";
export {
  type AttemptRecord,
  type AttemptState,
  attemptsOf,
  type CollectedRuns,
  type CollectOptions,
  cardsOf,
  collect,
  DamagedResultError,
  FlowRunningError,
  type FlowRunPage,
  type FlowRunPageOptions,
  type FlowRunRecord,
  type FlowRunsOptions,
  flowRun,
  flowRunPage,
  flowRuns,
  type KeptAttempt,
  type KeptCard,
  type KeptCardPart,
  planOf,
  ResumeError,
  visibleCards,
} from "./keep/index.ts";
export { projectAgain, resultDigest } from "./keys/index.ts";
export { didYouMean, nearName } from "./near-name.ts";
export {
  type Binding,
  type BranchPlan,
  type CommandPlan,
  givenText,
  type LoopPlan,
  leavesOf,
  type MapPlan,
  membersOf,
  type NotePlan,
  type Plan,
  plainStep,
  type Ref,
  type Resources,
  type RetryPolicy,
  type StepPlan,
  taskLabel,
  type ValuePath,
  type WhenPlan,
} from "./plan/index.ts";
export { seededInputs } from "./run/executors/seed.ts";
export { type ExecutedTask, execTask, type SpecOutcome, type TaskSpec, TaskSpecError } from "./run/index.ts";
export { SliceError, type SliceOptions } from "./slice.ts";
export type {
  FlowStatus,
  LogTail,
  StatusCard,
  StatusCardPart,
  StepState,
  StepStatus,
  TaskRecord,
} from "./status/index.ts";
export {
  type FlowWatch,
  type PrintStream,
  type RunView,
  type WatchedFlow,
  type WatchedRun,
  type WatchedTask,
  watchFlows,
} from "./status/index.ts";
export { file, MissingValuePackageError, StepFile } from "./values/index.ts";
