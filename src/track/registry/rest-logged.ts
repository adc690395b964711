import {
  type MlflowLoggedModel,
  parseLoggedModelAnswer,
  parseLoggedModelPage,
  parseRunAnswer,
  parseRunModels,
  printMetric,
  printPairs,
} from "../../format/index.ts";
import { ExperimentNotFoundError, RunNotFoundError } from "../errors.ts";
import { checkName } from "../names.ts";
import { ValueError } from "../params.ts";
import { localFolder, nothing, refusedAs, type Server } from "../stores/index.ts";
import { checkLoggedQuery } from "./local-logged-search.ts";
import { pageLimit } from "./page.ts";
import { LoggedModelNotFoundError } from "./registry-errors.ts";
import { checkLoggedModelName } from "./registry-names.ts";
import type { LoggedModel, LoggedModelQuery, LoggedModelStore, ModelMetric, VersionKey } from "./registry-store.ts";
import { ask, type Question } from "./rest-ask.ts";
import { restModelFiles } from "./rest-model-files.ts";

/** Logged models on a server, MLflow 3 or newer. */
export function restLoggedModels(server: Server): LoggedModelStore {
  return {
    ...models(server),
    ...values(server),
    ...ofRuns(server),
    ...restModelFiles(server, (id) => existing(server, id)),
  };
}

function models(
  server: Server,
): Pick<
  LoggedModelStore,
  "createLoggedModel" | "loggedModel" | "finalizeLoggedModel" | "deleteLoggedModel" | "searchLoggedModels"
> {
  return {
    createLoggedModel: async (model) => {
      if (model.name !== undefined) checkLoggedModelName(model.name);
      const fields = {
        experiment_id: model.experimentId,
        ...(model.name === undefined ? {} : { name: model.name }),
        ...(model.modelType ? { model_type: model.modelType } : {}),
        ...(model.sourceRunId ? { source_run_id: model.sourceRunId } : {}),
        params: printPairs(model.params ?? {}),
        tags: printPairs(model.tags ?? {}),
      };
      const question = { method: "POST", path: "logged-models", fields, repeatable: false } as const;
      try {
        return record(await ask(server, { ...question, parse: parseLoggedModelAnswer }));
      } catch (thrown) {
        if (refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST")) throw new ExperimentNotFoundError(model.experimentId, []);
        throw thrown;
      }
    },
    loggedModel: (id) => findLoggedModel(server, id),
    finalizeLoggedModel: async (id, status) => {
      const fields = { model_id: id, status: wireStatuses[status] };
      const question = { method: "PATCH", path: place(id), fields, parse: parseLoggedModelAnswer } as const;
      return record(await onModel(server, id, question));
    },
    deleteLoggedModel: (id) => onModel(server, id, { method: "DELETE", path: place(id), fields: {}, parse: nothing }),
    searchLoggedModels: async (query) => {
      checkLoggedQuery(query);
      const fields = searchFields(query);
      const path = "logged-models/search";
      const { items, nextPageToken } = await ask(server, { method: "POST", path, fields, parse: parseLoggedModelPage });
      return { items: items.map(record), nextPageToken };
    },
  };
}

const wireStatuses = {
  PENDING: "LOGGED_MODEL_PENDING",
  READY: "LOGGED_MODEL_READY",
  FAILED: "LOGGED_MODEL_UPLOAD_FAILED",
} as const;

function values(
  server: Server,
): Pick<
  LoggedModelStore,
  "logLoggedModelParams" | "logLoggedModelMetrics" | "setLoggedModelTags" | "deleteLoggedModelTag"
> {
  return {
    logLoggedModelParams: async (id, params) => {
      for (const key of Object.keys(params)) checkName("param", key);
      const fields = { model_id: id, params: printPairs(params) };
      return onModel(server, id, { method: "POST", path: `${place(id)}/params`, fields, parse: nothing });
    },
    logLoggedModelMetrics: (id, metrics) => logMetrics(server, id, metrics),
    setLoggedModelTags: async (id, tags) => {
      for (const key of Object.keys(tags)) checkName("tag", key);
      const fields = { model_id: id, tags: printPairs(tags) };
      return onModel(server, id, { method: "PATCH", path: `${place(id)}/tags`, fields, parse: nothing });
    },
    deleteLoggedModelTag: async (id, key) => {
      const model = await existing(server, id);
      if (!Object.hasOwn(model.tags, key))
        throw new ValueError(`Logged model ${id} has no tag ${JSON.stringify(key)}.`);
      const path = `${place(id)}/tags/${encodeURIComponent(key)}`;
      return onModel(server, id, { method: "DELETE", path, fields: {}, parse: nothing });
    },
  };
}

async function logMetrics(server: Server, id: string, metrics: readonly ModelMetric[]): Promise<void> {
  for (const { key } of metrics) checkName("metric", key);
  await existing(server, id);
  for (const [runId, points] of Map.groupBy(metrics, (metric) => metric.runId)) {
    const wires = points.map((point) => ({
      ...printMetric(point.key, point),
      model_id: id,
      ...(point.datasetName === null ? {} : { dataset_name: point.datasetName }),
      ...(point.datasetDigest === null ? {} : { dataset_digest: point.datasetDigest }),
    }));
    for (let at = 0; at < wires.length; at += 1000)
      await server.post("runs/log-batch", { run_id: runId, metrics: wires.slice(at, at + 1000) }, nothing);
  }
}

function ofRuns(
  server: Server,
): Pick<LoggedModelStore, "logModelInputs" | "logModelOutputs" | "runModels" | "experimentOfRun"> {
  return {
    experimentOfRun: (runId) =>
      onRun(
        runId,
        server.get("runs/get", { run_id: runId }, (answer) => parseRunAnswer(answer).experimentId),
      ),
    logModelInputs: (runId, ids) => {
      const fields = { run_id: runId, models: ids.map((id) => ({ model_id: id })) };
      return onRun(runId, server.post("runs/log-inputs", fields, nothing));
    },
    logModelOutputs: (runId, outputs) => {
      const fields = { run_id: runId, models: outputs.map(({ modelId, step }) => ({ model_id: modelId, step })) };
      return onRun(runId, server.post("runs/outputs", fields, nothing));
    },
    runModels: (runId) => onRun(runId, server.get("runs/get", { run_id: runId }, parseRunModels)),
  };
}

async function onRun<T>(id: string, answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    throw refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST") ? new RunNotFoundError(id) : thrown;
  }
}

/** A logged model; null where there is none, or the server is older than MLflow 3. */
export async function findLoggedModel(server: Server, id: string): Promise<LoggedModel | null> {
  try {
    return await existing(server, id);
  } catch (thrown) {
    if (thrown instanceof LoggedModelNotFoundError) return null;
    throw thrown;
  }
}

async function existing(server: Server, id: string): Promise<LoggedModel> {
  const question = { method: "GET", path: place(id), fields: {}, parse: parseLoggedModelAnswer } as const;
  return record(await onModel(server, id, question));
}

function place(id: string): string {
  return `logged-models/${encodeURIComponent(id)}`;
}

async function onModel<T>(server: Server, id: string, question: Question<T>): Promise<T> {
  try {
    return await ask(server, question);
  } catch (thrown) {
    throw refusedAs(thrown, "RESOURCE_DOES_NOT_EXIST") ? new LoggedModelNotFoundError(id) : thrown;
  }
}

function searchFields(query: LoggedModelQuery): Readonly<Record<string, unknown>> {
  const { filter = "", orderBy = [], datasets = [], pageToken = "" } = query;
  return {
    experiment_ids: query.experimentIds,
    ...(filter === "" ? {} : { filter }),
    datasets: datasets.map(({ name, digest }) => ({
      dataset_name: name,
      ...(digest === undefined ? {} : { dataset_digest: digest }),
    })),
    order_by: orderBy.map(({ field, ascending = true, datasetName, datasetDigest }) => ({
      field_name: field,
      ascending,
      ...(datasetName === undefined ? {} : { dataset_name: datasetName }),
      ...(datasetDigest === undefined ? {} : { dataset_digest: datasetDigest }),
    })),
    max_results: pageLimit(query.limit, 50, 50_000),
    ...(pageToken === "" ? {} : { page_token: pageToken }),
  };
}

function record(model: MlflowLoggedModel): LoggedModel {
  const { "mlflow.modelVersions": registered = "[]" } = model.tags;
  return {
    ...model,
    status: model.status === "READY" || model.status === "FAILED" ? model.status : "PENDING",
    registrations: versionsIn(registered),
    artifactFolder: localFolder(model.artifactUri),
  };
}

/** The tag in which MLflow's clients keep what versions were made of a model. */
function versionsIn(tag: string): readonly VersionKey[] {
  try {
    const entries: unknown = JSON.parse(tag);
    if (!Array.isArray(entries)) return [];
    return entries.map((entry: unknown) => {
      const { name, version }: { readonly name?: unknown; readonly version?: unknown } = Object(entry);
      return { name: String(name), version: Number(version) };
    });
  } catch {
    // A tag anybody may write: one that is no JSON names no versions.
    return [];
  }
}
