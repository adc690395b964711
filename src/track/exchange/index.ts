export { ExportTargetError, ImportSourceError, MlflowRevisionError } from "./errors.ts";
export { type ExportOptions, type ExportSummary, exportMlflow } from "./export-mlflow.ts";
export type { ImportProgress, ImportSummary, RunsImportOptions } from "./import-options.ts";
export { importRuns } from "./import-runs.ts";
export { type RunTable, runTable } from "./run-table.ts";
