import {
  invalidValue,
  list,
  MlflowError,
  printExperiment,
  queryBody,
  readKey,
  readLimit,
  readPairs,
  readViewType,
  requestFields,
} from "../format/index.ts";
import type { ExperimentRecord } from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { existingExperiment } from "./existing.ts";
import { type Call, readJson } from "./request.ts";
import type { Route, Served } from "./route.ts";

/** MLflow's routes of experiments, below `/api/2.0/mlflow/`. */
export const experimentRoutes: readonly Route[] = [
  { method: "POST", path: "experiments/create", handle: create },
  { method: "GET", path: "experiments/get", handle: get },
  { method: "GET", path: "experiments/get-by-name", handle: getByName },
  { method: "GET", path: "experiments/search", handle: search },
  { method: "POST", path: "experiments/search", handle: search },
  { method: "POST", path: "experiments/update", handle: rename },
  { method: "POST", path: "experiments/delete", handle: remove },
  { method: "POST", path: "experiments/restore", handle: restore },
  { method: "POST", path: "experiments/set-experiment-tag", handle: setTag },
  { method: "POST", path: "experiments/delete-experiment-tag", handle: deleteTag },
  { method: "POST", path: "experiments/search-datasets", handle: searchDatasets },
];

async function create(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const name = fields.text("name");
  if (name.length > 500) throw invalidValue("name", name, `want at most 500 characters, got ${name.length}.`);
  const location = fields.optionalText("artifact_location") || null;
  if (location !== null) {
    throw invalidValue("artifact_location", location, "this server keeps artifacts in the project; leave it away.");
  }
  if ((await served.runs().experimentByName(name)) !== null) {
    throw new MlflowError("RESOURCE_ALREADY_EXISTS", `Experiment(name=${name}) already exists.`);
  }
  const experiment = await served.runs().createExperiment(name, readPairs(fields, "tags"));
  return json({ experiment_id: experiment.id });
}

async function get(call: Call, served: Served): Promise<Answer> {
  const id = requestFields(queryBody(call.query)).text("experiment_id");
  return json({ experiment: printExperiment(await existingExperiment(served, id)) });
}

async function getByName(call: Call, served: Served): Promise<Answer> {
  const name = requestFields(queryBody(call.query)).text("experiment_name");
  const experiment = await served.runs().experimentByName(name);
  if (experiment === null) {
    throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `Could not find experiment with name '${name}'`);
  }
  return json({ experiment: printExperiment(experiment) });
}

async function search(call: Call, served: Served): Promise<Answer> {
  const body = call.method === "POST" ? await readJson(call) : queryBody(call.query, ["order_by"]);
  const fields = requestFields(body);
  const pageToken = fields.optionalText("page_token");
  const page = await served.runs().searchExperiments({
    lifecycle: readViewType(fields, "view_type"),
    filter: fields.optionalText("filter") ?? "",
    orderBy: fields.texts("order_by"),
    limit: readLimit(fields, 1000, 50_000),
    ...(pageToken ? { pageToken } : {}),
  });
  return json({
    ...list("experiments", page.experiments.map(printExperiment)),
    ...(page.nextPageToken === null ? {} : { next_page_token: page.nextPageToken }),
  });
}

async function rename(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const experiment = await existingExperiment(served, fields.text("experiment_id"));
  await served.runs().renameExperiment(experiment.id, fields.text("new_name"));
  return json({});
}

// As in MLflow, what is deleted cannot be deleted once more, nor what is there be restored.
async function remove(call: Call, served: Served): Promise<Answer> {
  const experiment = await inState(call, served, "active");
  await served.runs().deleteExperiment(experiment.id);
  return json({});
}

async function restore(call: Call, served: Served): Promise<Answer> {
  const experiment = await inState(call, served, "deleted");
  await served.runs().restoreExperiment(experiment.id);
  return json({});
}

async function inState(call: Call, served: Served, state: "active" | "deleted"): Promise<ExperimentRecord> {
  const experiment = await existingExperiment(served, requestFields(await readJson(call)).text("experiment_id"));
  if (experiment.lifecycle === state) return experiment;
  throw new MlflowError(
    "RESOURCE_DOES_NOT_EXIST",
    `The experiment ${experiment.id} is ${experiment.lifecycle}, not ${state}.`,
  );
}

async function deleteTag(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const experiment = await existingExperiment(served, fields.text("experiment_id"));
  const key = readKey(fields);
  if (!Object.hasOwn(experiment.tags, key)) {
    throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `No tag with key '${key}' in experiment ${experiment.id}.`);
  }
  await served.runs().deleteExperimentTag(experiment.id, key);
  return json({});
}

/** The data sets that runs of experiments used, each once with its context: what MLflow's pages offer as a filter. */
async function searchDatasets(call: Call, served: Served): Promise<Answer> {
  const ids = requestFields(await readJson(call)).texts("experiment_ids");
  if (ids.length < 1 || ids.length > 20) throw invalidValue("experiment_ids", ids.length, "want 1 to 20 experiments.");
  const page = await served.runs().searchRuns({ experimentIds: ids, limit: 50_000 });
  const summaries = new Map<string, object>();
  for (const { experimentId, inputs } of page.runs) {
    for (const { name, digest, tags } of inputs) {
      const context = tags["mlflow.data.context"];
      const summary = { experiment_id: experimentId, name, digest, ...(context === undefined ? {} : { context }) };
      summaries.set(JSON.stringify(summary), summary);
    }
  }
  return json(list("dataset_summaries", [...summaries.values()]));
}

async function setTag(call: Call, served: Served): Promise<Answer> {
  const fields = requestFields(await readJson(call));
  const experiment = await existingExperiment(served, fields.text("experiment_id"));
  await served.runs().setExperimentTag(experiment.id, readKey(fields), fields.optionalText("value") ?? "");
  return json({});
}
