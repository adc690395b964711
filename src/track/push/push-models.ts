import { findSent, sendModel, sendModelMetrics, sendVersion } from "../registry/index.ts";
import type { Push } from "./push.ts";
import { send } from "./send.ts";

/** Sends the logged models that a run made, with their versions, and that it used others. @returns how many arrived anew */
export async function pushModels(push: Push): Promise<number> {
  const { outputs, inputs } = await push.here.models.runModels(push.record.id);
  let arrived = 0;
  for (const { modelId } of outputs) arrived += await pushMade(push, modelId);
  for (const { modelId } of inputs) await send(push, `model ${modelId}`, () => pushUsed(push, modelId));
  return arrived + (await pushVersions(push));
}

async function pushMade(push: Push, id: string): Promise<number> {
  const { here, server, record, found } = push;
  const model = await here.models.loggedModel(id);
  // Deleted, or not whole when its process ended.
  if (model?.status !== "READY" || model.sourceRunId !== record.id) return 0;
  let isNew = false;
  const arrived = await send(push, `model ${model.name}`, async () => {
    const to = { id, runId: found.id, experimentId: found.experimentId };
    ({ isNew } = await sendModel(here.models, server.models, to));
  });
  return isNew ? arrived : 0;
}

/** A model of another run that this one took: told where the server has it. */
async function pushUsed({ here, server, record, found }: Push, id: string): Promise<void> {
  const model = await here.models.loggedModel(id);
  const made = model?.sourceRunId == null ? null : await here.runs.run(model.sourceRunId);
  if (model === null || made === null) return;
  const experiment = await server.runs.experimentByName(made.experiment);
  if (experiment === null) return;
  const there = (await server.models.loggedModel(id)) ?? (await findSent(server.models, experiment.id, id));
  if (there === null) return;
  const known = await server.models.runModels(found.id);
  if (!known.inputs.some(({ modelId }) => modelId === there.id))
    await server.models.logModelInputs(found.id, [there.id]);
  await sendModelMetrics(server.models, { metrics: model.metrics, there, from: record.id, runId: found.id });
}

/** Versions that were made of a run's artifacts, as MLflow 2 made them all. */
async function pushVersions(push: Push): Promise<number> {
  const { here, server, record, found } = push;
  const { items } = await here.models.searchVersions({ filter: `run_id = '${record.id}'` });
  let arrived = 0;
  for (const version of items) {
    const [, path] = version.source.split(new RegExp(`${record.id}/(?:artifacts/)?`));
    if (version.modelId !== null || path === undefined) continue;
    const source = `runs:/${found.id}/${path}`;
    const to = { version, source, modelId: null, runId: found.id };
    await send(push, `version ${version.version} of ${version.name}`, async () => {
      if (await sendVersion(here.models, server.models, to)) arrived++;
    });
  }
  return arrived;
}
