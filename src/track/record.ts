/** What is known of a run: plain data, the same for the local store, a REST server, the display and the panel. */

export type RunStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

export const runStatuses: readonly RunStatus[] = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"];

/** A JSON value, as params take it; flattened with dots for MLflow. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export interface MetricPoint {
  /** NaN and both infinities are kept. */
  readonly value: number;
  /** A whole number, may be negative. */
  readonly step: number;
  /** Unix time. */
  readonly timeMs: number;
}

export interface ExperimentRecord {
  readonly id: string;
  readonly name: string;
  readonly lifecycle: "active" | "deleted";
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Runs that are not deleted. */
  readonly runCount: number;
}

/** A data set that a run used, in MLflow's words. */
export interface DatasetInput {
  readonly name: string;
  /** DVC's md5 of the data. */
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  /** MLflow's `mlflow.data.context` and others. */
  readonly tags: Readonly<Record<string, string>>;
}

export interface RunRecord {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly experimentId: string;
  readonly experiment: string;
  readonly status: RunStatus;
  readonly lifecycle: "active" | "deleted";
  readonly user: string;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly parentId: string | null;
  /** Absolute path of the folder with the run's artifacts. */
  readonly artifactFolder: string;
  /** Text of each param as MLflow shows it; a string stands as it is, everything else as JSON. */
  readonly params: Readonly<Record<string, string>>;
  /** The latest point of each metric: greatest by step, then time, then value (MLflow's rule). */
  readonly metrics: Readonly<Record<string, MetricPoint>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly inputs: readonly DatasetInput[];
}

/** One entry of a run's artifact folder; `path` is relative to it, with `/`. */
export interface ArtifactEntry {
  readonly path: string;
  readonly folder: boolean;
  readonly bytes: number | null;
}
