import type { Models } from "./local-registry.ts";
import { findSent, sendModelMetrics } from "./send-model.ts";

/** Brings what a run measured of the models it made to where these were sent. @param run its id, which is the same there */
export async function sendRunMetrics(from: Models, to: Models, run: string): Promise<void> {
  const { outputs } = await from.runModels(run);
  if (outputs.length === 0) return;
  const experiment = await to.experimentOfRun(run);
  for (const { modelId } of outputs) {
    const model = await from.loggedModel(modelId);
    const there = model === null ? null : await findSent(to, experiment, modelId);
    if (model === null || there === null) continue;
    await sendModelMetrics(to, { metrics: model.metrics, there, from: run, runId: run });
  }
}
