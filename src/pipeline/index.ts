export { type DryStage, type DryVerdict, dryRun } from "./dry.ts";
export type { PipelineEvent } from "./events.ts";
export {
  PipelineError,
  ReproductionError,
  StageFailedError,
  UnknownTargetError,
} from "./pipeline-error.ts";
export { type PullHooks, type ReproduceOptions, type ReproduceResult, reproduce } from "./reproduce.ts";
export { addressOf, type DataStage, type GraphStage, type PipelineStage } from "./stage.ts";
