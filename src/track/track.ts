import { type Autolog, type AutologAdapter, startAutolog } from "./autolog/index.ts";
import {
  type CompareOptions,
  type Comparison,
  compareRuns,
  type RunList,
  type RunsOptions,
  runsOf,
} from "./comparison.ts";
import { currentProject } from "./context.ts";
import { currentRun } from "./current-run.ts";
import { type UseTarget, useDestination } from "./destination.ts";
import { openDetached } from "./detached.ts";
import { Experiment, experimentsOf, setRunLifecycle } from "./experiment.ts";
import { flavors, loadModel, type ModelFlavors, ModelRegistry, type SavedModel } from "./models/index.ts";
import type { RunBody, TrackOptions } from "./options.ts";
import type { ExperimentRecord } from "./record.ts";
import { type ReproduceRunOptions, type Reproduction, reproduce } from "./reproduction.ts";
import type { Run } from "./run.ts";
import { stage, trackRun } from "./track-run.ts";
import { trainingRun } from "./training-run.ts";

/** The verb: opens runs, and asks for those there are. */
export interface Track {
  /**
   * A run of an experiment. With a body: FINISHED when that returns, FAILED with its error when it throws (and the error
   * comes out), KILLED when it is stopped; resolves to the ended run with what the body returned as `result`.
   * Without a body: an open run, ended with `run.end()`.
   *
   * Called in the body of another run it is nested in that. With MLFLOW_RUN_ID set the first run resumes that one.
   *
   * @throws {ValueError} a param that is no plain JSON @throws {NameError}
   */
  <T>(experiment: string, params: object, body: RunBody<T>): Promise<Run<T>>;
  <T>(experiment: string, body: RunBody<T>): Promise<Run<T>>;
  (experiment: string, params?: object): Promise<Run<undefined>>;
  <T>(options: TrackOptions, body: RunBody<T>): Promise<Run<T>>;
  (options: TrackOptions): Promise<Run<undefined>>;
  /** Runs, newest first; those of all experiments without one. @throws {ExperimentNotFoundError} @throws {FilterError} */
  runs(experiment?: string, options?: RunsOptions): RunList;
  /** Runs of an experiment side by side, the best first where no order is asked for. @throws {ExperimentNotFoundError} @throws {FilterError} */
  compare(experiment: string, options?: CompareOptions): Comparison;
  /**
   * Keeps the runs of this process on an MLflow server too from now on: `track.use("https://mlflow.example.org")`, or
   * `{ uri, token }`; null for the project only. MLFLOW_TRACKING_URI does the same. What is logged is in the project at
   * once and is sent behind; `run.end()` waits for it, and says what did not arrive.
   *
   * @throws {ValueError} no address of a server
   */
  use(target: UseTarget): void;
  /** The run that the calling code belongs to, or the one opened last; null where none is open. */
  active(): Run | null;
  /** A run that starts later, by `track({ run: id })`; gives its id. */
  schedule(options: TrackOptions): Promise<string>;
  /** Experiments, the one that changed last first. */
  experiments(lifecycle?: "active" | "deleted" | "all"): readonly ExperimentRecord[];
  /** An experiment, to rename, delete, restore or tag it; it need not be there yet. */
  experiment(name: string): Experiment;
  /** Marks a run as deleted: it is found no more, and takes nothing. @throws {RunNotFoundError} */
  delete(id: string): Promise<void>;
  /** Brings a deleted run back. @throws {RunNotFoundError} */
  restore(id: string): Promise<void>;
  /** Runs again what made a run, and says what differs: `run.reproduce()` of any run, by its id. @throws {NotReproducibleError} */
  reproduce(id: string, options?: ReproduceRunOptions): Promise<Reproduction>;
  /**
   * Loads a model: `seir@champion`, `seir/3`, `seir/latest`, `m-…`, `runs:/<id>/fit`, as MLflow or `run.model()` kept it.
   *
   * @throws {ModelReferenceError} @throws {ModelFlavorError} nothing here can load it
   */
  model(reference: string): Promise<SavedModel>;
  /** Names, versions, aliases, stages and tags of models. */
  readonly registry: ModelRegistry;
  /**
   * Logs every training of the libraries given, in the run that is open or in one of its own: params, metrics, data, model.
   * `track.autolog({ tfjs: tf, "ml-random-forest": forest })`; nothing else is touched, and the call that it gives ends it.
   *
   * @param adapters of libraries that Stemma does not know @throws {TypeError} a library that no adapter knows
   */
  autolog(modules: Readonly<Record<string, object>>, adapters?: readonly AutologAdapter[]): Autolog;
  /** The kinds of models that can be kept and loaded; `add()` takes your own. */
  readonly flavors: ModelFlavors;
  /** A run nested in the current one, in the one opened last, or in that of MLFLOW_RUN_ID; gives what `fn` returns. */
  stage<T>(name: string, fn: RunBody<T>): Promise<T>;
}

/** Tracks runs: `track("seir", { beta: 0.3 }, async (run) => …)`. */
export const track: Track = Object.assign(trackRun as TrackCalls & typeof trackRun, {
  runs: (experiment?: string, options?: RunsOptions): RunList => runsOf(currentProject(), experiment, options),
  compare: (experiment: string, options?: CompareOptions): Comparison =>
    compareRuns(currentProject(), experiment, options),
  use: useDestination,
  active: currentRun,
  schedule: (options: TrackOptions): Promise<string> => openDetached(options, "SCHEDULED"),
  experiments: (lifecycle?: "active" | "deleted" | "all"): readonly ExperimentRecord[] =>
    experimentsOf(currentProject(), lifecycle),
  experiment: (name: string): Experiment => new Experiment(currentProject(), name),
  delete: (id: string): Promise<void> => setRunLifecycle(currentProject(), id, "deleted"),
  restore: (id: string): Promise<void> => setRunLifecycle(currentProject(), id, "active"),
  reproduce: (id: string, options: ReproduceRunOptions = {}): Promise<Reproduction> =>
    reproduce(currentProject(), id, options),
  model: (reference: string): Promise<SavedModel> => loadModel(currentProject(), reference),
  registry: new ModelRegistry(currentProject),
  autolog: (modules: Readonly<Record<string, object>>, adapters?: readonly AutologAdapter[]): Autolog =>
    startAutolog(modules, trainingRun, adapters),
  flavors,
  stage,
}) as Track;

/** What `track` is when it is called. */
type TrackCalls = { [Name in keyof Track as never]: Track[Name] };
