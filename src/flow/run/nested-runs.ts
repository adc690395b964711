import { recordPart } from "../../lineage/index.ts";
import type { Project, Sql } from "../../store/index.ts";
import { type Run, track } from "../../track/index.ts";
import { LateTasks } from "./late-tasks.ts";
import { stepActivity } from "./lineage-facts.ts";
import type { Task } from "./task.ts";
import { headOf, paramsOf, tagsOf } from "./task-head.ts";

/** Items of a map that get a run of their own; the steps of a longer map have one run each, for all items. */
const runsPerStep = 100;

/** The run that a task is recorded by. */
export interface TaskRun {
  readonly id: string;
  /** Writes its end with the result that it made, in one transaction; where it is not called the end is written after `work`. */
  close(sql: Sql): void;
}

/** Nested runs for the tasks of one flow run. `items` is how often a step runs, null while that is not known. */
export interface NestedRuns {
  /** Runs a task as a nested run. */
  recorded<T>(task: Task, items: number | null, work: (run: TaskRun) => Promise<T>): Promise<T>;
  /** Records a task that was found in the cache; null where that is done. */
  kept(task: Task, items: number | null): Promise<unknown> | null;
  /** Ends the runs that stand for all items of a step; resolves when all that was recorded is written. */
  end(error: unknown): Promise<void>;
}

/** The flow run that they nest in. */
export interface ParentRun {
  readonly id: string;
  readonly flow: string;
  readonly project: Project;
  /** Whether each run logs what its step uses. */
  readonly systemMetrics: boolean;
  /** Ends what runs. */
  readonly signal: AbortSignal;
}

/** To be called inside the parent run's body. */
export function nestedRuns(parent: ParentRun): NestedRuns {
  const { flow } = parent;
  const shared = new Map<string, Shared>();
  const late = new LateTasks(parent);
  const systemOf = ({ step }: Task): { readonly systemMetrics?: true } =>
    parent.systemMetrics || step.systemMetrics === true ? { systemMetrics: true } : {};
  const sharedOf = (task: Task, items: number | null): Shared | null => {
    if (task.place.indices.length === 0 || (items !== null && items <= runsPerStep)) return null;
    const known = shared.get(task.step.id) ?? sharedRun(task, items, { experiment: flow, ...systemOf(task) });
    shared.set(task.step.id, known);
    return known;
  };
  return {
    recorded(task, items, work) {
      const known = sharedOf(task, items);
      if (known !== null) return known.id.then((id) => work({ id, close: nothing }));
      if (late.canHave(task, parent)) return late.recorded(task, work);
      return tracked(task, { ...parent, system: systemOf(task), cached: false }, work);
    },
    kept(task, items) {
      const known = sharedOf(task, items);
      if (known !== null) return known.id;
      if (!late.arePossible) return tracked(task, { ...parent, system: {}, cached: true }, async () => {});
      late.kept(task);
      return null;
    },
    async end(error) {
      for (const run of shared.values()) run.end(error);
      await Promise.allSettled([...shared.values()].map(({ run }) => run));
      await late.end(error);
    },
  };
}

function nothing(): void {}

interface Tracked extends ParentRun {
  readonly cached: boolean;
  readonly system: { readonly systemMetrics?: true };
}

/** A run that is open from the start: what the step does in this thread may log to it. */
async function tracked<T>(
  task: Task,
  { flow, project, cached, system }: Tracked,
  work: (run: TaskRun) => Promise<T>,
): Promise<T> {
  const head = { experiment: flow, ...headOf(task, flow, cached), ...system, params: paramsOf(task) };
  const run = await track(head, async (run) => {
    if (!cached) recordPart(project, { kind: "run", id: run.id }, stepActivity(flow, task));
    return work({ id: run.id, close: nothing });
  });
  return run.result as T;
}

interface Shared {
  readonly id: Promise<string>;
  readonly run: Promise<unknown>;
  readonly end: (error: unknown) => void;
}

function sharedRun(
  task: Task,
  items: number | null,
  head: { readonly experiment: string; readonly systemMetrics?: boolean },
): Shared {
  const ready = Promise.withResolvers<string>();
  const over = Promise.withResolvers<void>();
  const tags = { ...tagsOf(task, head.experiment), ...(items === null ? {} : { "stemma.flow.items": items }) };
  const run = track({ ...head, name: task.step.id, tags }, async (opened: Run) => {
    ready.resolve(opened.id);
    await over.promise;
  });
  run.catch(ready.reject);
  return { id: ready.promise, run, end: (error) => (error === null ? over.resolve() : over.reject(error)) };
}
