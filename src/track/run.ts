import { resolve } from "node:path";
import { errorFacts } from "../error.ts";
import { type CellSource, drawable } from "../host/index.ts";
import { Lineage } from "../lineage/index.ts";
import { artifactBytes, figureText, fileOfUrl } from "./artifact-value.ts";
import { type Autolog, type AutologAdapter, autologModel } from "./autolog/index.ts";
import { workingFolder } from "./context.ts";
import { type DataEntity, type DataLike, type InputOptions, isTableInput, keepTableInput } from "./inputs.ts";
import { type ImageOptions, type ImageValue, keepFiles, keepImage, keepTable } from "./media/index.ts";
import type { MetricOptions } from "./metric-log.ts";
import { keepModel, type ModelOptions, type SavedModel } from "./models/index.ts";
import { activityOf } from "./open-run.ts";
import { flatParams, ValueError } from "./params.ts";
import type { MetricPoint, RunRecord, RunStatus } from "./record.ts";
import { type ReproduceRunOptions, type Reproduction, reproduce } from "./reproduction.ts";
import { RunInputs } from "./run-inputs.ts";
import type { EndStatus, RunWriter } from "./run-writer.ts";
import { pointsFrom, readSeries } from "./series/index.ts";
import { sourcesOf } from "./sources.ts";

/** What a {@link Run} is made of; `track()` makes it. */
export interface RunParts {
  readonly writer: RunWriter;
  /** What the body returned, once it has. */
  readonly outcome: { readonly value: unknown };
  /** Called once, before the run ends. */
  readonly beforeEnd: () => void;
  /** Called once, when the run has ended. */
  readonly onEnd: () => void;
  /** What follows the end, and `end()` waits for; null for nothing. */
  readonly afterEnd?: (() => Promise<void>) | null;
}

/** A text, number or flag of a tag; kept as its text. */
export type TagValue = string | number | boolean;

/** A run that is being written. Everything is in the store when a call returns; `log()` says when its points are. */
export class Run<Result = unknown> {
  readonly #writer: RunWriter;
  readonly #parts: RunParts;
  readonly #inputs: RunInputs;
  readonly #pending = new Set<Promise<unknown>>();

  constructor(parts: RunParts) {
    this.#parts = parts;
    this.#writer = parts.writer;
    this.#inputs = new RunInputs(parts.writer);
  }

  /** 32 hex digits. */
  get id(): string {
    return this.#writer.id;
  }

  get name(): string {
    return this.#writer.name;
  }

  get experiment(): string {
    return this.#writer.experiment;
  }

  /** What the body of `track()` returned; undefined before, and for a run without a body. */
  get result(): Result {
    return this.#parts.outcome.value as Result;
  }

  get status(): RunStatus {
    return this.#writer.status;
  }

  /** The data that this run used, by `input()`, `version()` or `version.read()`: for `version.checkout(run.inputs[0])`. */
  get inputs(): readonly DataEntity[] {
    return this.#inputs.entities;
  }

  /**
   * Logs numbers by name. They reach the file with 256 of them, after 50 ms or at the end of the cell, whichever is first.
   *
   * @param metrics NaN, infinities and -0 are kept
   * @throws {ValueError} one is no number; then none is logged @throws {NameError} @throws {RunEndedError}
   */
  log<Metrics extends { readonly [Name in keyof Metrics]: number }>(metrics: Metrics, options?: MetricOptions): void {
    this.#writer.log(metrics, options);
  }

  /** Keeps a param: any plain JSON, a record as `name.key`. Written once. @throws {ParamChangedError} @throws {ValueError} */
  param(name: string, value: unknown): void {
    this.params({ [name]: value });
  }

  /** Keeps params, all or none. @throws {ParamChangedError} @throws {ValueError} */
  params(params: object): void {
    this.#writer.params(flatParams(params));
  }

  /** Sets a tag; unlike a param it may change. */
  tag(name: string, value: TagValue): void {
    this.tags({ [name]: value });
  }

  /** Sets tags. */
  tags(tags: Readonly<Record<string, TagValue>>): void {
    const texts = Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, String(value)]));
    this.#writer.tags(texts);
  }

  /** Takes a tag away; nothing happens where there is none. */
  dropTag(name: string): void {
    this.#writer.dropTag(name);
  }

  /** Says in Markdown what the run is about, as MLflow's own pages show it. */
  note(markdown: string): void {
    this.#writer.tags({ "mlflow.note.content": markdown });
  }

  /** Gives the run another name. @throws {ValueError} an empty one */
  rename(name: string): void {
    if (name.trim() === "") throw new ValueError("The new name of the run is empty; give it at least one letter.");
    this.#writer.tags({ "mlflow.runName": name });
  }

  /**
   * Keeps that the run used data: what `version()` gives, an arrow in the lineage too, or a table (arquero's, danfo's, an array
   * of plain objects). A data set for MLflow, with its columns and rows where they are known; and params: `data.md5`, and
   * `data.rev`, the commit that records it. Of further data `data.<path>.md5`. What `version()` and `version.read()` take in the
   * run is kept without a call.
   *
   * @param options `context` says what for, as MLflow shows it: "training"; `name` is the file's where absent
   * @returns a promise for a table, whose digest takes a moment
   * @throws {ValueError} it is neither @throws {DataValueError} a table that no file could hold
   */
  input(data: DataLike, options?: InputOptions): void;
  input(table: object, options?: InputOptions): Promise<void>;
  input(data: DataLike | object, options: InputOptions = {}): void | Promise<void> {
    if (isTableInput(data)) return keepTableInput(this.#writer, data, options);
    this.#inputs.add(data, options);
  }

  /**
   * Keeps a file with the run: a text, bytes, plain JSON, or what a `file:` URL leads to. With a path alone: a copy of that file
   * of the working folder, or of a folder with all below it, under its last name.
   *
   * @param path relative, with `/`: "plots/fit.json" @throws {ArtifactPathError} @throws {ValueError}
   */
  artifact(path: string, value: unknown): Promise<void>;
  artifact(file: string): Promise<void>;
  async artifact(path: string, ...values: readonly unknown[]): Promise<void> {
    if (values.length === 0) return keepFiles(this.#writer, resolve(workingFolder(), path), null);
    const file = fileOfUrl(values[0]);
    if (file !== null) return keepFiles(this.#writer, file, path);
    this.#writer.artifact(path, artifactBytes(path, values[0]));
  }

  /**
   * Keeps a picture: the bytes of a PNG, JPEG, GIF or WebP, a canvas, a tensor, or `{ width, height, data }`. A key that ends like
   * a picture file ("plots/fit.png") is that file, its ending made to fit the bytes; any other is a series over steps.
   *
   * @throws {ValueError} it is no picture, or its key or step cannot be
   */
  async image(key: string, image: ImageValue, options?: ImageOptions): Promise<void> {
    await keepImage(this.#writer, key, { value: image, options });
  }

  /**
   * Keeps a table (arquero's, danfo's, an array of plain objects) as Parquet, or as `.json` or `.csv` where the path ends so. The
   * first two are tables for MLflow too: `mlflow.load_table()`.
   *
   * @throws {DataValueError} it is no table, or holds what the file cannot @throws {ArtifactPathError}
   */
  async table(path: string, table: object): Promise<void> {
    await keepTable(this.#writer, path, table);
  }

  /** Keeps a Vega-Lite chart as `<path>.vl.json`, which the panel draws. @throws {ValueError} it is no chart */
  async figure(path: string, spec: object): Promise<void> {
    this.#writer.artifact(path.endsWith(".vl.json") ? path : `${path}.vl.json`, figureText(path, spec));
  }

  /**
   * Keeps a model (ONNX bytes or file, tfjs, ml.js, a flavour of your own) as MLflow does: `run.model("fit", model)`;
   * with `{ registeredName: "seir" }` also as that name's next version, which `track.model("seir/latest")` loads.
   *
   * @throws {ModelFlavorError} no flavour takes it @throws {NameError} @throws {RunEndedError}
   */
  model(name: string, model: unknown, options: ModelOptions = {}): Promise<SavedModel> {
    return keepModel(this.#writer, name, { model, options });
  }

  /**
   * Logs what the model is trained with from now on, and the model: by `fit()` of tfjs, by `train()` of ml.js.
   *
   * @param adapters of libraries that Stemma does not know
   * @returns what ends it @throws {TypeError} no adapter knows the model
   */
  autolog(model: object, adapters: readonly AutologAdapter[] = []): Autolog {
    const open = { writer: this.#writer, until: (work: Promise<unknown>) => this.until(work), end: async () => {} };
    return autologModel(model, () => open, adapters);
  }

  /** Lets the end of the run wait for something that is still being kept in it; what that throws comes out there. */
  until(work: Promise<unknown>): void {
    this.#pending.add(work);
  }

  /** Through which others write to the run. */
  get writer(): RunWriter {
    return this.#writer;
  }

  /** Ends what `track()` without a body opened; a second time does nothing. The status stands when it returns. */
  end(status: EndStatus = "FINISHED"): Promise<void> {
    return this.#end(status);
  }

  /** Ends the run as FAILED and keeps the error. */
  async fail(error: unknown): Promise<void> {
    if (this.status !== "RUNNING") return;
    const { name, message, stack } = errorFacts(error);
    this.tags({
      "stemma.error": `${name}: ${message}`,
      ...(stack === undefined ? {} : { "stemma.error.stack": stack }),
    });
    await this.#end("FAILED");
  }

  /** The run as it is now: plain data. */
  record(): RunRecord {
    return this.#writer.record();
  }

  /** Every point of each metric, by name. */
  histories(): Readonly<Record<string, readonly MetricPoint[]>> {
    const { project, key } = this.#writer;
    const names = Object.keys(this.record().metrics);
    return Object.fromEntries(names.map((name) => [name, pointsFrom(readSeries(project, key, name))]));
  }

  /** The sources of the cells that ran before it ended, as far as the kernel keeps them. */
  sources(): readonly CellSource[] {
    return sourcesOf(this.#writer.project, this.id);
  }

  /** What the run came from, and what came of it. */
  lineage(): Lineage {
    return Lineage.of(this.#writer.project, activityOf(this.id));
  }

  /**
   * Runs again what made the run, which has ended: its commit with its diff, its data, its packages, in a folder of its own;
   * and says what differs. The working folder stays as it is.
   *
   * @throws {NotReproducibleError} what can't be had back, all of it, before anything runs
   */
  reproduce(options: ReproduceRunOptions = {}): Promise<Reproduction> {
    return reproduce(this.#writer.project, this.id, options);
  }

  async #end(status: EndStatus): Promise<void> {
    if (this.status !== "RUNNING") return;
    if (this.#pending.size > 0 && status === "FINISHED") return this.#endAfterPending();
    try {
      this.#inputs.close();
      this.#parts.beforeEnd();
    } finally {
      // Up to the first await all of this is done when end() returns.
      const ended = this.#writer.end(status);
      this.#parts.onEnd();
      await ended;
      await this.#parts.afterEnd?.();
    }
  }

  async #endAfterPending(): Promise<void> {
    const pending = [...this.#pending];
    this.#pending.clear();
    const results = await Promise.allSettled(pending);
    await this.#end("FINISHED");
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }
}

drawable(Run.prototype, "run");
