export { printAscii } from "./ascii-dag.ts";
export { type CommitStagesOptions, commitStages, StageCommitError } from "./commit-stages.ts";
export { type Dag, type DagOptions, pipelineDag, printDot, printMermaid } from "./dag.ts";
export { type DryStage, type DryVerdict, dryRun } from "./dry.ts";
export {
  addStage,
  type EditedStage,
  type EditOptions,
  type NewOutput,
  type NewStage,
  setFrozen,
} from "./edit-stages.ts";
export type { PipelineEvent } from "./events.ts";
export * from "./experiments/index.ts";
export { type ListedStage, type ListOptions, listStages } from "./list-stages.ts";
export { diffMetrics, type MetricsByRevision, type MetricsOptions, showMetrics } from "./metrics.ts";
export { type ModifyPlotOptions, modifyPlot } from "./modify-plot.ts";
export { diffParams, type ParamsOptions } from "./params-diff.ts";
export {
  PipelineError,
  ReproductionError,
  StageFailedError,
  UnknownTargetError,
} from "./pipeline-error.ts";
export { type PipelineStatus, pipelineStatus, type StageChange, type StatusOptions } from "./pipeline-status.ts";
export {
  diffRevisions,
  namedTemplate,
  type Plot,
  type PlotError,
  type PlotOptions,
  type PlotPage,
  type PlotProps,
  type Plots,
  plotPage,
  showPlots,
  type TemplateValue,
  templateNames,
} from "./plots/index.ts";
export { remoteHooks } from "./pull-hooks.ts";
export { reproduce } from "./reproduce.ts";
export type { PullHooks, ReproduceOptions, ReproduceResult } from "./reproduce-options.ts";
export { reproduceTracked, type TrackedOptions, type TrackedResult } from "./reproduce-tracked.ts";
export { addressOf, type DataStage, type GraphStage, type PipelineStage } from "./stage.ts";
export { unrecordedOuts } from "./unrecorded-outs.ts";
export { type FileValues, flatValues, type ValueDiff, type ValuesDiff, type ViewValues } from "./values.ts";
export type { RevisionOptions } from "./view.ts";
