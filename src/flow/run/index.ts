export { type ExecutedTask, execTask, type SpecOutcome, type TaskSpec, TaskSpecError } from "./executors/index.ts";
export { type FlowStart, runFlow } from "./run-flow.ts";
export { runOnly } from "./run-only.ts";
