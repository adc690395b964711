import { AsyncLocalStorage } from "node:async_hooks";
import { host } from "../host/index.ts";
import { closeActivity, openActivity, within } from "../lineage/index.ts";
import type { Project } from "../store/index.ts";
import { accompany } from "./companions.ts";
import { type CompareOptions, compareRuns, type RunList, type RunsOptions, runsOf } from "./compare.ts";
import type { Comparison } from "./comparison.ts";
import { currentProject } from "./context.ts";
import { RunNotFoundError } from "./errors.ts";
import { LocalWriter } from "./local-writer.ts";
import { activityOf, type RunStart, resumeRun, startRun } from "./open-run.ts";
import { type RunBody, readCall, type TrackOptions } from "./options.ts";
import { ValueError } from "./params.ts";
import { Run, type RunParts } from "./run.ts";
import { localReader } from "./run-reader.ts";
import { readRun } from "./stores/index.ts";
import { systemInterval } from "./system/index.ts";

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
  /** A run nested in the current one, in the one opened last, or in that of MLFLOW_RUN_ID; gives what `fn` returns. */
  stage<T>(name: string, fn: RunBody<T>): Promise<T>;
}

interface Scope {
  readonly run: Run;
  readonly project: Project;
}

const running = new AsyncLocalStorage<Scope>();
/** Runs without a body, the one opened last at the end. */
const opened: Scope[] = [];
let resumed: string | null = null;

async function trackRun<T>(
  first: string | TrackOptions,
  second?: object | RunBody<T>,
  third?: RunBody<T>,
): Promise<Run<T | undefined>> {
  const { options, body } = readCall<T>(first, second, third);
  const project = running.getStore()?.project ?? currentProject();
  const outcome: { value: T | undefined } = { value: undefined };
  const run = openRun<T | undefined>(project, { options, outcome });
  if (body === null) keepOpen({ run, project });
  else await runBody({ run, project }, async () => (outcome.value = await body(run as Run)));
  return run;
}

function openRun<T>(
  project: Project,
  { options, outcome }: { readonly options: TrackOptions; readonly outcome: RunParts["outcome"] },
): Run<T> {
  const start = startOf(options);
  const intervalMs = systemInterval(options.systemMetrics);
  const resumes = start.parentId === null ? runToResume() : null;
  const key = resumes === null ? startRun(project, start) : resumeRun(project, resumes, start);
  const nextSteps = resumes === null ? new Map<string, number>() : nextStepsOf(project, resumes);
  const writer = new LocalWriter({ project, key, eachCall: options.sync === "call", nextSteps, tap: null });
  const beforeEnd = accompany(writer, { intervalMs, nested: start.parentId !== null });
  return new Run<T>({ writer, outcome, beforeEnd, onEnd: () => close(key.id) });
}

function startOf({ experiment, name, params, tags, parent }: TrackOptions): RunStart {
  const around = running.getStore()?.run.id ?? null;
  return {
    experiment,
    name: name ?? "",
    params: params ?? {},
    tags: Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [key, String(value)])),
    parentId: parent === undefined ? around : typeof parent === "string" ? parent : parent.id,
  };
}

// As in MLflow, the variable is for one run: the first that is not nested.
function runToResume(): string | null {
  const id = process.env["MLFLOW_RUN_ID"] ?? "";
  if (id === "" || id === resumed) return null;
  resumed = id;
  return id;
}

function nextStepsOf(project: Project, id: string): ReadonlyMap<string, number> {
  const metrics = Object.entries(readRun(project, id)?.metrics ?? {});
  return new Map(metrics.map(([name, { step }]) => [name, step + 1]));
}

async function runBody({ run, project }: Scope, body: () => Promise<unknown>): Promise<void> {
  const stop = host().stopSignal();
  try {
    await stopped(stop, run, () => running.run({ run, project }, () => within(activityOf(run.id), body)));
  } catch (error) {
    if (stop.aborted) await run.end("KILLED");
    else await run.fail(error);
    throw error;
  }
  await run.end();
}

/** What `work` gives, or the reason of the stop as soon as that comes; the run is KILLED then, whoever may still be awaiting. */
async function stopped(stop: AbortSignal, run: Run, work: () => Promise<unknown>): Promise<void> {
  let onStop = (): void => {};
  const stopping = new Promise<never>((_, reject) => {
    onStop = () => {
      run.end("KILLED").catch(reject);
      reject(stop.reason);
    };
    if (stop.aborted) onStop();
    else stop.addEventListener("abort", onStop, { once: true });
  });
  try {
    await Promise.race([work(), stopping]);
  } finally {
    stop.removeEventListener("abort", onStop);
  }
}

function keepOpen(scope: Scope): void {
  opened.push(scope);
  openActivity(activityOf(scope.run.id));
}

function close(id: string): void {
  closeActivity(activityOf(id));
  const at = opened.findIndex(({ run }) => run.id === id);
  if (at !== -1) opened.splice(at, 1);
}

async function stage<T>(name: string, fn: RunBody<T>): Promise<T> {
  const { experiment, id } = stageParent();
  const run = await trackRun<T>({ experiment, name, parent: id }, fn);
  return run.result as T;
}

function stageParent(): { readonly experiment: string; readonly id: string } {
  const around = running.getStore() ?? opened.at(-1);
  if (around !== undefined) return around.run;
  const id = process.env["MLFLOW_RUN_ID"] ?? "";
  if (id === "")
    throw new ValueError(
      "track.stage() is outside of any run. Open one with track(), or set MLFLOW_RUN_ID to the id of one.",
    );
  const parent = readRun(currentProject(), id);
  if (parent === null) throw new RunNotFoundError(id);
  return parent;
}

/** Tracks runs: `track("seir", { beta: 0.3 }, async (run) => …)`. */
export const track: Track = Object.assign(trackRun as Omit<Track, "runs" | "compare" | "stage"> & typeof trackRun, {
  runs: (experiment?: string, options?: RunsOptions): RunList =>
    runsOf(localReader(currentProject()), experiment, options),
  compare: (experiment: string, options?: CompareOptions): Comparison =>
    compareRuns(localReader(currentProject()), experiment, options),
  stage,
}) as Track;
