import type { ArtifactEntry, DatasetInput, ExperimentRecord, MetricPoint, RunRecord, RunStatus } from "./record.ts";

export interface NewRun {
  readonly experimentId: string;
  readonly name: string;
  readonly user: string;
  readonly startMs: number;
  readonly parentId: string | null;
  readonly tags: Readonly<Record<string, string>>;
  /** RUNNING where absent; SCHEDULED for one that starts later. */
  readonly status?: RunStatus;
  /** Of one that is over when it is written. */
  readonly endMs?: number;
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

/** What {@link RunStore.logBatch} keeps together. */
export interface RunBatch {
  readonly metrics?: readonly NamedPoint[];
  readonly params?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface ExperimentQuery {
  readonly lifecycle?: "active" | "deleted" | "all";
  /** MLflow's grammar of `name`, `experiment_id`, `creation_time`, `last_update_time` and tags; with OR, NOT and brackets. */
  readonly filter?: string;
  /** `name ASC`, `creation_time DESC`; newest first where absent. */
  readonly orderBy?: readonly string[];
  /** Experiments in one page, 1 to 50,000; 1,000 where absent. */
  readonly limit?: number;
  readonly pageToken?: string;
}

export interface ExperimentPage {
  readonly experiments: readonly ExperimentRecord[];
  /** Null at the end. */
  readonly nextPageToken: string | null;
}

/** The experiments of a store. */
export interface ExperimentStore {
  createExperiment(name: string, tags?: Readonly<Record<string, string>>): Promise<ExperimentRecord>;
  experiment(id: string): Promise<ExperimentRecord | null>;
  experimentByName(name: string): Promise<ExperimentRecord | null>;
  experiments(lifecycle?: "active" | "deleted" | "all"): Promise<readonly ExperimentRecord[]>;
  /** @throws {ExperimentExistsError} @throws {ExperimentDeletedError} @throws {ExperimentNotFoundError} @throws {NameError} */
  renameExperiment(id: string, name: string): Promise<void>;
  /** Marks an experiment as deleted, and its runs with it. @throws {ExperimentNotFoundError} */
  deleteExperiment(id: string): Promise<void>;
  /** Takes that back, for all its runs. @throws {ExperimentNotFoundError} */
  restoreExperiment(id: string): Promise<void>;
  setExperimentTag(id: string, key: string, value: string): Promise<void>;
  /** Nothing happens where there is no such tag. */
  deleteExperimentTag(id: string, key: string): Promise<void>;
}

/**
 * Where runs are kept: the local database, or a tracking server over REST. Both pass one conformance suite.
 * All answers are as of the call, points of a run that is being written included.
 */
export interface RunStore extends ExperimentStore {
  /** @throws {FilterError} @throws {PageTokenError} @throws {ValueError} */
  searchExperiments(query: ExperimentQuery): Promise<ExperimentPage>;
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
  /**
   * Metrics, params and tags in one transaction: all of them or, when one is refused, none. An MLflow server gives that
   * for what one of its requests holds (1000 metrics, 100 params, 100 tags, 1000 in all); more goes in several.
   */
  logBatch(id: string, batch: RunBatch): Promise<void>;
  logInputs(id: string, inputs: readonly DatasetInput[]): Promise<void>;
  /** Every point of one metric, by rising step, then time; duplicates kept once. */
  metricHistory(id: string, key: string): Promise<readonly MetricPoint[]>;

  artifacts(id: string, folder?: string): Promise<readonly ArtifactEntry[]>;
  writeArtifact(id: string, path: string, bytes: Uint8Array): Promise<void>;
  readArtifact(id: string, path: string): Promise<Uint8Array>;
}
