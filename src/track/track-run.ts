import { host } from "../host/index.ts";
import type { Project } from "../store/index.ts";
import { accompany } from "./companions.ts";
import { currentProject } from "./context.ts";
import { currentReader } from "./current-reader.ts";
import { closeRun, currentRun, insideRun, keepOpen, runAround, type Scope } from "./current-run.ts";
import { destination } from "./destination.ts";
import { dvcLiveAfter } from "./dvclive/index.ts";
import { ExperimentNotFoundError, RunNotFoundError } from "./errors.ts";
import { LocalWriter } from "./local-writer.ts";
import type { RunStart } from "./open-run.ts";
import { openWriter } from "./opening.ts";
import { type RunBody, readCall, type TrackOptions } from "./options.ts";
import { flatParams, ValueError } from "./params.ts";
import { Run, type RunParts } from "./run.ts";
import { readRun } from "./stores/index.ts";
import { systemInterval } from "./system/index.ts";

/** `track(…)`, whatever its form. */
export async function trackRun<T>(
  first: string | TrackOptions,
  second?: object | RunBody<T>,
  third?: RunBody<T>,
): Promise<Run<T | undefined>> {
  const { options, body } = readCall<T>(first, second, third);
  const project = runAround()?.project ?? currentProject();
  const outcome: { value: T | undefined } = { value: undefined };
  const opening = openRun<T | undefined>(project, { options, outcome });
  // Not awaited where it is open already: it is the current run before anything else of the cell goes on.
  const run = opening instanceof Run ? opening : await opening;
  if (body === null) keepOpen({ run, project });
  else await runBody({ run, project }, async () => (outcome.value = await body(run as Run)));
  return run;
}

function openRun<T>(
  project: Project,
  { options, outcome }: { readonly options: TrackOptions; readonly outcome: RunParts["outcome"] },
): Run<T> | Promise<Run<T>> {
  const intervalMs = systemInterval(options.systemMetrics);
  const start = startOf(options);
  const resumes = options.run ?? (start.parentId === null ? runToResume() : null);
  const writing = openWriter(project, { start, resumes, eachCall: options.sync === "call" });
  const made = (writer: RunParts["writer"]): Run<T> => {
    const beforeEnd = accompany(writer, { intervalMs, nested: start.parentId !== null });
    const afterEnd = dvcLiveAfter(writer, {
      wanted: options.dvclive,
      paramOrder: [...flatParams(start.params).keys()],
    });
    return new Run<T>({ writer, outcome, beforeEnd, onEnd: () => closeRun(writer.id), afterEnd });
  };
  return writing instanceof LocalWriter ? made(writing) : writing.then(made);
}

/** What a run is to be opened with. */
export function startOf(options: TrackOptions): RunStart {
  const { experiment, name, params, tags, parent } = options;
  const around = runAround()?.run.id ?? null;
  return {
    experiment: experiment ?? experimentOfEnvironment(),
    name: name ?? "",
    params: params ?? {},
    tags: Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [key, String(value)])),
    parentId: parent === undefined ? around : typeof parent === "string" ? parent : parent.id,
  };
}

function experimentOfEnvironment(): string {
  const name = process.env["MLFLOW_EXPERIMENT_NAME"] ?? "";
  const id = process.env["MLFLOW_EXPERIMENT_ID"] ?? "";
  if (name !== "" || id === "") return name;
  const found = currentReader(currentProject())
    .experiments("all")
    .find((known) => known.id === id);
  if (found === undefined) throw new ExperimentNotFoundError(id, []);
  return found.name;
}

let resumed: string | null = null;

// As in MLflow, the variable is for one run: the first that is not nested.
function runToResume(): string | null {
  const id = process.env["MLFLOW_RUN_ID"] ?? "";
  if (id === "" || id === resumed) return null;
  resumed = id;
  return id;
}

async function runBody({ run, project }: Scope, body: () => Promise<unknown>): Promise<void> {
  const stop = host().stopSignal();
  try {
    await stopped(stop, run, () => insideRun({ run, project }, body));
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

/** `track.stage(name, fn)` */
export async function stage<T>(name: string, fn: RunBody<T>): Promise<T> {
  const { experiment, id } = currentRun() ?? (await runOfEnvironment());
  const run = await trackRun<T>({ experiment, name, parent: id }, fn);
  return run.result as T;
}

async function runOfEnvironment(): Promise<{ readonly experiment: string; readonly id: string }> {
  const id = process.env["MLFLOW_RUN_ID"] ?? "";
  if (id === "")
    throw new ValueError(
      "track.stage() is outside of any run. Open one with track(), or set MLFLOW_RUN_ID to the id of one.",
    );
  const parent = readRun(currentProject(), id) ?? (await destination()?.server.run(id)) ?? null;
  if (parent === null) throw new RunNotFoundError(id);
  return parent;
}
