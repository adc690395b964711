import type { Project } from "../store/index.ts";
import type { ReproduceOptions, ReproduceResult } from "./reproduce-options.ts";

export interface TrackedOptions extends ReproduceOptions {
  readonly runName?: string;
  /** MLFLOW_EXPERIMENT_NAME, else the name of the project's folder, where absent. */
  readonly experiment?: string;
}

export interface TrackedResult extends ReproduceResult {
  /** The parent run's id. */
  readonly run: string;
}

/**
 * `reproduce()` as a run: a nested run for each stage that ran or came from the cache, with its params, metrics, files to plot
 * and inputs; `dvc.yaml`, `dvc.lock`, the params files and git's tags with the parent.
 *
 * Commands of a stage find the nested run in MLFLOW_RUN_ID: what they log by `track()` or MLflow is in it.
 *
 * @throws what `reproduce()` throws; the runs are FAILED then
 */
export async function reproduceTracked(project: Project, options: TrackedOptions = {}): Promise<TrackedResult> {
  // Most reproductions and all other verbs track nothing, and start in less time without what does.
  const { reproduceAsRun } = await import("./tracked-reproduction.ts");
  return reproduceAsRun(project, options);
}
