import {
  list,
  MlflowError,
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
import { existingExperiment } from "./mlflow-experiments.ts";
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
  { method: "POST", path: "runs/set-tag", handle: setTag },
  { method: "POST", path: "runs/delete-tag", handle: deleteTag },
];

/** @throws {MlflowError} there is none with this id */
export async function existingRun(served: Served, id: string): Promise<RunRecord> {
  const run = await served.runs().run(id);
  if (run === null) throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `Run with id=${id} not found`);
  return run;
}

/** @throws {MlflowError} there is none with this id, or it is deleted */
export async function writableRun(served: Served, id: string): Promise<RunRecord> {
  const run = await existingRun(served, id);
  if (run.lifecycle === "active") return run;
  throw new MlflowError(
    "INVALID_PARAMETER_VALUE",
    `The run ${id} must be in the 'active' state. Current state is deleted. Restore it with runs/restore.`,
  );
}

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
  const { outputs: _, ...made } = printRun(run);
  return json({ run: made });
}

async function get(call: Call, served: Served): Promise<Answer> {
  const id = readRunId(requestFields(queryBody(call.query)));
  return json({ run: printRun(await existingRun(served, id)) });
}

async function search(call: Call, served: Served): Promise<Answer> {
  const { pageToken, ...query } = parseSearchRuns(await readJson(call));
  const page = await served.runs().searchRuns({ ...query, ...(pageToken === null ? {} : { pageToken }) });
  return json({
    ...list("runs", page.runs.map(printRun)),
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
  await served.runs().logMetrics(run.id, [point]);
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
  await served.runs().logParams(run.id, batch.params);
  await served.runs().logMetrics(run.id, batch.points);
  await writeTags(served, run, batch.tags);
  return json({});
}

async function logInputs(call: Call, served: Served): Promise<Answer> {
  const { runId, inputs } = parseLogInputs(await readJson(call));
  const run = await writableRun(served, runId);
  await served.runs().logInputs(run.id, inputs);
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
