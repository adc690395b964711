export { givenText, noListText, shownValue } from "./given-text.ts";
export { type FlowPlace, flowPlace, workingFolder } from "./place.ts";
export {
  type Binding,
  type BranchPlan,
  type CommandPlan,
  isLoop,
  type LoopPlan,
  type MapPlan,
  type NotePlan,
  type Plan,
  plainStep,
  type Resources,
  type RetryPolicy,
  type Scope,
  type StepPlan,
  type ValuePath,
  type WhenPlan,
} from "./plan.ts";
export { needsOf, stepsAbove, stepsBelow } from "./plan-graph.ts";
export { find, indicesIn, type Place, top } from "./plan-place.ts";
export { leavesOf, membersOf, stepsOf } from "./plan-walk.ts";
export { bindingText, pathText, type Ref, type RefFacts, ref, refFacts } from "./ref.ts";
export { stepsNamed } from "./step-names.ts";
export { caughtItems, caughtMessage, caughtReason, failureCause, notRun, taskLabel } from "./task-label.ts";
