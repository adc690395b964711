import { join } from "node:path";
import { parseMlModel, printMlModel } from "../../format/index.ts";
import type { Models } from "./local-registry.ts";
import { LoggedModelNotFoundError } from "./registry-errors.ts";
import type { LoggedModel, ModelMetric } from "./registry-store.ts";
import { sendVersion } from "./send-version.ts";

/** The tag by which a model that was sent is found again. */
const sentTag = "stemma.model.id";
/** Where MLflow keeps a model's versions on a server: the server writes it itself. */
const versionsTag = "mlflow.modelVersions";

/** Which model is sent, and the id that its run has where it goes. */
export interface ModelToSend {
  readonly id: string;
  readonly runId: string;
  /** The experiment there; asked for where absent. */
  readonly experimentId?: string;
}

/** A model as it is where it was sent. */
export interface SentModel {
  readonly model: LoggedModel;
  /** Whether it was not whole there before. */
  readonly isNew: boolean;
}

/**
 * Copies a logged model with its files, metrics, versions and aliases to another store. Sent a second time, nothing is
 * doubled; what was added since is.
 *
 * @returns the model there; ids are given by the store, so it may have another one
 * @throws {LoggedModelNotFoundError}
 */
export async function sendModel(from: Models, to: Models, of: ModelToSend): Promise<SentModel> {
  const model = await from.loggedModel(of.id);
  if (model === null) throw new LoggedModelNotFoundError(of.id);
  const experimentId = of.experimentId ?? (await to.experimentOfRun(of.runId));
  const there = await placeFor(to, model, { ...of, experimentId });
  const isNew = there.status !== "READY";
  if (isNew) {
    await sendFiles(from, to, { model, there, runId: of.runId });
    await to.finalizeLoggedModel(there.id, "READY");
    await to.logModelOutputs(of.runId, [{ modelId: there.id, step: await stepOf(from, model) }]);
  }
  await sendTags(to, model, there);
  await sendModelMetrics(to, { metrics: model.metrics, there, from: model.sourceRunId, runId: of.runId });
  for (const key of model.registrations) {
    const version = await from.version(key);
    if (version !== null)
      await sendVersion(from, to, { version, source: `models:/${there.id}`, modelId: there.id, runId: of.runId });
  }
  return { model: there, isNew };
}

/** The model that another was sent as; null where it was not. */
export async function findSent(to: Models, experimentId: string, id: string): Promise<LoggedModel | null> {
  const filter = `tags.\`${sentTag}\` = '${id}'`;
  const { items } = await to.searchLoggedModels({ experimentIds: [experimentId], filter });
  return items[0] ?? null;
}

/** What one run measured of a model, but for what is there. @param of the run's id here, and there */
export async function sendModelMetrics(
  to: Models,
  of: {
    readonly metrics: readonly ModelMetric[];
    readonly there: LoggedModel;
    readonly from: string | null;
    readonly runId: string;
  },
): Promise<void> {
  const known = new Set(of.there.metrics.map(printed));
  const own = of.metrics.filter(({ runId }) => runId === of.from).map((metric) => ({ ...metric, runId: of.runId }));
  const missing = own.filter((metric) => !known.has(printed(metric)));
  if (missing.length > 0) await to.logLoggedModelMetrics(of.there.id, missing);
}

function printed({ key, runId, datasetName, datasetDigest, step, timeMs }: ModelMetric): string {
  return JSON.stringify([key, runId, datasetName, datasetDigest, step, timeMs]);
}

async function placeFor(
  to: Models,
  model: LoggedModel,
  { runId, experimentId }: ModelToSend & { readonly experimentId: string },
): Promise<LoggedModel> {
  const known = (await to.loggedModel(model.id)) ?? (await findSent(to, experimentId, model.id));
  if (known !== null) return known;
  return to.createLoggedModel({
    experimentId,
    name: model.name,
    modelType: model.modelType,
    sourceRunId: runId,
    params: model.params,
    tags: { ...ownTags(model), [sentTag]: model.id },
  });
}

function ownTags({ tags }: LoggedModel): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => key !== versionsTag));
}

async function sendTags(to: Models, model: LoggedModel, there: LoggedModel): Promise<void> {
  const missing = Object.entries(ownTags(model)).filter(
    ([key, text]) => !Object.hasOwn(there.tags, key) || there.tags[key] !== text,
  );
  if (missing.length > 0) await to.setLoggedModelTags(there.id, Object.fromEntries(missing));
}

async function sendFiles(
  from: Models,
  to: Models,
  of: { readonly model: LoggedModel; readonly there: LoggedModel; readonly runId: string },
): Promise<void> {
  const { model, there, runId } = of;
  for (const path of await filesOf(from, model.id, "")) {
    if (path === "MLmodel") {
      const bytes = await from.readModelFile(model.id, path);
      await to.writeModelFile(there.id, path, renamed(bytes, there.id, runId));
    } else if (model.artifactFolder !== null)
      await to.uploadModelFile(there.id, path, join(model.artifactFolder, ...path.split("/")));
    else await to.writeModelFile(there.id, path, await from.readModelFile(model.id, path));
  }
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
