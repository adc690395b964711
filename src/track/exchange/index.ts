export { ExportTargetError, ImportSourceError, MlflowRevisionError } from "./errors.ts";
export { type ExportOptions, type ExportSummary, exportMlflow } from "./export-mlflow.ts";
export { type ImportOptions, type ImportProgress, type ImportSummary, importRuns } from "./import-runs.ts";
export { type RunTable, runTable } from "./run-table.ts";
