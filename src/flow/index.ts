export type { Binding, MapPlan, Plan, RetryPolicy, StepPlan } from "./plan.ts";
export type { FlowStatus, StepState, StepStatus, TaskRecord } from "./status.ts";
