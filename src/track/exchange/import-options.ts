export interface RunsImportOptions {
  /** Only the experiment of this name. For TensorBoard's files, which have none: what the experiment is called. */
  readonly experiment?: string;
  /** Where the artifacts are, when they are neither where the store says nor beside it: `<folder>/<experiment>/<run>/artifacts`. */
  readonly artifacts?: string;
  /** Says what would be added, and adds nothing. */
  readonly dryRun?: boolean;
  /** Called before each run. */
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly done: number;
  readonly of: number;
  readonly run: string;
}

/** What an import did; with `dryRun` what it would do. */
export interface ImportSummary {
  readonly source: string;
  readonly experiments: number;
  readonly runs: number;
  /** Runs that were here, and had gone on there. */
  readonly updated: number;
  /** Runs that were here as they are there. */
  readonly present: number;
  /** Logged models of MLflow 3. */
  readonly models: number;
  /** Versions of registered models. */
  readonly versions: number;
  readonly points: number;
  readonly files: number;
  readonly bytes: number;
  /** What could not be taken, in sentences. */
  readonly notes: readonly string[];
}
