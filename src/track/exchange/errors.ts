import { StemmaError } from "../../error.ts";

/** A path that holds no runs we can read. */
export class ImportSourceError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("IMPORT_SOURCE", message, options);
  }
}

/** An `mlflow.db` of a schema that we don't read. */
export class MlflowRevisionError extends StemmaError {
  readonly revision: string;

  constructor(message: string, revision: string) {
    super("MLFLOW_REVISION", message);
    this.revision = revision;
  }
}

/** A file that an export would write over. */
export class ExportTargetError extends StemmaError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("EXPORT_TARGET", message, options);
  }
}
