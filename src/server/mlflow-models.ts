import {
  invalidValue,
  list,
  MlflowError,
  missingValue,
  printFile,
  printLoggedModel,
  queryBody,
  type RequestFields,
  readModelStatus,
  readPairs,
  requestFields,
} from "../format/index.ts";
import type { LoggedModel, LoggedModelOrder } from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { existingExperiment, existingModel, writableRun } from "./existing.ts";
import { type Call, readJson } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** MLflow's routes of logged models, below `/api/2.0/mlflow/`. */
export const modelRoutes: readonly Route[] = [
  { method: "POST", path: "logged-models", handle: create },
  { method: "POST", path: "logged-models/search", handle: search },
  { method: "GET", path: "logged-models/:id", handle: get },
  { method: "PATCH", path: "logged-models/:id", handle: finalize },
  { method: "DELETE", path: "logged-models/:id", handle: remove },
  { method: "POST", path: "logged-models/:id/params", handle: logParams },
  { method: "PATCH", path: "logged-models/:id/tags", handle: setTags },
  { method: "DELETE", path: "logged-models/:id/tags/*", handle: deleteTag },
  { method: "GET", path: "logged-models/:id/artifacts/directories", handle: files },
  { method: "POST", path: "runs/outputs", handle: outputs },
];

function modelId(call: Call): string {
  return call.parts["id"] ?? "";
}

async function create(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const experiment = await existingExperiment(served, fields.text("experiment_id"));
  const name = fields.optionalText("name");
  const model = await served.models().createLoggedModel({
    experimentId: experiment.id,
    ...(name ? { name } : {}),
    modelType: fields.optionalText("model_type") || null,
    sourceRunId: fields.optionalText("source_run_id") || null,
    params: readPairs(fields, "params"),
    tags: readPairs(fields, "tags"),
  });
  return answered(model);
}

async function get(call: Call, served: Served): Promise<Answer> {
  return answered(await existingModel(served, modelId(call)));
}

async function finalize(call: Call, served: Served): Promise<Answer> {
  const body = await readJson(call);
  const fields = requestFields(body);
  const sent = isRecord(body) ? body["status"] : undefined;
  if (sent === undefined || sent === null || sent === "") throw missingValue("status");
  const status = readModelStatus(typeof sent === "number" || typeof sent === "string" ? sent : null);
  if (status === null) {
    throw invalidValue(fields.at("status"), sent, "want LOGGED_MODEL_READY or LOGGED_MODEL_UPLOAD_FAILED.");
  }
  const model = await existingModel(served, modelId(call));
  return answered(await served.models().finalizeLoggedModel(model.id, status));
}

async function remove(call: Call, served: Served): Promise<Answer> {
  // A second time does nothing, as in MLflow; only a model that never was is an error there.
  const model = await served.models().loggedModel(modelId(call));
  if (model !== null) await served.models().deleteLoggedModel(model.id);
  return json({});
}

async function logParams(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const model = await existingModel(served, modelId(call));
  await served.models().logLoggedModelParams(model.id, readPairs(fields, "params"));
  return json({});
}

async function setTags(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const model = await existingModel(served, modelId(call));
  await served.models().setLoggedModelTags(model.id, readPairs(fields, "tags"));
  return json({});
}

async function deleteTag(call: Call, served: Served): Promise<Answer> {
  const key = call.parts["*"] ?? "";
  const model = await existingModel(served, modelId(call));
  if (!Object.hasOwn(model.tags, key)) {
    throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `No tag with key '${key}' in logged model ${model.id}.`);
  }
  await served.models().deleteLoggedModelTag(model.id, key);
  return json({});
}

async function search(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const experimentIds = fields.texts("experiment_ids");
  if (experimentIds.length === 0) throw missingValue("experiment_ids");
  const limit = fields.optionalWhole("max_results") || 50;
  const pageToken = fields.optionalText("page_token");
  const page = await served.models().searchLoggedModels({
    experimentIds,
    filter: fields.optionalText("filter") ?? "",
    datasets: fields.objects("datasets").map((dataset) => {
      const digest = dataset.optionalText("dataset_digest");
      return { name: dataset.text("dataset_name"), ...(digest ? { digest } : {}) };
    }),
    orderBy: fields.objects("order_by").map(readOrder),
    limit,
    ...(pageToken ? { pageToken } : {}),
  });
  return json({
    ...list("models", page.items.map(printLoggedModel)),
    ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
  });
}

function readOrder(order: RequestFields): LoggedModelOrder {
  const datasetName = order.optionalText("dataset_name");
  const datasetDigest = order.optionalText("dataset_digest");
  return {
    field: order.text("field_name"),
    ascending: order.optionalFlag("ascending") ?? true,
    ...(datasetName ? { datasetName } : {}),
    ...(datasetDigest ? { datasetDigest } : {}),
  };
}

async function files(call: Call, served: Served): Promise<Answer> {
  const model = await existingModel(served, modelId(call));
  const folder = requestFields(queryBody(call.query)).optionalText("artifact_directory_path") ?? "";
  const found = await served.models().modelFiles(model.id, folder === "" ? undefined : folder);
  return json({
    root_uri: model.artifactUri,
    ...list(
      "files",
      found.map(({ path, folder: isFolder, bytes }) => printFile(path, isFolder, bytes)),
    ),
  });
}

async function outputs(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const models = fields.objects("models").map((model) => ({
    modelId: model.text("model_id"),
    step: model.optionalWhole("step") ?? 0,
  }));
  if (models.length === 0) throw missingValue("models");
  const run = await writableRun(served, fields.text("run_id"));
  await served.models().logModelOutputs(run.id, models);
  return json({});
}

function answered(model: LoggedModel): Answer {
  return json({ model: printLoggedModel(model) });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
