import { type Entity, recordFacts } from "../lineage/index.ts";
import { openDatabase, type Project, type Sql } from "../store/index.ts";
import { RunEndedElsewhereError, RunEndedError } from "./errors.ts";
import type { DataEntity } from "./inputs.ts";
import {
  type ArtifactPlace,
  artifactFolder,
  changeRun,
  copyArtifact,
  dropTag,
  putArtifact,
  putInputs,
  putParams,
  putPoints,
  putTags,
  type RunRow,
  runRow,
} from "./local/index.ts";
import { MetricLog, type MetricOptions, type PointTap } from "./metric-log.ts";
import { activityOf } from "./open-run.ts";
import type { ParamText } from "./params.ts";
import type { DatasetInput, MetricPoint, RunRecord, RunStatus } from "./record.ts";
import { linkModelMetrics } from "./registry/index.ts";
import type { EndStatus, RunWriter } from "./run-writer.ts";
import type { RunKey } from "./series/index.ts";
import { keepSources } from "./sources.ts";
import { readRun } from "./stores/index.ts";

export interface LocalWriterOptions {
  readonly project: Project;
  readonly key: RunKey;
  /** Each `log()` in the file before it returns. */
  readonly eachCall: boolean;
  /** Where auto-counted steps begin, for a run that has points already. */
  readonly nextSteps: ReadonlyMap<string, number>;
  /** Hears of each point that was logged. */
  readonly tap: PointTap | null;
}

/** Writes an open run into the project's store, where every run is kept. */
export class LocalWriter implements RunWriter {
  readonly project: Project;
  readonly key: RunKey;
  readonly id: string;
  readonly #row: RunRow;
  readonly #metrics: MetricLog;
  #name: string;
  #status: RunStatus = "RUNNING";

  constructor(options: LocalWriterOptions) {
    this.project = options.project;
    this.key = options.key;
    this.id = options.key.id;
    this.#row = runRow(openDatabase(this.project), this.id);
    this.#name = this.#row.name;
    this.#metrics = new MetricLog(this.project, { ...options, run: this.id });
  }

  get name(): string {
    return this.#name;
  }

  get experiment(): string {
    return this.#row.experimentName;
  }

  get status(): RunStatus {
    return this.#status;
  }

  log(values: object, when?: MetricOptions): void {
    if (this.#status !== "RUNNING") throw this.#ended();
    this.#metrics.log(values, when);
  }

  points(name: string, points: readonly MetricPoint[]): void {
    this.#write((sql) =>
      putPoints(
        sql,
        this.key.row,
        points.map((point) => ({ ...point, key: name })),
      ),
    );
  }

  params(params: ReadonlyMap<string, ParamText>): void {
    this.#write((sql) => putParams(sql, this.key.row, params));
  }

  tags(tags: Readonly<Record<string, string>>): void {
    this.#write((sql) => putTags(sql, this.key.row, tags));
    this.#name = tags["mlflow.runName"] ?? this.#name;
  }

  dropTag(name: string): void {
    this.#write((sql) => dropTag(sql, this.key.row, name));
  }

  input(dataset: DatasetInput, entity: DataEntity | null): void {
    this.#write((sql) => {
      putInputs(sql, this.key.row, [dataset]);
      if (entity !== null) this.fact("used", entity);
    });
  }

  artifact(path: string, bytes: Uint8Array | string): void {
    this.checkOpen();
    putArtifact(this.#place(), path, bytes);
    this.fact("made", { kind: "artifact", run: this.id, path });
  }

  async artifactFile(path: string, file: string): Promise<void> {
    this.checkOpen();
    await copyArtifact(this.#place(), path, file);
    this.fact("made", { kind: "artifact", run: this.id, path });
  }

  fact(verb: "used" | "made", entity: Entity): void {
    recordFacts(this.project, [{ activity: activityOf(this.id), verb, entity, timeMs: Date.now() }]);
  }

  onServer(): void {
    this.checkOpen();
  }

  checkOpen(): void {
    if (this.#status !== "RUNNING") throw this.#ended();
  }

  record(): RunRecord {
    const record = readRun(this.project, this.id);
    if (record === null) throw new RunEndedError(this.name, "its store was deleted");
    return record;
  }

  end(status: EndStatus): Promise<void> {
    if (this.#status !== "RUNNING") return Promise.resolve();
    this.#metrics.close();
    openDatabase(this.project).write((sql) => keepSources(sql, this.key.row));
    linkModelMetrics(this.project, this.key);
    let first: RunStatus | null = null;
    const folded = changeRun(this.project, this.id, (found) => {
      first = endedElsewhere(found, status);
      // Once more with its own status: the points that were logged here are folded.
      return first === null ? { status, endMs: Date.now() } : { status: first };
    });
    this.#status = first ?? status;
    if (first === null) return folded;
    const error = new RunEndedElsewhereError(this.name, { first, second: status });
    return folded.then(() => Promise.reject(error));
  }

  #place(): ArtifactPlace {
    return { folder: artifactFolder(this.project, this.#row), run: this.id };
  }

  #write(work: (sql: Sql) => void): void {
    this.checkOpen();
    openDatabase(this.project).write(work);
  }

  #ended(): RunEndedError {
    return new RunEndedError(this.name, this.#status);
  }
}

/** How somebody else ended a run in another way; null where nobody did. */
function endedElsewhere({ status: found }: RunRow, status: EndStatus): RunStatus | null {
  // A run that was taken for dead, and lives after all, ends as its owner says.
  return found === "FINISHED" || found === "FAILED" ? (found === status ? null : found) : null;
}
