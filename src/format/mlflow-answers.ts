import type { MlflowDataset, MlflowExperiment, MlflowPoint, MlflowRun } from "./mlflow-api.ts";
import { type RequestFields, requestFields } from "./mlflow-fields.ts";
import { readDataset, readRunStatus } from "./mlflow-requests.ts";

/** A run as a server answers it, and where its artifacts lie: a URI that the server chose. */
export interface AnsweredRun extends MlflowRun {
  readonly artifactUri: string;
}

/** One page of an answer; the token is null at the end. */
export interface AnsweredPage<T> {
  readonly items: readonly T[];
  readonly nextPageToken: string | null;
}

export interface AnsweredFile {
  readonly path: string;
  readonly folder: boolean;
  readonly bytes: number | null;
}

/** What `experiments/create` answers. @throws {MlflowError} the answer has no such field */
export function parseCreatedExperiment(answer: unknown): string {
  return requestFields(answer).text("experiment_id");
}

/** What `experiments/get` and `experiments/get-by-name` answer. @throws {MlflowError} */
export function parseExperimentAnswer(answer: unknown): MlflowExperiment {
  return readExperiment(requestFields(answer).object("experiment"));
}

/** What `experiments/search` answers. @throws {MlflowError} */
export function parseExperimentPage(answer: unknown): AnsweredPage<MlflowExperiment> {
  return readPage(answer, "experiments", readExperiment);
}

/** What `runs/get` and `runs/create` answer. @throws {MlflowError} */
export function parseRunAnswer(answer: unknown): AnsweredRun {
  return readRun(requestFields(answer).object("run"));
}

/** What `runs/search` answers. @throws {MlflowError} */
export function parseRunPage(answer: unknown): AnsweredPage<AnsweredRun> {
  return readPage(answer, "runs", readRun);
}

/** What `metrics/get-history` answers. @throws {MlflowError} */
export function parseHistoryPage(answer: unknown): AnsweredPage<MlflowPoint> {
  return readPage(answer, "metrics", readPoint);
}

/** What `artifacts/list` answers. @throws {MlflowError} */
export function parseFilePage(answer: unknown): AnsweredPage<AnsweredFile> {
  return readPage(answer, "files", (fields) => {
    const folder = fields.optionalFlag("is_dir") ?? false;
    return { path: fields.text("path"), folder, bytes: folder ? null : (fields.optionalWhole("file_size") ?? 0) };
  });
}

/** The error code and the message of a failed request; null where the answer is no error of MLflow's. */
export function parseErrorAnswer(answer: unknown): { readonly code: string; readonly message: string } | null {
  if (typeof answer !== "object" || answer === null || !("error_code" in answer)) return null;
  const message = "message" in answer ? answer.message : "";
  return { code: String(answer.error_code), message: typeof message === "string" ? message : JSON.stringify(message) };
}

function readPage<T>(answer: unknown, name: string, read: (fields: RequestFields) => T): AnsweredPage<T> {
  const fields = requestFields(answer);
  return { items: fields.objects(name).map(read), nextPageToken: fields.optionalText("next_page_token") || null };
}

function readExperiment(fields: RequestFields): MlflowExperiment {
  return {
    id: fields.text("experiment_id"),
    name: fields.text("name"),
    lifecycle: readLifecycle(fields),
    createdMs: fields.optionalWhole("creation_time") ?? 0,
    updatedMs: fields.optionalWhole("last_update_time") ?? 0,
    tags: readTexts(fields, "tags"),
  };
}

function readRun(fields: RequestFields): AnsweredRun {
  const info = fields.object("info");
  const data = fields.optionalObject("data");
  const tags = readTexts(data, "tags");
  return {
    id: info.text("run_id"),
    name: info.optionalText("run_name") || tags["mlflow.runName"] || "",
    experimentId: info.text("experiment_id"),
    status: readRunStatus(info) ?? "RUNNING",
    lifecycle: readLifecycle(info),
    user: info.optionalText("user_id") || tags["mlflow.user"] || "",
    startMs: info.optionalWhole("start_time") ?? 0,
    endMs: info.optionalWhole("end_time"),
    parentId: tags["mlflow.parentRunId"] || null,
    params: readTexts(data, "params"),
    metrics: byName(data.objects("metrics").map((metric) => [metric.text("key"), readPoint(metric)] as const)),
    tags,
    inputs: fields.optionalObject("inputs").objects("dataset_inputs").map(readInput),
    artifactUri: info.optionalText("artifact_uri") ?? "",
  };
}

function readInput(input: RequestFields): MlflowDataset {
  return { ...readDataset(input.object("dataset")), tags: readTexts(input, "tags") };
}

function readPoint(fields: RequestFields): MlflowPoint {
  return {
    value: fields.number("value"),
    step: fields.optionalWhole("step") ?? 0,
    timeMs: fields.optionalWhole("timestamp") ?? 0,
  };
}

// Names are taken as they come: a server may hold what its own client would not send today.
function readTexts(fields: RequestFields, name: string): Readonly<Record<string, string>> {
  return byName(fields.objects(name).map((pair) => [pair.text("key"), pair.optionalText("value") ?? ""] as const));
}

// By name, as the local store gives them; fromEntries keeps "__proto__" too.
function byName<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

function readLifecycle(fields: RequestFields): "active" | "deleted" {
  return fields.choice("lifecycle_stage", ["active", "deleted"]) ?? "active";
}
