import { join } from "node:path";
import type { Entity } from "../../lineage/index.ts";
import { openDatabase, type Project } from "../../store/index.ts";
import type { DataEntity } from "../inputs.ts";
import { artifactFolder, dropTag, runRow } from "../local/index.ts";
import type { LocalWriter } from "../local-writer.ts";
import type { MetricOptions } from "../metric-log.ts";
import type { ParamText } from "../params.ts";
import { pushRun } from "../push/index.ts";
import type { DatasetInput, MetricPoint, RunRecord, RunStatus } from "../record.ts";
import { localRegistry, type Models, readRunModels, sendRunMetrics } from "../registry/index.ts";
import type { EndStatus, RunWriter } from "../run-writer.ts";
import type { RunKey } from "../series/index.ts";
import { unsentTag } from "../server-tags.ts";
import type { RestRuns } from "../stores/index.ts";
import { unsentSentence } from "./sentence.ts";
import type { Shipper, Unsent } from "./shipper.ts";
import { warn } from "./warn.ts";

interface SentWriterParts {
  readonly local: LocalWriter;
  readonly shipper: Shipper;
  readonly server: RestRuns;
  readonly models: Models;
}

/** Writes a run into the project first, and sends all of it to a server behind. */
export class SentWriter implements RunWriter {
  readonly project: Project;
  readonly key: RunKey;
  readonly id: string;
  readonly #local: LocalWriter;
  readonly #shipper: Shipper;
  readonly #server: RestRuns;
  readonly #models: Models;
  #ending: Promise<void> | null = null;

  constructor({ local, shipper, server, models }: SentWriterParts) {
    this.project = local.project;
    this.key = local.key;
    this.id = local.id;
    this.#local = local;
    this.#shipper = shipper;
    this.#server = server;
    this.#models = models;
  }

  get name(): string {
    return this.#local.name;
  }

  get experiment(): string {
    return this.#local.experiment;
  }

  get status(): RunStatus {
    return this.#local.status;
  }

  checkOpen(): void {
    this.#local.checkOpen();
  }

  // The shipper hears of each point by the local log's tap, with the step and the time that it was given.
  log(metrics: object, options?: MetricOptions): void {
    this.#local.log(metrics, options);
  }

  points(name: string, points: readonly MetricPoint[]): void {
    this.#local.points(name, points);
    for (const point of points) this.#shipper.tap(name, point.value, point);
  }

  params(params: ReadonlyMap<string, ParamText>): void {
    this.#local.params(params);
    const texts = Object.fromEntries([...params].map(([name, { text }]) => [name, text]));
    if (params.size > 0)
      this.#shipper.put(counted("param", [...params.keys()]), (server) => server.logParams(this.id, texts));
  }

  tags(tags: Readonly<Record<string, string>>): void {
    this.#local.tags(tags);
    const { "mlflow.runName": name, ...others } = tags;
    if (name !== undefined)
      this.#shipper.put("the new name", async (server) => void (await server.updateRun(this.id, { name })));
    const names = Object.keys(others);
    if (names.length > 0) this.#shipper.put(counted("tag", names), (server) => server.setTags(this.id, others));
  }

  dropTag(name: string): void {
    this.#local.dropTag(name);
    this.#shipper.put(counted("tag", [name]), (server) => server.deleteTag(this.id, name));
  }

  input(dataset: DatasetInput, entity: DataEntity | null): void {
    this.#local.input(dataset, entity);
    this.#shipper.put(`input ${dataset.name}`, (server) => server.logInputs(this.id, [dataset]));
  }

  artifact(path: string, bytes: Uint8Array | string): void {
    this.#local.artifact(path, bytes);
    this.#shipArtifact(path);
  }

  async artifactFile(path: string, file: string): Promise<void> {
    await this.#local.artifactFile(path, file);
    this.#shipArtifact(path);
  }

  fact(verb: "used" | "made", entity: Entity): void {
    this.#local.fact(verb, entity);
  }

  onServer(what: string, work: (server: RestRuns) => Promise<void>): void {
    this.#local.checkOpen();
    this.#shipper.put(what, work);
  }

  record(): RunRecord {
    return this.#local.record();
  }

  end(status: EndStatus): Promise<void> {
    if (this.#ending !== null) return this.#ending;
    const folded = this.#local.end(status);
    const sent = folded.then(() => this.#finish(status));
    // The stop button stops: what is still to be sent goes on behind, and is told of when it fails.
    this.#ending = status === "KILLED" ? folded : sent;
    return this.#ending;
  }

  async #finish(status: EndStatus): Promise<void> {
    const endMs = runRow(openDatabase(this.project), this.id).ended ?? Date.now();
    const made = readRunModels(this.project, this.id).outputs.length > 0;
    const measured = () => sendRunMetrics(localRegistry(this.project), this.#models, this.id);
    const unsent = await this.#shipper.finish([
      ...(made ? [{ what: "metrics of its models", send: measured }] : []),
      { what: `status ${status}`, send: async (server) => void (await server.updateRun(this.id, { status, endMs })) },
    ]);
    const left = unsent.length === 0 && this.#shipper.outbox.overflowed ? await this.#compared() : unsent;
    if (left.length > 0) warn(unsentSentence(this.#local, { url: this.#server.url, unsent: left }));
    else openDatabase(this.project).write((sql) => dropTag(sql, this.key.row, unsentTag));
  }

  // More points than fit in memory were waiting: they are in the project.
  async #compared(): Promise<readonly Unsent[]> {
    const { problems } = await pushRun(this.project, { runs: this.#server, models: this.#models }, this.id);
    return problems.map((problem) => ({ what: problem, error: null }));
  }

  #shipArtifact(path: string): void {
    const folder = artifactFolder(this.project, runRow(openDatabase(this.project), this.id));
    const file = join(folder, ...path.split("/"));
    this.#shipper.put(`artifact ${path}`, (server) => server.uploadArtifact(this.id, path, file));
  }
}

function counted(what: string, names: readonly string[]): string {
  return names.length === 1 ? `${what} ${names[0]}` : `${names.length} ${what}s`;
}
