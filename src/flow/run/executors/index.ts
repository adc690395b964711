export { attempts, type RunPlace, runPlace, seatFor } from "./attempts.ts";
export { type ExecutedTask, execTask } from "./exec-task.ts";
export type { Outcome, Try } from "./executor.ts";
export { seededInputs, seedOf } from "./seed.ts";
export type { Seat } from "./slots.ts";
export { cancelAhead, isAhead } from "./slurm/index.ts";
export type { CardPart, ContextFacts, StepSink } from "./step-context.ts";
export { TaskLog } from "./task-log.ts";
export { type SpecOutcome, type TaskSpec, TaskSpecError } from "./task-spec.ts";
