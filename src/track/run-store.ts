import type { ArtifactEntry, DatasetInput, ExperimentRecord, MetricPoint, RunRecord, RunStatus } from "./record.ts";

export interface NewRun {
  readonly experimentId: string;
  readonly name: string;
  readonly user: string;
  readonly startMs: number;
  readonly parentId: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface RunQuery {
  readonly experimentIds: readonly string[];
  readonly lifecycle?: "active" | "deleted" | "all";
  /** MLflow's filter grammar; empty for all. */
  readonly filter?: string;
  /** MLflow's `order_by`: `metrics.rmse ASC`, `attributes.start_time DESC`; newest first where absent. */
  readonly orderBy?: readonly string[];
  /** Runs in one page, 1 to 50,000; 1,000 where absent. */
  readonly limit?: number;
  readonly pageToken?: string;
}

export interface RunPage {
  readonly runs: readonly RunRecord[];
  /** Null at the end. */
  readonly nextPageToken: string | null;
}

export interface NamedPoint extends MetricPoint {
  readonly key: string;
}

/**
 * Where runs are kept: the local database, or a tracking server over REST. Both pass one conformance suite.
 * All answers are as of the call, points of a run that is being written included.
 */
export interface RunStore {
  createExperiment(name: string, tags?: Readonly<Record<string, string>>): Promise<ExperimentRecord>;
  experiment(id: string): Promise<ExperimentRecord | null>;
  experimentByName(name: string): Promise<ExperimentRecord | null>;
  experiments(lifecycle?: "active" | "deleted" | "all"): Promise<readonly ExperimentRecord[]>;
  setExperimentTag(id: string, key: string, value: string): Promise<void>;

  createRun(run: NewRun): Promise<RunRecord>;
  run(id: string): Promise<RunRecord | null>;
  searchRuns(query: RunQuery): Promise<RunPage>;
  updateRun(
    id: string,
    change: { readonly status?: RunStatus; readonly endMs?: number; readonly name?: string },
  ): Promise<RunRecord>;
  deleteRun(id: string): Promise<void>;
  restoreRun(id: string): Promise<void>;

  logParams(id: string, params: Readonly<Record<string, string>>): Promise<void>;
  logMetrics(id: string, points: readonly NamedPoint[]): Promise<void>;
  setTags(id: string, tags: Readonly<Record<string, string>>): Promise<void>;
  deleteTag(id: string, key: string): Promise<void>;
  logInputs(id: string, inputs: readonly DatasetInput[]): Promise<void>;
  /** Every point of one metric, by rising step, then time; duplicates kept once. */
  metricHistory(id: string, key: string): Promise<readonly MetricPoint[]>;

  artifacts(id: string, folder?: string): Promise<readonly ArtifactEntry[]>;
  writeArtifact(id: string, path: string, bytes: Uint8Array): Promise<void>;
  readArtifact(id: string, path: string): Promise<Uint8Array>;
}
