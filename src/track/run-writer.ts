import type { Entity } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import type { DataEntity } from "./inputs.ts";
import type { MetricOptions } from "./metric-log.ts";
import type { ParamText } from "./params.ts";
import type { DatasetInput, MetricPoint, RunRecord, RunStatus } from "./record.ts";
import type { RunKey } from "./series/index.ts";
import type { RestRuns } from "./stores/index.ts";

/** How a run can end. */
export type EndStatus = "FINISHED" | "FAILED" | "KILLED";

/**
 * Through which everything is written to an open run: by the methods of `Run`, and by whoever adds to them. What a call
 * took is in the project's store when it returns; where the run is kept on a server too, it is sent behind, in order.
 *
 * @throws {RunEndedError} by each call that writes, once the run has ended
 */
export interface RunWriter {
  readonly project: Project;
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly key: RunKey;
  readonly status: RunStatus;

  /** @throws {RunEndedError} the run has ended */
  checkOpen(): void;
  /** Numbers by name, at the speed of an append: see `Run.log`. */
  log(metrics: object, options?: MetricOptions): void;
  /** Many points of one metric at once, with their steps and times. @throws {NameError} @throws {ValueError} */
  points(name: string, points: readonly MetricPoint[]): void;
  /** All or none. @throws {ParamChangedError} @throws {NameError} */
  params(params: ReadonlyMap<string, ParamText>): void;
  /** That of the name, `mlflow.runName`, renames the run. @throws {NameError} */
  tags(tags: Readonly<Record<string, string>>): void;
  /** Nothing happens where there is no such tag. */
  dropTag(name: string): void;
  /** A data set; with `entity` an arrow in the lineage too. */
  input(dataset: DatasetInput, entity: DataEntity | null): void;
  /** A small file; one of that path is replaced. @throws {ArtifactPathError} */
  artifact(path: string, bytes: Uint8Array | string): void;
  /** A copy of a file of any size, which passes through without being held in memory. @throws {ArtifactPathError} */
  artifactFile(path: string, file: string): Promise<void>;
  /** An arrow in the lineage: the run used, or made, something. */
  fact(verb: "used" | "made", entity: Entity): void;
  /**
   * Does something on the server as well, after all that was written before and before the run ends there; not done
   * where the run is kept in the project only. What it throws is told as any other thing that could not be sent.
   *
   * @param what for the sentence that tells: "model fit"
   */
  onServer(what: string, work: (server: RestRuns) => Promise<void>): void;

  /** The run as it is now. */
  record(): RunRecord;
  /** Ends the run. The status stands when it returns; resolves when all has arrived where the run is kept. */
  end(status: EndStatus): Promise<void>;
}
