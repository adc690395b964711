import { parseMlModel, printMlModel } from "../../format/index.ts";
import type { Models } from "./local-registry.ts";
import { LoggedModelNotFoundError } from "./registry-errors.ts";
import type { LoggedModel, VersionKey } from "./registry-store.ts";

/** The tag by which a model that was sent is found again. */
const sentTag = "stemma.model.id";

/**
 * Copies a logged model with its files, versions and aliases to another store. Sent a second time, nothing is doubled.
 *
 * @param of the model's id here, and the id that its run has there
 * @returns the model there; ids are given by the store, so it may have another one
 * @throws {LoggedModelNotFoundError}
 */
export async function sendModel(
  from: Models,
  to: Models,
  of: { readonly id: string; readonly runId: string; readonly experimentId?: string },
): Promise<LoggedModel> {
  const model = await from.loggedModel(of.id);
  if (model === null) throw new LoggedModelNotFoundError(of.id);
  const there = await placeFor(to, model, of);
  if (there.status !== "READY") {
    for (const path of await filesOf(from, model.id, "")) {
      const bytes = await from.readModelFile(model.id, path);
      await to.writeModelFile(there.id, path, path === "MLmodel" ? renamed(bytes, there.id, of.runId) : bytes);
    }
    await to.finalizeLoggedModel(there.id, "READY");
    await to.logModelOutputs(of.runId, [{ modelId: there.id, step: await stepOf(from, model) }]);
  }
  for (const version of model.registrations) await sendVersion(from, to, { version, there });
  return there;
}

async function placeFor(
  to: Models,
  model: LoggedModel,
  { runId, experimentId }: { readonly runId: string; readonly experimentId?: string },
): Promise<LoggedModel> {
  const experiment = experimentId ?? (await to.experimentOfRun(runId));
  const filter = `tags.\`${sentTag}\` = '${model.id}'`;
  const { items } = await to.searchLoggedModels({ experimentIds: [experiment], filter });
  return (
    items[0] ??
    (await to.createLoggedModel({
      experimentId: experiment,
      name: model.name,
      modelType: model.modelType,
      sourceRunId: runId,
      params: model.params,
      tags: { ...model.tags, [sentTag]: model.id },
    }))
  );
}

async function filesOf(store: Models, id: string, folder: string): Promise<readonly string[]> {
  const entries = await store.modelFiles(id, folder === "" ? undefined : folder);
  const nested = await Promise.all(
    entries.map(async (entry) => (entry.folder ? filesOf(store, id, entry.path) : [entry.path])),
  );
  return nested.flat();
}

function renamed(bytes: Uint8Array, modelId: string, runId: string): Uint8Array {
  return Buffer.from(printMlModel({ ...parseMlModel(Buffer.from(bytes).toString()), modelId, runId }));
}

async function stepOf(from: Models, { id, sourceRunId }: LoggedModel): Promise<number> {
  if (sourceRunId === null) return 0;
  const { outputs } = await from.runModels(sourceRunId);
  return outputs.find(({ modelId }) => modelId === id)?.step ?? 0;
}

async function sendVersion(
  from: Models,
  to: Models,
  { version: key, there }: { readonly version: VersionKey; readonly there: LoggedModel },
): Promise<void> {
  const version = await from.version(key);
  if (version === null) return;
  if ((await to.model(key.name)) === null) {
    const model = await from.model(key.name);
    await to.createModel(key.name, { description: model?.description ?? "", tags: model?.tags ?? {} });
  }
  const source = `models:/${there.id}`;
  const filter = `name = '${key.name.replaceAll("'", "''")}' AND source_path = '${source}'`;
  const { items } = await to.searchVersions({ filter: key.name.includes("'") ? `source_path = '${source}'` : filter });
  const { description, tags } = version;
  const sent = items[0] ?? (await to.createVersion(key.name, { source, modelId: there.id, description, tags }));
  for (const alias of version.aliases) await to.setAlias(sent, alias);
}
