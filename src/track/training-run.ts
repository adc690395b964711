import type { OpenRun } from "./autolog/index.ts";
import { currentRun } from "./current-run.ts";
import type { Run } from "./run.ts";
import { trackRun } from "./track-run.ts";

/** The run that a training is logged to: the one that is open, else one of its own, which ends with it. */
export function trainingRun(name: string): OpenRun | Promise<OpenRun> {
  const run = currentRun();
  if (run !== null) return { writer: run.writer, until: (work) => run.until(work), end: async () => {} };
  const experiment = process.env["MLFLOW_EXPERIMENT_NAME"] || "Default";
  return trackRun<undefined>({ experiment, tags: { "stemma.autolog": name } }).then(owned);
}

function owned(run: Run<undefined>): OpenRun {
  const end = (error?: unknown): Promise<void> => (error === undefined ? run.end() : run.fail(error));
  return { writer: run.writer, until: (work) => run.until(work), end };
}
