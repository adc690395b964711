import {
  invalidValue,
  list,
  MlflowError,
  type NamedMlflowPoint,
  parseCreateRun,
  parseLogBatch,
  parseLogInputs,
  parseLogMetric,
  parsePair,
  parseSearchRuns,
  parseUpdateRun,
  printRun,
  printRunInfo,
  queryBody,
  readKey,
  readRunId,
  requestFields,
} from "../format/index.ts";
import type { RunRecord } from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { existingExperiment, existingModel, existingRun, writableRun } from "./existing.ts";
import { type Call, readJson } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** MLflow's routes of runs, below `/api/2.0/mlflow/`. */
export const runRoutes: readonly Route[] = [
  { method: "POST", path: "runs/create", handle: create },
  { method: "GET", path: "runs/get", handle: get },
  { method: "POST", path: "runs/search", handle: search },
  { method: "POST", path: "runs/update", handle: update },
  { method: "POST", path: "runs/delete", handle: remove },
  { method: "POST", path: "runs/restore", handle: restore },
  { method: "POST", path: "runs/log-metric", handle: logMetric },
  { method: "POST", path: "runs/log-parameter", handle: logParam },
  { method: "POST", path: "runs/log-batch", handle: logBatch },
  { method: "POST", path: "runs/log-inputs", handle: logInputs },
  { method: "POST", path: "runs/log-model", handle: logModel },
  { method: "POST", path: "runs/set-tag", handle: setTag },
  { method: "POST", path: "runs/delete-tag", handle: deleteTag },
];

async function create(call: Call, served: Served): Promise<Answer> {
  const request = parseCreateRun(await readJson(call));
  const experiment = await existingExperiment(served, request.experimentId);
  if (experiment.lifecycle !== "active") {
    throw new MlflowError("INVALID_PARAMETER_VALUE", `The experiment ${experiment.id} must be in the 'active' state.`);
  }
  const run = await served.runs().createRun({
    experimentId: experiment.id,
    name: request.name ?? "",
    user: request.user ?? "unknown",
    startMs: request.startMs ?? Date.now(),
    parentId: request.parentId,
    tags: request.tags,
  });
  const { outputs: _none, ...made } = printRun(run);
  return json({ run: made });
}

async function get(call: Call, served: Served): Promise<Answer> {
  const id = readRunId(requestFields(queryBody(call.query)));
  const run = await existingRun(served, id);
  return json({ run: printRun(run, await served.models().runModels(run.id)) });
}

async function search(call: Call, served: Served): Promise<Answer> {
  const { pageToken, ...query } = parseSearchRuns(await readJson(call));
  const page = await served.runs().searchRuns({ ...query, ...(pageToken === null ? {} : { pageToken }) });
  const models = served.models();
  return json({
    ...list("runs", await Promise.all(page.runs.map(async (run) => printRun(run, await models.runModels(run.id))))),
    ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
  });
}

async function update(call: Call, served: Served): Promise<Answer> {
  const { runId, ...request } = parseUpdateRun(await readJson(call));
  await writableRun(served, runId);
  const run = await served.runs().updateRun(runId, {
    ...(request.status === null ? {} : { status: request.status }),
    ...(request.endMs === null ? {} : { endMs: request.endMs }),
    ...(request.name === null ? {} : { name: request.name }),
  });
  return json({ run_info: printRunInfo(run) });
}

async function remove(call: Call, served: Served): Promise<Answer> {
  const run = await existingRun(served, readRunId(requestFields(await readJson(call))));
  await served.runs().deleteRun(run.id);
  return json({});
}

async function restore(call: Call, served: Served): Promise<Answer> {
  const run = await existingRun(served, readRunId(requestFields(await readJson(call))));
  await served.runs().restoreRun(run.id);
  return json({});
}

async function logMetric(call: Call, served: Served): Promise<Answer> {
  const { runId, point } = parseLogMetric(await readJson(call));
  const run = await writableRun(served, runId);
  await logPoints(served, run, [point]);
  return json({});
}

async function logParam(call: Call, served: Served): Promise<Answer> {
  const { runId, pair } = parsePair(await readJson(call));
  const run = await writableRun(served, runId);
  checkParams(run, pair);
  await served.runs().logParams(run.id, pair);
  return json({});
}

async function logBatch(call: Call, served: Served): Promise<Answer> {
  const batch = parseLogBatch(await readJson(call));
  const run = await writableRun(served, batch.runId);
  checkParams(run, batch.params);
  await served.runs().logBatch(run.id, { params: batch.params, metrics: batch.points, tags: batch.tags });
  await logOfModels(served, run, batch.points);
  return json({});
}

async function logInputs(call: Call, served: Served): Promise<Answer> {
  const { runId, inputs, models } = parseLogInputs(await readJson(call));
  const run = await writableRun(served, runId);
  await served.runs().logInputs(run.id, inputs);
  if (models.length > 0) await served.models().logModelInputs(run.id, models);
  return json({});
}

async function setTag(call: Call, served: Served): Promise<Answer> {
  const { runId, pair } = parsePair(await readJson(call));
  await writeTags(served, await writableRun(served, runId), pair);
  return json({});
}

async function deleteTag(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const key = readKey(fields);
  const run = await writableRun(served, readRunId(fields));
  if (!Object.hasOwn(run.tags, key)) {
    throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `No tag with name: ${key} in run with id ${run.id}`);
  }
  await served.runs().deleteTag(run.id, key);
  return json({});
}

async function logPoints(served: Served, run: RunRecord, points: readonly NamedMlflowPoint[]): Promise<void> {
  await served.runs().logMetrics(run.id, points);
  await logOfModels(served, run, points);
}

/** What was measured of a logged model is kept with that too. */
async function logOfModels(served: Served, run: RunRecord, points: readonly NamedMlflowPoint[]): Promise<void> {
  const ids = new Set(points.flatMap(({ modelId }) => (modelId === null ? [] : [modelId])));
  for (const id of ids) {
    const { id: model } = await existingModel(served, id);
    const measured = points.filter(({ modelId }) => modelId === id).map((point) => ({ ...point, runId: run.id }));
    await served.models().logLoggedModelMetrics(model, measured);
  }
}

/** MLflow 2's way to say that a run has a model: its MLmodel, as one entry of the tag's list. */
async function logModel(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const text = fields.text("model_json");
  const run = await writableRun(served, readRunId(fields));
  const history: unknown = JSON.parse(run.tags[historyTag] ?? "[]");
  const model = readModelJson(text);
  await served.runs().setTags(run.id, {
    [historyTag]: JSON.stringify([...(Array.isArray(history) ? history : []), model]),
  });
  return json({});
}

const historyTag = "mlflow.log-model.history";

function readModelJson(text: string): object {
  const missing = (model: object): string[] =>
    ["artifact_path", "flavors", "utc_time_created", "run_id"].filter((field) => !(field in model));
  try {
    const model: unknown = JSON.parse(text);
    if (typeof model === "object" && model !== null && missing(model).length === 0) return model;
  } catch (cause) {
    throw new MlflowError("INVALID_PARAMETER_VALUE", `Malformed model info: ${text.slice(0, 200)}`, { cause });
  }
  throw invalidValue("model_json", text, "want an MLmodel with artifact_path, flavors, utc_time_created and run_id.");
}

// A tag named mlflow.runName renames the run, as in MLflow's store.
async function writeTags(served: Served, run: RunRecord, tags: Readonly<Record<string, string>>): Promise<void> {
  await served.runs().setTags(run.id, tags);
  const name = tags["mlflow.runName"];
  if (name !== undefined && name !== run.name) await served.runs().updateRun(run.id, { name });
}

// Checked before anything of a batch is written, so that a refused batch leaves no half of itself.
function checkParams(run: RunRecord, params: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(params)) {
    const old = run.params[key];
    if (old === undefined || old === value) continue;
    throw new MlflowError(
      "INVALID_PARAMETER_VALUE",
      `Changing param values is not allowed. Param with key='${key}' was already logged with value='${old}' for run ` +
        `ID='${run.id}'. Attempted logging new value '${value}'.`,
    );
  }
}
