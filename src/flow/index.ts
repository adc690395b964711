export type {
  FlowBody,
  FlowBuilder,
  Input,
  Inputs,
  MapOptions,
  Output,
  ParamRefs,
  StepFunction,
  StepOptions,
} from "./builder.ts";
export { CodecError, decode, encode } from "./codec.ts";
export { definePlan, type PlannedFlow } from "./define-plan.ts";
export type { Duration } from "./duration.ts";
export { Flow, type FlowOptions, type FlowVerb, flow } from "./flow.ts";
export { FlowDefinitionError, FlowError, FlowStoppedError } from "./flow-error.ts";
export { FlowRun } from "./flow-run.ts";
export type { Binding, MapPlan, Plan, RetryPolicy, StepPlan } from "./plan.ts";
export type { Ref } from "./ref.ts";
export { projectAgain, resultDigest } from "./results.ts";
export type { FlowStatus, StepState, StepStatus, TaskRecord } from "./status.ts";
