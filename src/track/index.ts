export type {
  ColumnSpec,
  FieldSpec,
  ModelColumnType,
  ModelSignature,
  NestedSpec,
  TensorSpec,
} from "../format/index.ts";
export type { Autolog, AutologAdapter, StartLog, TrainingLog } from "./autolog/index.ts";
export {
  type BestOptions,
  type CompareOptions,
  Comparison,
  type CurvePoint,
  type CurveSource,
  type RunDelta,
  RunList,
  type RunsOptions,
} from "./comparison.ts";
export { type ArqueroModule, type ArqueroTable, MissingPackageError } from "./comparison-arquero.ts";
export type { ColumnsOptions, ComparisonColumns, ComparisonValue } from "./comparison-columns.ts";
export type { ComparisonRecord } from "./comparison-record.ts";
export { diffOf } from "./context-changes.ts";
export { currentReader } from "./current-reader.ts";
export type { UseTarget } from "./destination.ts";
export { startDetached } from "./detached.ts";
export {
  type DvcLiveOptions,
  type ExperimentSaver,
  type SavedRun,
  setExperimentSaver,
} from "./dvclive/index.ts";
export {
  ArtifactNotFoundError,
  ArtifactPathError,
  ArtifactSpaceError,
  ExperimentDeletedError,
  ExperimentExistsError,
  ExperimentNotFoundError,
  ParamChangedError,
  RunDeletedError,
  RunEndedElsewhereError,
  RunEndedError,
  RunNotFoundError,
} from "./errors.ts";
export {
  type ExportOptions,
  type ExportSummary,
  ExportTargetError,
  exportMlflow,
  type ImportProgress,
  ImportSourceError,
  type ImportSummary,
  importRuns,
  MlflowRevisionError,
  type RunsImportOptions,
  type RunTable,
  runTable,
} from "./exchange/index.ts";
export { Experiment } from "./experiment.ts";
export { goalOf } from "./goal.ts";
export type { DataEntity, DataLike, InputOptions } from "./inputs.ts";
export {
  checkStore,
  type Finding,
  type FindingKind,
  type GcExperiment,
  type GcModel,
  type GcPlan,
  type GcRun,
  planGc,
  type Repaired,
  type RunsGcOptions,
  repairStore,
  runGc,
} from "./keep/index.ts";
export { LateRun, type LateRunEnd, type LateRunHead, LateRuns } from "./late-run.ts";
export { isDead, type Lease, thisProcess } from "./lease.ts";
export { nestedCounts, type RunsFound, runNames, runsBelow, topRuns } from "./local/index.ts";
export {
  columnsJson,
  type ImageCanvas,
  type ImageEntry,
  type ImageOptions,
  type ImagePixels,
  type ImageTensor,
  type ImageValue,
  imageEntries,
  type KeptFigure,
  type KeptMedia,
  keptMedia,
  loggedTables,
  type PreviewValue,
  profileJson,
  readMedia,
  type TablePreview,
} from "./media/index.ts";
export type { MetricOptions, PointTap } from "./metric-log.ts";
export {
  type ModelFlavor,
  ModelFlavorError,
  type ModelFlavors,
  type ModelFolder,
  type ModelInfo,
  type ModelInput,
  ModelInputError,
  type ModelOptions,
  ModelReferenceError,
  type ModelRegistry,
  modelsInUse,
  OnnxModel,
  type OnnxSession,
  type Prediction,
  type Requirements,
  type SavedFlavor,
  SavedModel,
  type Tensor,
} from "./models/index.ts";
export { NameError } from "./names.ts";
export { openRuns } from "./open-runs.ts";
export type { RunBody, TrackOptions } from "./options.ts";
export { type ParamText, ValueError } from "./params.ts";
export { type Pushed, type PushOptions, type PushProgress, type PushReport, pushRuns } from "./push/index.ts";
export {
  type ArtifactEntry,
  type DatasetInput,
  type ExperimentRecord,
  type Json,
  type MetricPoint,
  type RunRecord,
  type RunStatus,
  runStatuses,
} from "./record.ts";
export {
  AliasNotFoundError,
  type LoggedModel,
  LoggedModelNotFoundError,
  type LoggedModelOrder,
  type LoggedModelQuery,
  type LoggedModelStatus,
  type LoggedModelStore,
  ModelExistsError,
  type ModelMetric,
  ModelNotFoundError,
  type ModelPage,
  type ModelStage,
  type ModelStore,
  type Models,
  type ModelVersion,
  modelStages,
  type NewLoggedModel,
  type NewVersion,
  openModels,
  openRestModels,
  type RegisteredModel,
  type RegistryQuery,
  type RunModels,
  sendModel,
  type VersionKey,
  VersionNotFoundError,
} from "./registry/index.ts";
export {
  type ReproducedKind,
  type ReproducedValue,
  type ReproduceRunOptions,
  type Reproducer,
  Reproduction,
  type ReproductionRecord,
  setReproducer,
} from "./reproduction.ts";
export { Run, type RunParts, type TagValue } from "./run.ts";
export { type Histories, localReader, type RunReader } from "./run-reader.ts";
export type {
  ExperimentPage,
  ExperimentQuery,
  ExperimentStore,
  NamedPoint,
  NewRun,
  RunBatch,
  RunPage,
  RunQuery,
  RunStore,
} from "./run-store.ts";
export type { EndStatus, RunWriter } from "./run-writer.ts";
export { FilterError, PageTokenError } from "./search/index.ts";
export { type RunKey, TailWriteError } from "./series/index.ts";
export { serverTag, unsentTag } from "./server-tags.ts";
export { sourcesOf } from "./sources.ts";
export {
  type ArtifactFiles,
  ArtifactRootError,
  type Machine,
  openRestRuns,
  type RestOptions,
  type RestRuns,
  readRun,
  ServerAnswerError,
  ServerAuthError,
  ServerDownError,
  ServerRefusedError,
  ServerTrustError,
  ServerWaitError,
} from "./stores/index.ts";
export type { SystemMetricsOptions } from "./system/index.ts";
export { type Track, track } from "./track.ts";
