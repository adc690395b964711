export { compareCodePoints } from "./code-points.ts";
export { type ConfigValue, type DvcConfig, parseDvcConfig, printDvcConfig } from "./dvc-config.ts";
export { configFault, configKeys } from "./dvc-config-schema.ts";
export { type DirEntry, parseDir, printDir } from "./dvc-dir.ts";
export type { HashName } from "./dvc-entry.ts";
export {
  type AddedOut,
  type DvcDep,
  type DvcFile,
  type DvcOut,
  type DvcRepo,
  parseDvcFile,
  printDvcFile,
} from "./dvc-file.ts";
export { setYamlKey, type YamlPath } from "./dvc-file-edit.ts";
export { patchDvcFile } from "./dvc-file-patch.ts";
export {
  type DvcLock,
  type LockEntry,
  type LockStage,
  lockStageValue,
  parseDvcLock,
  parseLockStage,
  printDvcLock,
  printLockEntry,
  printLockStage,
} from "./dvc-lock.ts";
export { type DvcImport, importFields, printDvcImport, stageChecksum } from "./dvc-remote-import.ts";
export {
  type DvcStage,
  type DvcYaml,
  printDvcYaml,
  type StageOut,
  type StageOutFlags,
  type StageParam,
} from "./dvc-yaml.ts";
export { type PipelineSource, parseDvcYaml, type StageSource } from "./dvc-yaml-parse.ts";
export { FormatError, TooLargeError } from "./format-error.ts";
export { type Notebook, type NotebookCell, parseNotebook } from "./ipynb.ts";
export { type ExampleFiles, type MlModel, parseMlModel, printMlModel } from "./ml-model.ts";
export {
  type ColumnSpec,
  type FieldSpec,
  type ModelColumnType,
  type ModelSignature,
  type NestedSpec,
  parseFields,
  printFields,
  type TensorSpec,
} from "./ml-signature.ts";
export {
  type AnsweredFile,
  type AnsweredPage,
  type AnsweredRun,
  parseCreatedExperiment,
  parseErrorAnswer,
  parseExperimentAnswer,
  parseExperimentPage,
  parseFilePage,
  parseHistoryPage,
  parseRunAnswer,
  parseRunPage,
} from "./mlflow-answers.ts";
export {
  artifactUri,
  list,
  type MlflowDataset,
  type MlflowExperiment,
  type MlflowPoint,
  type MlflowRun,
  printDatasetInput,
  printExperiment,
  printFile,
  printMetric,
  printPairs,
  printRun,
  printRunInfo,
  type Wire,
} from "./mlflow-api.ts";
export { invalidValue, MlflowError, type MlflowErrorCode, missingValue } from "./mlflow-error.ts";
export { queryBody, type RequestFields, requestFields } from "./mlflow-fields.ts";
export {
  type AnsweredModel,
  type AnsweredRunModels,
  parseDownloadUri,
  parseLoggedModelAnswer,
  parseLoggedModelPage,
  parseModelAnswer,
  parseModelPage,
  parseRunModels,
  parseVersionAnswer,
  parseVersionPage,
} from "./mlflow-model-answers.ts";
export {
  type MlflowLoggedModel,
  type MlflowModelMetric,
  type MlflowRegisteredLoggedModel,
  type MlflowRegisteredModel,
  type MlflowVersion,
  printLoggedModel,
  printRegisteredModel,
  printVersion,
  readModelStatus,
} from "./mlflow-models.ts";
export {
  type BatchRequest,
  type CreateRunRequest,
  type NamedMlflowPoint,
  parseCreateRun,
  parseLogBatch,
  parseLogInputs,
  parseLogMetric,
  parsePair,
  parseSearchRuns,
  parseUpdateRun,
  type RunStatusName,
  readKey,
  readLimit,
  readPairs,
  readRunId,
  readViewType,
  type SearchRunsRequest,
  type UpdateRunRequest,
} from "./mlflow-requests.ts";
export {
  type MlrunsMeta,
  type MlrunsModelPoint,
  type MlrunsPoint,
  parseMlrunsMeta,
  parseMlrunsMetric,
  parseMlrunsModelMetric,
} from "./mlruns.ts";
export { parseParamsFile } from "./params-file.ts";
export { pythonFloat } from "./python-number.ts";
export {
  isFloat,
  type JsonOptions,
  pythonEqual,
  pythonJson,
  pythonRepr,
  pythonText,
  yamlEntries,
} from "./python-text.ts";
export { pathFault } from "./relative-path.ts";
export { type TfEvent, type TfScalar, tfEventReader } from "./tf-events.ts";
export { maskedCrc32c, splitTfRecords, type TfRecords } from "./tf-record.ts";
export { patchYaml, removeYaml } from "./yaml-edit.ts";
export { parseYaml, readYaml, type YamlSource } from "./yaml-parse.ts";
export { printYaml } from "./yaml-print.ts";
export {
  isYamlMap,
  plainValue,
  YamlFloat,
  type YamlKey,
  type YamlMap,
  YamlTimestamp,
  type YamlValue,
} from "./yaml-value.ts";
