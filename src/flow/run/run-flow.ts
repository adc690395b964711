import { AsyncResource } from "node:async_hooks";
import { errorFacts } from "../../error.ts";
import { host } from "../../host/index.ts";
import { type Entity, recordFacts } from "../../lineage/index.ts";
import { type Project, withReserve } from "../../store/index.ts";
import { type Json, type Run, track } from "../../track/index.ts";
import { namespaceTag, ownNamespace } from "../client/index.ts";
import { FlowStoppedError } from "../flow-error.ts";
import { withParams } from "../flow-params.ts";
import { FlowRun } from "../flow-run.ts";
import { CardWriter, openJournal, type Resumption, visibleCards } from "../keep/index.ts";
import type { Known, Results, StepCode } from "../keys/index.ts";
import type { FlowPlace, Plan, StepPlan } from "../plan/index.ts";
import { SliceError } from "../slice.ts";
import { flowWatch, type PrintStream, type RunView } from "../status/index.ts";
import { type PartBytes, putParts, valuePlace } from "../values/index.ts";
import { keepCards, keepLastCards } from "./card-artifacts.ts";
import { Engine } from "./engine.ts";
import { readEnvironmentAgain, resourceNotes } from "./executors/index.ts";
import { openLease } from "./lease.ts";
import { liveDisplay } from "./live.ts";
import { nestedRuns } from "./nested-runs.ts";
import { Progress } from "./progress.ts";
import { runReason, type Task } from "./task.ts";
import { shownParams } from "./task-head.ts";
import { TaskKeeping } from "./task-keeping.ts";

/** What `flow.run()` runs. */
export interface FlowStart {
  readonly plan: Plan;
  /** What its author should know of the definition. */
  readonly notes: readonly string[];
  readonly tags: Readonly<Record<string, string | number | boolean>>;
  readonly params: Readonly<Record<string, Json>>;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly known: Omit<Known, "result">;
  readonly results: Results;
  readonly place: FlowPlace;
  readonly resumes: Resumption | null;
  /** The tables and long arrays that the plan's values point to. */
  readonly given: PartBytes;
  /** Steps whose kept results are used: the run is of a part of the flow, and they are not in it. */
  readonly outside: ReadonlySet<string>;
  /** Whether the run makes the flow's output. */
  readonly whole: boolean;
  /** Whether the use of processor, memory, disk and GPUs is logged, in the run and each of its steps. */
  readonly systemMetrics: boolean;
}

/**
 * Runs a flow as a parent run with a nested run for each step, drawn under the cell while it runs.
 *
 * @throws {FlowError} a step failed @throws {FlowStoppedError}
 */
export async function runFlow<T>(start: FlowStart): Promise<FlowRun<T>> {
  // From the first word on: nobody may take away what is put for this run.
  const lease = openLease(start.place.project);
  try {
    return await leased(start);
  } finally {
    lease.end();
  }
}

async function leased<T>(start: FlowStart): Promise<FlowRun<T>> {
  const { plan, place } = start;
  const tags = { ...start.tags, ...projectTags(plan), [namespaceTag]: ownNamespace() };
  const values = valuePlace(place.project, place.folder);
  putParts(start.given, values);
  for (const { digest, parts, module, closure, given } of start.codes.values()) {
    putParts(given, values);
    start.results.keepCode(digest, { parts, text: module });
    for (const { value } of closure) await start.results.putValue(value);
  }
  let changed = (): void => {};
  const progress = new Progress(withParams(plan, start.params), () => changed());
  progress.notes = start.notes;
  const run = new FlowRun<T>({ place, status: () => progress.status() });
  const display: RunView = flowWatch()?.begun(run) ?? liveDisplay("flow-run", run);
  changed = () => display.changed();
  const stop = host().stopSignal();
  try {
    const head = {
      experiment: plan.name,
      params: shownParams(start.params),
      tags: { ...tags, "stemma.flow": plan.name },
      ...(start.systemMetrics ? { systemMetrics: true } : {}),
    };
    await track(head, (parent) => runSteps(run, { ...start, tags, progress, parent, signal: stop, view: display }));
    if (progress.hasCached) progress.lastCards(visibleCards(place.project, run.id));
    progress.end("done", null);
  } catch (thrown) {
    const error = stop.aborted ? new FlowStoppedError(plan.name) : thrown;
    progress.end(stop.aborted ? "stopped" : "failed", errorFacts(error));
    throw error;
  } finally {
    display.end();
  }
  return run;
}

function noteMade(project: Project, id: string, made: readonly Entity[]): void {
  const timeMs = Date.now();
  recordFacts(
    project,
    made.map((entity) => ({ activity: { kind: "run", id }, verb: "made", entity, timeMs })),
  );
}

function leftOut(task: Task, { plan, results }: Running): SliceError {
  const { step, place } = task;
  const last = results.last({ flow: plan.name, step: step.id, indices: place.indices });
  return new SliceError(plan.name, { step: step.id, reason: runReason(task, { last }, step.cache) });
}

// As Metaflow's @project: several people's runs of one deployment are told apart by them.
function projectTags({ project, schedule }: Plan): FlowStart["tags"] {
  return {
    ...(project === null ? {} : { "stemma.project": project }),
    ...(schedule === null ? {} : { "stemma.schedule": schedule }),
  };
}

/** Whether a step runs for certain: once at least, and nothing of it is kept. */
function isNew({ id, maps, when, group }: StepPlan, { plan, results, outside }: Running): boolean {
  const isOnce = maps.length === 0 && when.length === 0 && !outside.has(id);
  return isOnce && results.last({ flow: plan.name, step: id, indices: [] }) === null && group === null;
}

interface Running extends FlowStart {
  readonly view: RunView;
  readonly progress: Progress;
  readonly parent: Run;
  readonly signal: AbortSignal;
}

async function runSteps<T>(run: FlowRun<T>, running: Running): Promise<void> {
  const { plan, progress, parent, place, signal, systemMetrics } = running;
  readEnvironmentAgain();
  progress.runId = parent.id;
  progress.notes = [...running.notes, ...(await resourceNotes(plan.steps, (step) => isNew(step, running)))];
  const nested = nestedRuns({ id: parent.id, flow: plan.name, project: place.project, systemMetrics, signal });
  const lease = openLease(place.project);
  const journal = openJournal(place.project, {
    ...{ id: parent.id, flow: plan.name, plan, params: running.params, tags: running.tags },
    origin: running.resumes?.origin ?? null,
    owner: lease.owner,
  });
  const cards = new CardWriter(place.project, parent.id);
  const keeping = new TaskKeeping(place.project, { run: parent.id, journal, cards });
  const engine: Engine = new Engine({
    ...running,
    claims: lease.claims,
    keeping,
    folder: place.folder,
    values: valuePlace(place.project, place.folder),
    print: AsyncResource.bind((stream: PrintStream, text: string) => void process[stream].write(text)),
    async recorded(task, work) {
      if (running.outside.has(task.step.id)) throw leftOut(task, running);
      return nested.recorded(task, progress.items(task.step.maps), work);
    },
    recordedKept: (task) => nested.kept(task, progress.items(task.step.maps)),
    facts: (task, result) => engine.factsOf(task, result),
  });
  try {
    const output = await engine.run();
    await nested.end(null);
    const made = engine.entitiesOf(plan.output);
    if (engine.executed > 0) noteMade(place.project, parent.id, made);
    await keeping.settled();
    await keepCards(place.project, parent);
    run.finish((running.whole ? output : undefined) as T, made);
    await journal.end("done", null);
  } catch (error) {
    await withReserve(place.project, async () => {
      await nested.end(error);
      await keepLastCards(place.project, parent, () => keeping.settled());
      await journal.end(running.signal.aborted ? "stopped" : "failed", errorFacts(error));
    });
    throw error;
  } finally {
    keeping.end();
    lease.end();
  }
}
