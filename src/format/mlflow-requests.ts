import type { MlflowDataset, MlflowPoint } from "./mlflow-api.ts";
import { invalidValue, MlflowError } from "./mlflow-error.ts";
import { type RequestFields, requestFields } from "./mlflow-fields.ts";

export interface NamedMlflowPoint extends MlflowPoint {
  readonly key: string;
  /** The logged model that it was measured of. */
  readonly modelId: string | null;
  /** The data set that it was measured on. */
  readonly datasetName: string | null;
  readonly datasetDigest: string | null;
}

export interface CreateRunRequest {
  readonly experimentId: string;
  readonly name: string | null;
  readonly user: string | null;
  readonly startMs: number | null;
  readonly parentId: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

export interface SearchRunsRequest {
  readonly experimentIds: readonly string[];
  readonly filter: string;
  readonly orderBy: readonly string[];
  readonly limit: number;
  readonly pageToken: string | null;
  readonly lifecycle: "active" | "deleted" | "all";
}

export interface UpdateRunRequest {
  readonly runId: string;
  readonly status: RunStatusName | null;
  readonly endMs: number | null;
  readonly name: string | null;
}

export interface BatchRequest {
  readonly runId: string;
  readonly points: readonly NamedMlflowPoint[];
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

const runStatuses = ["RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"] as const;
export type RunStatusName = (typeof runStatuses)[number];

/** MLflow's limits of one log-batch (mlflow/utils/validation.py). */
const maxPoints = 1000;
const maxParams = 100;
const maxTags = 100;
const maxItems = 1000;
const maxKey = 250;

/** @throws {MlflowError} a name given twice, differently */
export function parseCreateRun(body: unknown): CreateRunRequest {
  const fields = requestFields(body);
  const tags = readPairs(fields, "tags");
  const name = fields.optionalText("run_name") || null;
  const tagged = tags["mlflow.runName"] ?? null;
  if (name !== null && tagged !== null && name !== tagged) {
    throw invalidValue("run_name", name, `the tag mlflow.runName says '${tagged}'; give one of them.`);
  }
  return {
    experimentId: fields.optionalText("experiment_id") || "0",
    name: name ?? tagged,
    user: fields.optionalText("user_id") || tags["mlflow.user"] || null,
    startMs: fields.optionalWhole("start_time"),
    parentId: tags["mlflow.parentRunId"] || null,
    tags,
  };
}

/** @throws {MlflowError} more than 50,000 runs in a page */
export function parseSearchRuns(body: unknown): SearchRunsRequest {
  const fields = requestFields(body);
  return {
    experimentIds: fields.texts("experiment_ids"),
    filter: fields.optionalText("filter") ?? "",
    orderBy: fields.texts("order_by"),
    limit: readLimit(fields, 1000, 50_000),
    pageToken: fields.optionalText("page_token") || null,
    lifecycle: readViewType(fields, "run_view_type"),
  };
}

export function parseUpdateRun(body: unknown): UpdateRunRequest {
  const fields = requestFields(body);
  return {
    runId: readRunId(fields),
    status: readRunStatus(fields),
    endMs: fields.optionalWhole("end_time"),
    name: fields.optionalText("run_name") || null,
  };
}

/** One `log-metric`. */
export function parseLogMetric(body: unknown): { readonly runId: string; readonly point: NamedMlflowPoint } {
  const fields = requestFields(body);
  return { runId: readRunId(fields), point: readPoint(fields) };
}

/** @throws {MlflowError} over MLflow's limits: 1,000 metrics, 100 params, 100 tags, 1,000 in all; a param twice */
export function parseLogBatch(body: unknown): BatchRequest {
  const fields = requestFields(body);
  const runId = readRunId(fields);
  const metrics = fields.objects("metrics");
  const params = fields.objects("params");
  const tags = fields.objects("tags");
  checkCount("metrics", metrics.length, maxPoints);
  checkCount("params", params.length, maxParams);
  checkCount("tags", tags.length, maxTags);
  checkCount("metrics, params, and tags", metrics.length + params.length + tags.length, maxItems);
  const keys = params.map((param) => param.text("key"));
  const twice = keys.find((key, i) => keys.indexOf(key) !== i);
  if (twice !== undefined) throw invalidValue("params", twice, "the key stands twice in one request.");
  return {
    runId,
    points: metrics.map(readPoint),
    params: readPairs(fields, "params"),
    tags: readPairs(fields, "tags"),
  };
}

/** One `log-parameter` or `set-tag`: a key and its text. */
export function parsePair(body: unknown): { readonly runId: string; readonly pair: Readonly<Record<string, string>> } {
  const fields = requestFields(body);
  return { runId: readRunId(fields), pair: Object.fromEntries([readPair(fields)]) };
}

export interface InputsRequest {
  readonly runId: string;
  readonly inputs: readonly MlflowDataset[];
  /** Ids of logged models. */
  readonly models: readonly string[];
}

export function parseLogInputs(body: unknown): InputsRequest {
  const fields = requestFields(body);
  const inputs = fields
    .objects("datasets")
    .map((input) => ({ ...readDataset(input.object("dataset")), tags: readPairs(input, "tags") }));
  return { runId: readRunId(fields), inputs, models: fields.objects("models").map((model) => model.text("model_id")) };
}

/** A data set, in requests and in answers. */
export function readDataset(dataset: RequestFields): Omit<MlflowDataset, "tags"> {
  return {
    name: dataset.text("name"),
    digest: dataset.text("digest"),
    sourceType: dataset.text("source_type"),
    source: dataset.text("source"),
    schema: dataset.optionalText("schema"),
    profile: dataset.optionalText("profile"),
  };
}

/** `status`; null where absent. @throws {MlflowError} one that MLflow does not have */
export function readRunStatus(fields: RequestFields): RunStatusName | null {
  return fields.choice("status", runStatuses);
}

/** `run_id`, or its older name `run_uuid`. */
export function readRunId(fields: RequestFields): string {
  return fields.optionalText("run_id") || fields.optionalText("run_uuid") || fields.text("run_id");
}

/** `max_results` of a search, 1 to `most`. */
export function readLimit(fields: RequestFields, usual: number, most: number): number {
  const limit = fields.optionalWhole("max_results") ?? usual;
  if (limit < 1 || limit > most) throw invalidValue("max_results", limit, `want 1 to ${most}.`);
  return limit;
}

/** MLflow's ViewType as the lifecycle that it means. */
export function readViewType(fields: RequestFields, name: string): "active" | "deleted" | "all" {
  const view = fields.choice(name, ["ACTIVE_ONLY", "DELETED_ONLY", "ALL"]);
  if (view === "ALL") return "all";
  return view === "DELETED_ONLY" ? "deleted" : "active";
}

/** The `{key, value}` objects of a list; an absent value is the empty text, as protobuf reads it. */
export function readPairs(fields: RequestFields, name: string): Readonly<Record<string, string>> {
  return Object.fromEntries(fields.objects(name).map(readPair));
}

/**
 * A key as MLflow takes it for metrics, params and tags: letters, digits, `_ - . : / ` and spaces, at most 250, and a clean path.
 *
 * @see mlflow/utils/validation.py, validate_param_and_metric_name and path_not_unique
 */
export function readKey(fields: RequestFields): string {
  const key = fields.text("key");
  const clean = key.split("/").every((part) => part !== "" && part !== "." && part !== "..");
  if (key.length > maxKey)
    throw invalidValue(fields.at("key"), key, `want at most ${maxKey} characters, got ${key.length}.`);
  if (!/^[/\p{L}\p{N}\p{M}_.\- :]*$/u.test(key) || !clean) {
    throw invalidValue(fields.at("key"), key, "want letters, digits, '_', '-', '.', ' ', ':' and '/' between names.");
  }
  return key;
}

function readPair(fields: RequestFields): readonly [string, string] {
  return [readKey(fields), fields.optionalText("value") ?? ""];
}

function readPoint(fields: RequestFields): NamedMlflowPoint {
  const timeMs = fields.whole("timestamp");
  if (timeMs < 0) throw invalidValue(fields.at("timestamp"), timeMs, "want Unix milliseconds, 0 or more.");
  return {
    key: readKey(fields),
    value: fields.number("value"),
    timeMs,
    step: fields.optionalWhole("step") ?? 0,
    modelId: fields.optionalText("model_id") || null,
    datasetName: fields.optionalText("dataset_name") || null,
    datasetDigest: fields.optionalText("dataset_digest") || null,
  };
}

function checkCount(what: string, count: number, most: number): void {
  if (count <= most) return;
  throw new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `A batch logging request can contain at most ${most} ${what}. Got ${count} ${what}. Split them across requests.`,
  );
}
