import {
  list,
  MlflowError,
  printRegisteredModel,
  printVersion,
  type RequestFields,
  readLimit,
  readPairs,
} from "../format/index.ts";
import type { ModelPage, ModelVersion, RegisteredModel, RegistryQuery } from "../track/index.ts";
import { type Answer, json } from "./answer.ts";
import { existingVersion } from "./existing.ts";
import { checkSource } from "./model-source.ts";
import { type Call, readFields } from "./request.ts";
import type { Handler, Route, Served } from "./route.ts";

const models = "registered-models";
const versions = "model-versions";

/** MLflow's routes of the model registry, below `/api/2.0/mlflow/`. */
export const registryRoutes: readonly Route[] = [
  { method: "POST", path: `${models}/create`, handle: createModel },
  { method: "GET", path: `${models}/get`, handle: getModel },
  { method: "POST", path: `${models}/rename`, handle: renameModel },
  { method: "PATCH", path: `${models}/update`, handle: updateModel },
  { method: "DELETE", path: `${models}/delete`, handle: deleteModel },
  { method: "GET", path: `${models}/search`, handle: searchModels },
  { method: "GET", path: `${models}/get-latest-versions`, handle: latestVersions },
  { method: "POST", path: `${models}/get-latest-versions`, handle: latestVersions },
  { method: "POST", path: `${models}/set-tag`, handle: setModelTag },
  { method: "DELETE", path: `${models}/delete-tag`, handle: deleteModelTag },
  { method: "POST", path: `${models}/alias`, handle: setAlias },
  { method: "DELETE", path: `${models}/alias`, handle: deleteAlias },
  { method: "GET", path: `${models}/alias`, handle: byAlias },
  { method: "POST", path: `${versions}/create`, handle: createVersion },
  { method: "GET", path: `${versions}/get`, handle: onVersion(async (_fields, version) => version) },
  { method: "PATCH", path: `${versions}/update`, handle: onVersion(updateVersion) },
  { method: "POST", path: `${versions}/transition-stage`, handle: onVersion(setStage) },
  { method: "DELETE", path: `${versions}/delete`, handle: onVersion(deleteVersion) },
  { method: "GET", path: `${versions}/search`, handle: searchVersions },
  { method: "GET", path: `${versions}/get-download-uri`, handle: downloadUri },
  { method: "POST", path: `${versions}/set-tag`, handle: onVersion(setVersionTag) },
  { method: "DELETE", path: `${versions}/delete-tag`, handle: onVersion(deleteVersionTag) },
];

async function createModel(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  const description = fields.optionalText("description") ?? "";
  const made = await served.models().createModel(fields.text("name"), { description, tags: readPairs(fields, "tags") });
  return registered(made);
}

async function getModel(call: Call, served: Served): Promise<Answer> {
  const name = (await readFields(call)).text("name");
  const found = await served.models().model(name);
  if (found === null) throw new MlflowError("RESOURCE_DOES_NOT_EXIST", `Registered Model with name=${name} not found`);
  return registered(found);
}

async function renameModel(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  return registered(await served.models().renameModel(fields.text("name"), fields.text("new_name")));
}

async function updateModel(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  const description = fields.optionalText("description") ?? "";
  return registered(await served.models().updateModel(fields.text("name"), { description }));
}

async function deleteModel(call: Call, served: Served): Promise<Answer> {
  await served.models().deleteModel((await readFields(call)).text("name"));
  return json({});
}

async function searchModels(call: Call, served: Served): Promise<Answer> {
  const query = readQuery(await readFields(call, ["order_by"]), { usual: 100, most: 1000 });
  return page("registered_models", await served.models().searchModels(query), printRegisteredModel);
}

async function latestVersions(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call, ["stages"]);
  const stages = fields.texts("stages");
  const found = await served.models().latestVersions(fields.text("name"), stages.length === 0 ? undefined : stages);
  return json(list("model_versions", found.map(printVersion)));
}

async function setModelTag(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  await served.models().setModelTag(fields.text("name"), fields.text("key"), fields.optionalText("value") ?? "");
  return json({});
}

async function deleteModelTag(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  await served.models().deleteModelTag(fields.text("name"), fields.text("key"));
  return json({});
}

async function setAlias(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  const { name, version } = await existingVersion(fields, served);
  await served.models().setAlias({ name, version }, fields.text("alias"));
  return json({});
}

async function deleteAlias(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  await served.models().deleteAlias(fields.text("name"), fields.text("alias"));
  return json({});
}

async function byAlias(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  return versioned(await served.models().versionByAlias(fields.text("name"), fields.text("alias")));
}

async function createVersion(call: Call, served: Served): Promise<Answer> {
  const fields = await readFields(call);
  const source = fields.text("source");
  const runId = fields.optionalText("run_id") || null;
  const modelId = fields.optionalText("model_id") || null;
  await checkSource(served, source, { runId, modelId });
  const made = await served.models().createVersion(fields.text("name"), {
    source,
    runId,
    modelId,
    runLink: fields.optionalText("run_link") || null,
    description: fields.optionalText("description") ?? "",
    tags: readPairs(fields, "tags"),
  });
  return versioned(made);
}

async function updateVersion(fields: RequestFields, version: ModelVersion, served: Served): Promise<ModelVersion> {
  const description = fields.optionalText("description");
  return description === null ? version : served.models().updateVersion(version, { description });
}

function setStage(fields: RequestFields, version: ModelVersion, served: Served): Promise<ModelVersion> {
  const archiveExisting = fields.optionalFlag("archive_existing_versions") ?? false;
  return served.models().setStage(version, fields.text("stage"), { archiveExisting });
}

async function deleteVersion(_: RequestFields, version: ModelVersion, served: Served): Promise<null> {
  await served.models().deleteVersion(version);
  return null;
}

async function searchVersions(call: Call, served: Served): Promise<Answer> {
  const query = readQuery(await readFields(call, ["order_by"]), { usual: 10_000, most: 200_000 });
  return page("model_versions", await served.models().searchVersions(query), printVersion);
}

async function downloadUri(call: Call, served: Served): Promise<Answer> {
  const version = await existingVersion(await readFields(call), served);
  return json({ artifact_uri: await served.models().downloadUri(version) });
}

async function setVersionTag(fields: RequestFields, version: ModelVersion, served: Served): Promise<null> {
  await served.models().setVersionTag(version, fields.text("key"), fields.optionalText("value") ?? "");
  return null;
}

async function deleteVersionTag(fields: RequestFields, version: ModelVersion, served: Served): Promise<null> {
  await served.models().deleteVersionTag(version, fields.text("key"));
  return null;
}

type OnVersion = (fields: RequestFields, version: ModelVersion, served: Served) => Promise<ModelVersion | null>;

/** A route of one version: what `work` gives is its answer, null is an empty one. */
function onVersion(work: OnVersion): Handler {
  return async (call, served) => {
    const fields = await readFields(call);
    const answer = await work(fields, await existingVersion(fields, served), served);
    return answer === null ? json({}) : versioned(answer);
  };
}

function readQuery(
  fields: RequestFields,
  { usual, most }: { readonly usual: number; readonly most: number },
): RegistryQuery {
  const pageToken = fields.optionalText("page_token");
  return {
    filter: fields.optionalText("filter") ?? "",
    orderBy: fields.texts("order_by").filter((order) => order !== ""),
    limit: readLimit(fields, usual, most),
    ...(pageToken ? { pageToken } : {}),
  };
}

function page<T>(field: string, { items, nextPageToken }: ModelPage<T>, print: (item: T) => unknown): Answer {
  return json({
    ...list(field, items.map(print)),
    ...(nextPageToken === null ? {} : { next_page_token: nextPageToken }),
  });
}

function registered(model: RegisteredModel): Answer {
  return json({ registered_model: printRegisteredModel(model) });
}

function versioned(version: ModelVersion): Answer {
  return json({ model_version: printVersion(version) });
}
