import { getArtifact } from "../local/index.ts";
import { type LoggedModel, type Models, type ModelVersion, VersionNotFoundError } from "../registry/index.ts";
import type { RunStore } from "../run-store.ts";
import { artifactRemote, isRemote, localFolder, readFromRemote } from "../stores/index.ts";
import type { ModelFolder } from "./flavor.ts";
import { ModelFlavorError, ModelReferenceError } from "./model-errors.ts";
import { type ModelReference, parseReference } from "./reference.ts";

/** Where models are looked for. */
export interface ModelPlace {
  readonly models: Models;
  readonly runs: Pick<RunStore, "run" | "readArtifact" | "artifacts">;
}

/** A model that was found: its files, and what names it. */
export interface FoundModel {
  readonly folder: ModelFolder;
  readonly name: string;
  readonly uri: string;
  readonly version: ModelVersion | null;
}

/** The model that a text names. @throws {ModelReferenceError} @throws {ModelNotFoundError} and what the stores throw */
export async function findModel(place: ModelPlace, text: string): Promise<FoundModel> {
  const reference = parseReference(text);
  if (reference.kind === "logged") return foundLogged(place, await loggedModel(place, reference.id));
  if (reference.kind === "run") return ofRun(place, reference);
  const version = await versionOf(place.models, reference);
  const uri = `models:/${version.name}/${version.version}`;
  return { folder: await versionFolder(place, version), name: version.name, uri, version };
}

async function loggedModel({ models }: ModelPlace, id: string): Promise<LoggedModel> {
  const model = await models.loggedModel(id);
  if (model !== null) return model;
  throw new ModelReferenceError(`There is no logged model ${id} here, or it is deleted.`);
}

function foundLogged({ models }: ModelPlace, { id, name }: LoggedModel): FoundModel {
  const folder = reading((path) => models.readModelFile(id, path));
  return { folder, name, uri: `models:/${id}`, version: null };
}

type Versioned = Extract<ModelReference, { kind: "alias" | "version" | "stage" }>;

async function versionOf(models: Models, reference: Versioned): Promise<ModelVersion> {
  if (reference.kind === "alias") return models.versionByAlias(reference.name, reference.alias);
  if (reference.kind === "version") {
    const version = await models.version(reference);
    if (version === null) throw new VersionNotFoundError(reference.name, String(reference.version));
    return version;
  }
  const [version] = await models.latestVersions(reference.name, [reference.stage]);
  if (version === undefined) throw new VersionNotFoundError(reference.name, `in ${reference.stage}`);
  return version;
}

async function versionFolder(place: ModelPlace, version: ModelVersion): Promise<ModelFolder> {
  const { modelId } = version;
  if (modelId !== null && (await place.models.loggedModel(modelId)) !== null)
    return reading((path) => place.models.readModelFile(modelId, path));
  const uri = await place.models.downloadUri(version);
  return uriFolder(place, uri);
}

async function uriFolder(place: ModelPlace, uri: string): Promise<ModelFolder> {
  const logged = /^mlflow-artifacts:\/(?:\/[^/]*\/)?[^/]+\/models\/(m-[0-9a-f]{32})\/artifacts\/?$/.exec(uri);
  if (logged?.[1] !== undefined) return foundLogged(place, await loggedModel(place, logged[1])).folder;
  const kept = /^mlflow-artifacts:\/(?:\/[^/]*\/)?[^/]+\/([0-9a-f]{32})\/artifacts\/(.+)$/.exec(uri);
  const run = kept ?? /^runs:\/([^/]+)\/(.+)$/.exec(uri);
  if (run?.[1] !== undefined && run[2] !== undefined) return runFolder(place, { run: run[1], path: run[2] });
  const local = localFolder(uri);
  if (local !== null) return reading(async (path) => getArtifact({ folder: local, run: uri }, path));
  if (isRemote(uri)) {
    const remote = artifactRemote(uri, uri);
    return reading((path) => readFromRemote(remote, uri, path));
  }
  throw new ModelReferenceError(
    `The model's files lie at ${JSON.stringify(uri)}, which cannot be read from here. Log it through a server with --serve-artifacts, or copy the folder.`,
  );
}

async function ofRun(
  place: ModelPlace,
  { run, path }: { readonly run: string; readonly path: string },
): Promise<FoundModel> {
  const { outputs } = await place.models.runModels(run);
  for (const { modelId } of outputs) {
    const model = await place.models.loggedModel(modelId);
    if (model?.name === path) return foundLogged(place, model);
  }
  return { folder: runFolder(place, { run, path }), name: path, uri: `runs:/${run}/${path}`, version: null };
}

// MLflow 2 kept models among the artifacts of their run.
function runFolder({ runs }: ModelPlace, { run, path }: { readonly run: string; readonly path: string }): ModelFolder {
  return reading((file) => runs.readArtifact(run, `${path.replace(/\/+$/, "")}/${file}`));
}

function reading(read: ModelFolder["read"]): ModelFolder {
  return {
    read,
    write: async (path) => {
      throw new ModelFlavorError(`A model that was kept is not changed; ${JSON.stringify(path)} was to be written.`);
    },
  };
}
