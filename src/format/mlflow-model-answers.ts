import type { AnsweredPage } from "./mlflow-answers.ts";
import { type RequestFields, requestFields } from "./mlflow-fields.ts";
import {
  type MlflowLoggedModel,
  type MlflowModelMetric,
  type MlflowVersion,
  readModelStatus,
} from "./mlflow-models.ts";

/** A registered model as a server answers it. */
export interface AnsweredModel {
  readonly name: string;
  readonly description: string;
  readonly createdMs: number;
  readonly updatedMs: number;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: Readonly<Record<string, number>>;
  readonly latest: readonly MlflowVersion[];
}

/** What `registered-models/get` and its like answer. @throws {MlflowError} */
export function parseModelAnswer(answer: unknown): AnsweredModel {
  return readModel(requestFields(answer).object("registered_model"));
}

/** What `registered-models/search` answers. @throws {MlflowError} */
export function parseModelPage(answer: unknown): AnsweredPage<AnsweredModel> {
  return readPage(answer, "registered_models", readModel);
}

/** What `model-versions/get` and its like answer. @throws {MlflowError} */
export function parseVersionAnswer(answer: unknown): MlflowVersion {
  return readVersion(requestFields(answer).object("model_version"));
}

/** What `model-versions/search` and `registered-models/get-latest-versions` answer. @throws {MlflowError} */
export function parseVersionPage(answer: unknown): AnsweredPage<MlflowVersion> {
  return readPage(answer, "model_versions", readVersion);
}

/** What `model-versions/get-download-uri` answers. @throws {MlflowError} */
export function parseDownloadUri(answer: unknown): string {
  return requestFields(answer).text("artifact_uri");
}

/** What `logged-models/<id>` and its like answer. @throws {MlflowError} */
export function parseLoggedModelAnswer(answer: unknown): MlflowLoggedModel {
  return readLoggedModel(requestFields(answer).object("model"));
}

/** What `logged-models/search` answers. @throws {MlflowError} */
export function parseLoggedModelPage(answer: unknown): AnsweredPage<MlflowLoggedModel> {
  return readPage(answer, "models", readLoggedModel);
}

/** The models of a run, of what `runs/get` answers. */
export interface AnsweredRunModels {
  readonly inputs: readonly { readonly modelId: string }[];
  readonly outputs: readonly { readonly modelId: string; readonly step: number }[];
}

/** @throws {MlflowError} */
export function parseRunModels(answer: unknown): AnsweredRunModels {
  const run = requestFields(answer).object("run");
  return {
    inputs: run
      .optionalObject("inputs")
      .objects("model_inputs")
      .map((input) => ({ modelId: input.text("model_id") })),
    outputs: run
      .optionalObject("outputs")
      .objects("model_outputs")
      .map((output) => ({ modelId: output.text("model_id"), step: output.optionalWhole("step") ?? 0 })),
  };
}

function readPage<T>(answer: unknown, name: string, read: (fields: RequestFields) => T): AnsweredPage<T> {
  const fields = requestFields(answer);
  return { items: fields.objects(name).map(read), nextPageToken: fields.optionalText("next_page_token") || null };
}

function readModel(fields: RequestFields): AnsweredModel {
  const aliases = fields.objects("aliases").map((alias) => [alias.text("alias"), alias.whole("version")] as const);
  return {
    name: fields.text("name"),
    description: fields.optionalText("description") ?? "",
    createdMs: fields.optionalWhole("creation_timestamp") ?? 0,
    updatedMs: fields.optionalWhole("last_updated_timestamp") ?? 0,
    tags: readPairs(fields, "tags"),
    aliases: Object.fromEntries([...aliases].sort(([a], [b]) => (a < b ? -1 : 1))),
    latest: fields.objects("latest_versions").map(readVersion),
  };
}

function readVersion(fields: RequestFields): MlflowVersion {
  const source = fields.optionalText("source") ?? "";
  return {
    name: fields.text("name"),
    version: fields.whole("version"),
    description: fields.optionalText("description") ?? "",
    stage: fields.optionalText("current_stage") || "None",
    source,
    runId: fields.optionalText("run_id") || null,
    runLink: fields.optionalText("run_link") || null,
    // MLflow's database has no place for it; the source says the same.
    modelId: fields.optionalText("model_id") || (/^models:\/(m-[^/]+)$/.exec(source)?.[1] ?? null),
    status: fields.optionalText("status") || "READY",
    createdMs: fields.optionalWhole("creation_timestamp") ?? 0,
    updatedMs: fields.optionalWhole("last_updated_timestamp") ?? 0,
    tags: readPairs(fields, "tags"),
    aliases: [...fields.texts("aliases")].sort(),
  };
}

function readLoggedModel(fields: RequestFields): MlflowLoggedModel {
  const info = fields.object("info");
  const data = fields.optionalObject("data");
  return {
    id: info.text("model_id"),
    experimentId: info.text("experiment_id"),
    name: info.optionalText("name") ?? "",
    modelType: info.optionalText("model_type") || null,
    status: readModelStatus(info.optionalText("status")) ?? "PENDING",
    sourceRunId: info.optionalText("source_run_id") || null,
    createdMs: info.optionalWhole("creation_timestamp_ms") ?? 0,
    updatedMs: info.optionalWhole("last_updated_timestamp_ms") ?? 0,
    tags: readPairs(info, "tags"),
    params: readPairs(data, "params"),
    metrics: latestMetrics(data.objects("metrics").map(readMetric)),
    artifactUri: info.optionalText("artifact_uri") ?? "",
  };
}

function readMetric(fields: RequestFields): MlflowModelMetric {
  return {
    key: fields.text("key"),
    value: fields.number("value"),
    step: fields.optionalWhole("step") ?? 0,
    timeMs: fields.optionalWhole("timestamp") ?? 0,
    runId: fields.optionalText("run_id") ?? "",
    datasetName: fields.optionalText("dataset_name") || null,
    datasetDigest: fields.optionalText("dataset_digest") || null,
  };
}

// A server may answer every point; the latest of each metric, run and data set counts.
function latestMetrics(points: readonly MlflowModelMetric[]): readonly MlflowModelMetric[] {
  const latest = new Map<string, MlflowModelMetric>();
  for (const point of points) {
    const key = JSON.stringify([point.key, point.runId, point.datasetName, point.datasetDigest]);
    const known = latest.get(key);
    if (known === undefined || known.step < point.step || (known.step === point.step && known.timeMs <= point.timeMs))
      latest.set(key, point);
  }
  return [...latest.values()];
}

function readPairs(fields: RequestFields, name: string): Readonly<Record<string, string>> {
  const pairs = fields.objects(name).map((pair) => [pair.text("key"), pair.optionalText("value") ?? ""] as const);
  return Object.fromEntries([...pairs].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
