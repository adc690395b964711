import type { DatasetInput, RunStatus } from "../record.ts";
import type { Columns } from "../series/index.ts";
import type { ForeignModels, ForeignRunModel } from "./foreign-models.ts";

/** An experiment of another store. */
export interface ForeignExperiment {
  readonly id: string;
  readonly name: string;
  readonly lifecycle: "active" | "deleted";
  readonly createdMs: number;
  readonly updatedMs: number;
  /** When it was deleted; null where it is not, or the store does not say. */
  readonly deletedMs: number | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** A run of another store, without the points of its metrics. */
export interface ForeignRun {
  readonly id: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly lifecycle: "active" | "deleted";
  readonly user: string;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly deletedMs: number | null;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly inputs: readonly DatasetInput[];
  readonly models: readonly ForeignRunModel[];
  /** Where that store says the artifacts are; "" where it does not. */
  readonly artifactUri: string;
  /** Folders of this machine to look for them in, the best first. */
  readonly artifactFolders: readonly string[];
}

export interface ForeignMetric {
  readonly name: string;
  readonly columns: Columns;
}

/** A store to import from. Reads only; nothing in it or beside it changes. */
export interface ForeignSource {
  /** For the summary: "MLflow database of revision 6953534de441". */
  readonly title: string;
  experiments(): readonly ForeignExperiment[];
  /** The runs of an experiment, deleted ones too, oldest first. */
  runIds(experiment: string): readonly string[];
  run(id: string): ForeignRun;
  /** The points of all metrics of a run. */
  metrics(id: string): Iterable<ForeignMetric>;
  countPoints(id: string): number;
  /** Null where such a store keeps none. */
  models(): ForeignModels | null;
  /** What a reader could not take, in sentences. */
  notes(): readonly string[];
  close(): void;
}
