import { type MlModel, parseMlModel } from "../../format/index.ts";
import { currentActivity, recordFacts } from "../../lineage/index.ts";
import type { Project } from "../../store/index.ts";
import { destinationOptions } from "../destination.ts";
import { ArtifactNotFoundError } from "../errors.ts";
import { localRegistry, type Models, openRestModels } from "../registry/index.ts";
import { localStore, openRestRuns } from "../stores/index.ts";
import { flavors } from "./built-flavors.ts";
import { type FoundModel, findModel, type ModelPlace } from "./find-model.ts";
import type { ModelFlavor } from "./flavor.ts";
import { ModelReferenceError } from "./model-errors.ts";
import { modelEntity, SavedModel } from "./saved-model.ts";

/** The registry that is in use: the server's, where runs are kept on one, else the project's. */
export function modelsInUse(project: Project): Models {
  const options = destinationOptions();
  return options === null ? localRegistry(project) : openRestModels(options);
}

/**
 * Loads a model: `seir@champion`, `seir/3`, `seir/latest`, `models:/…`, `m-…`, `runs:/<id>/fit`. From the server that is in
 * use, and where that has none of it from the project; the run that is open keeps that it was used.
 *
 * @throws {ModelReferenceError} @throws {ModelFlavorError} nothing here can load it
 */
export async function loadModel(project: Project, reference: string): Promise<SavedModel> {
  const found = await find(project, reference);
  const told = await readTold(found, reference);
  const { flavor, facts } = flavorOf(told);
  const model = await flavor.load(found.folder, facts);
  const info = {
    id: told.modelId,
    name: found.name,
    uri: found.uri,
    flavor: flavor.name,
    flavors: Object.keys(told.flavors),
    signature: told.signature,
    runId: told.runId,
    createdUtc: told.createdUtc,
    bytes: told.bytes,
    version: found.version,
  };
  keepUse(project, modelEntity(info));
  return new SavedModel({ project, info, flavor, model });
}

async function find(project: Project, reference: string): Promise<FoundModel> {
  const here: ModelPlace = { models: localRegistry(project), runs: localStore(project) };
  const options = destinationOptions();
  if (options === null) return findModel(here, reference);
  try {
    return await findModel({ models: openRestModels(options), runs: openRestRuns(options) }, reference);
  } catch (thrown) {
    // What a run of this process made may still be on its way to the server.
    const local = await findModel(here, reference).catch(() => null);
    if (local === null) throw thrown;
    return local;
  }
}

async function readTold({ folder, uri }: FoundModel, reference: string): Promise<MlModel> {
  try {
    return parseMlModel(Buffer.from(await folder.read("MLmodel")).toString());
  } catch (cause) {
    if (!(cause instanceof ArtifactNotFoundError)) throw cause;
    throw new ModelReferenceError(
      `There is no model at ${uri} (${JSON.stringify(reference)}): its folder has no MLmodel.`,
      {
        cause,
      },
    );
  }
}

function flavorOf({ flavors: offered }: MlModel): {
  readonly flavor: ModelFlavor;
  readonly facts: Readonly<Record<string, unknown>>;
} {
  const flavor = flavors.loading(Object.keys(offered));
  return { flavor, facts: offered[flavor.name] ?? {} };
}

function keepUse(project: Project, entity: ReturnType<typeof modelEntity>): void {
  const activity = currentActivity();
  if (activity !== null) recordFacts(project, [{ activity, verb: "used", entity, timeMs: Date.now() }]);
}
