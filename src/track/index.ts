export type { ComparisonRecord } from "./comparison-record.ts";
export { openRuns } from "./open-runs.ts";
export type {
  ArtifactEntry,
  DatasetInput,
  ExperimentRecord,
  Json,
  MetricPoint,
  RunRecord,
  RunStatus,
} from "./record.ts";
export type { NamedPoint, NewRun, RunPage, RunQuery, RunStore } from "./run-store.ts";
