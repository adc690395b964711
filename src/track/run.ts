import { errorFacts } from "../error.ts";
import { type CellSource, drawable } from "../host/index.ts";
import { type Entity, Lineage, recordFacts } from "../lineage/index.ts";
import { openDatabase, type Project, type Sql } from "../store/index.ts";
import { artifactBytes, figureText } from "./artifact-value.ts";
import { RunEndedError } from "./errors.ts";
import { type DataEntity, type DataLike, dataEntity, datasetOf } from "./inputs.ts";
import { artifactFolder, changeRun, putArtifact, putInputs, putParams, putTags, runRow } from "./local/index.ts";
import { MetricLog, type MetricOptions } from "./metric-log.ts";
import { activityOf } from "./open-run.ts";
import { flatParams } from "./params.ts";
import type { MetricPoint, RunRecord, RunStatus } from "./record.ts";
import { pointsFrom, type RunKey, readSeries } from "./series/index.ts";
import { keepSources, sourcesOf } from "./sources.ts";
import { readRun } from "./stores/index.ts";

/** How a run can end. */
export type EndStatus = "FINISHED" | "FAILED" | "KILLED";

/** What a {@link Run} is made of; `track()` makes it. */
export interface RunParts {
  readonly project: Project;
  readonly key: RunKey;
  /** Each `log()` in the file before it returns. */
  readonly eachCall: boolean;
  /** Where auto-counted steps begin, for a run that has points already. */
  readonly nextSteps: ReadonlyMap<string, number>;
  /** What the body returned, once it has. */
  readonly outcome: { readonly value: unknown };
  /** Called once, when the run has ended. */
  readonly onEnd: () => void;
}

/** A text, number or flag of a tag; kept as its text. */
export type TagValue = string | number | boolean;

/** A run that is being written. Everything is in the store when a call returns; `log()` says when its points are. */
export class Run<Result = unknown> {
  /** 32 hex digits. */
  readonly id: string;
  readonly name: string;
  readonly experiment: string;
  readonly #parts: RunParts;
  readonly #metrics: MetricLog;
  readonly #inputs: DataEntity[] = [];
  #status: RunStatus = "RUNNING";

  constructor(parts: RunParts) {
    const row = runRow(openDatabase(parts.project), parts.key.id);
    this.id = row.uuid;
    this.name = row.name;
    this.experiment = row.experimentName;
    this.#parts = parts;
    const { eachCall, nextSteps } = parts;
    this.#metrics = new MetricLog(parts.project, { run: row.uuid, eachCall, nextSteps });
  }

  /** What the body of `track()` returned; undefined before, and for a run without a body. */
  get result(): Result {
    return this.#parts.outcome.value as Result;
  }

  get status(): RunStatus {
    return this.#status;
  }

  /** The data that this run used, for `version.checkout(run.inputs[0])`. */
  get inputs(): readonly DataEntity[] {
    return this.#inputs;
  }

  /**
   * Logs numbers by name. They reach the file with 256 of them, after 50 ms or at the end of the cell, whichever is first.
   *
   * @param metrics NaN, infinities and -0 are kept
   * @throws {ValueError} one is no number; then none is logged @throws {NameError} @throws {RunEndedError}
   */
  log<Metrics extends { readonly [Name in keyof Metrics]: number }>(metrics: Metrics, options?: MetricOptions): void {
    if (this.#status !== "RUNNING") throw new RunEndedError(this.name, this.#status);
    this.#metrics.log(metrics, options);
  }

  /** Keeps a param: any plain JSON, a record as `name.key`. Written once. @throws {ParamChangedError} @throws {ValueError} */
  param(name: string, value: unknown): void {
    this.params({ [name]: value });
  }

  /** Keeps params, all or none. @throws {ParamChangedError} @throws {ValueError} */
  params(params: object): void {
    const flat = flatParams(params);
    this.#write((sql) => putParams(sql, this.#parts.key.row, flat));
  }

  /** Sets a tag; unlike a param it may change. */
  tag(name: string, value: TagValue): void {
    this.tags({ [name]: value });
  }

  /** Sets tags. */
  tags(tags: Readonly<Record<string, TagValue>>): void {
    const texts = Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, String(value)]));
    this.#write((sql) => putTags(sql, this.#parts.key.row, texts));
  }

  /**
   * Keeps that the run used data, what `version()` gives: a data set for MLflow, an arrow in the lineage.
   *
   * @param options `context` says what for, as MLflow shows it: "training"
   */
  input(data: DataLike, options: { readonly context?: string } = {}): void {
    const entity = dataEntity(this.#parts.project, data);
    this.#write((sql) => {
      putInputs(sql, this.#parts.key.row, [datasetOf(entity, options.context ?? null)]);
      this.#fact("used", entity);
    });
    if (!this.#inputs.some((known) => known.path === entity.path && known.md5 === entity.md5))
      this.#inputs.push(entity);
  }

  /**
   * Keeps a file with the run: a text, bytes, or plain JSON.
   *
   * @param path relative, with `/`: "plots/fit.json" @throws {ArtifactPathError} @throws {ValueError}
   */
  async artifact(path: string, value: unknown): Promise<void> {
    this.#keepFile(path, artifactBytes(path, value));
  }

  /** Keeps a Vega-Lite chart as `<path>.vl.json`, which the panel draws. @throws {ValueError} it is no chart */
  async figure(path: string, spec: object): Promise<void> {
    this.#keepFile(path.endsWith(".vl.json") ? path : `${path}.vl.json`, figureText(path, spec));
  }

  /** Ends what `track()` without a body opened; a second time does nothing. The status stands when it returns. */
  end(status: EndStatus = "FINISHED"): Promise<void> {
    return this.#end(status);
  }

  /** Ends the run as FAILED and keeps the error. */
  async fail(error: unknown): Promise<void> {
    if (this.#status !== "RUNNING") return;
    const { name, message, stack } = errorFacts(error);
    this.tags({
      "stemma.error": `${name}: ${message}`,
      ...(stack === undefined ? {} : { "stemma.error.stack": stack }),
    });
    await this.#end("FAILED");
  }

  /** The run as it is now: plain data. */
  record(): RunRecord {
    const record = readRun(this.#parts.project, this.id);
    if (record === null) throw new RunEndedError(this.name, "its store was deleted");
    return record;
  }

  /** Every point of each metric, by name. */
  histories(): Readonly<Record<string, readonly MetricPoint[]>> {
    const { project, key } = this.#parts;
    const names = Object.keys(this.record().metrics);
    return Object.fromEntries(names.map((name) => [name, pointsFrom(readSeries(project, key, name))]));
  }

  /** The sources of the cells that ran before it ended, as far as the kernel keeps them. */
  sources(): readonly CellSource[] {
    return sourcesOf(this.#parts.project, this.id);
  }

  /** What the run came from, and what came of it. */
  lineage(): Lineage {
    return Lineage.of(this.#parts.project, activityOf(this.id));
  }

  #keepFile(path: string, bytes: Uint8Array | string): void {
    if (this.#status !== "RUNNING") throw new RunEndedError(this.name, this.#status);
    const { project } = this.#parts;
    const folder = artifactFolder(project, runRow(openDatabase(project), this.id));
    putArtifact({ folder, run: this.id }, path, bytes);
    this.#fact("made", { kind: "artifact", run: this.id, path });
  }

  #fact(verb: "used" | "made", entity: Entity): void {
    recordFacts(this.#parts.project, [{ activity: activityOf(this.id), verb, entity, timeMs: Date.now() }]);
  }

  #write(work: (sql: Sql) => void): void {
    if (this.#status !== "RUNNING") throw new RunEndedError(this.name, this.#status);
    openDatabase(this.#parts.project).write(work);
  }

  #end(status: EndStatus): Promise<void> {
    if (this.#status !== "RUNNING") return Promise.resolve();
    this.#metrics.close();
    const { project, key, onEnd } = this.#parts;
    openDatabase(project).write((sql) => keepSources(sql, key.row));
    const folded = changeRun(project, this.id, { status, endMs: Date.now() });
    this.#status = status;
    onEnd();
    return folded;
  }
}

drawable(Run.prototype, "run");
