import { recordPart } from "../../lineage/index.ts";
import type { Project } from "../../store/index.ts";
import { type Run, track } from "../../track/index.ts";
import { decode } from "../codec.ts";
import { stepActivity } from "./lineage-facts.ts";
import type { Task } from "./task.ts";

/** Items of a map that get a run of their own; the steps of a longer map have one run each, for all items. */
const runsPerStep = 100;

/** Nested runs for the tasks of one flow run. */
export interface NestedRuns {
  /** Runs a task as a nested run. `items` is how often its step runs, null while that is not known. */
  recorded<T>(
    task: Task,
    how: { readonly cached: boolean; readonly items: number | null },
    work: (runId: string) => Promise<T>,
  ): Promise<T>;
  /** Ends the runs that stand for all items of a step. */
  end(error: unknown): Promise<void>;
}

interface Shared {
  readonly id: Promise<string>;
  readonly run: Promise<unknown>;
  readonly end: (error: unknown) => void;
}

/** Called inside the parent run's body: what is opened here nests in that. @param systemMetrics whether each run logs what its step uses */
export function nestedRuns(flow: string, project: Project, systemMetrics = false): NestedRuns {
  const systemOf = ({ step }: Task): { readonly systemMetrics?: true } =>
    systemMetrics || step.systemMetrics === true ? { systemMetrics: true } : {};
  const shared = new Map<string, Shared>();
  const own = async <T>(task: Task, cached: boolean, work: (runId: string) => Promise<T>): Promise<T> => {
    const run = await track(
      { ...headOf(task, flow, cached), ...(cached ? {} : systemOf(task)), params: paramsOf(task) },
      async (run) => {
        if (!cached) recordPart(project, { kind: "run", id: run.id }, stepActivity(flow, task));
        return work(run.id);
      },
    );
    return run.result as T;
  };
  return {
    async recorded(task, { cached, items }, work) {
      if (task.place.indices.length === 0 || (items !== null && items <= runsPerStep)) return own(task, cached, work);
      const known = shared.get(task.step.id) ?? sharedRun(task, items, { experiment: flow, ...systemOf(task) });
      shared.set(task.step.id, known);
      return work(await known.id);
    },
    async end(error) {
      for (const run of shared.values()) run.end(error);
      await Promise.allSettled([...shared.values()].map(({ run }) => run));
    },
  };
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

function headOf(
  task: Task,
  flow: string,
  cached: boolean,
): { experiment: string; name: string; tags: Record<string, string | number | boolean> } {
  const { indices } = task.place;
  const name = indices.length === 0 ? task.step.id : `${task.step.id} ${indices.join(".")}`;
  const item = indices.length === 0 ? {} : { "stemma.flow.item": indices.join(".") };
  return {
    experiment: flow,
    name,
    tags: {
      ...tagsOf(task, flow),
      "stemma.flow.key": task.key,
      "stemma.flow.seed": String(task.seed),
      "stemma.flow.cached": cached,
      ...item,
    },
  };
}

function tagsOf(task: Task, flow: string): Record<string, string | number> {
  return { "stemma.flow": flow, "stemma.flow.step": task.step.id };
}

/** Characters of a value that is shown as a param of its run; MLflow's own limit is 6,000. */
const paramLength = 500;

// Small plain inputs that are no results: what a reader compares runs by.
function paramsOf({ step, inputs }: Task): object {
  const told = Object.entries(step.inputs).filter(
    ([, { from }]) => from === "param" || from === "item" || from === "value",
  );
  const entries = told.flatMap(([name]) => {
    const text = inputs[name]?.text() ?? "";
    return text.length <= paramLength &&
      !text.includes('{"~":[') &&
      hasPlainKeys(JSON.parse(text)) &&
      plainKey.test(name)
      ? [[name, decode(text)] as const]
      : [];
  });
  return Object.fromEntries(entries);
}

/** Params of a flow as its parent run shows them: a long list by its length. */
export function shownParams(params: Readonly<Record<string, unknown>>): object {
  const entries = Object.entries(params).filter(([name, value]) => plainKey.test(name) && hasPlainKeys(value));
  return Object.fromEntries(
    entries.map(([name, value]) => [name, JSON.stringify(value).length <= 6000 ? value : sizeOf(value)]),
  );
}

function sizeOf(value: unknown): string {
  return Array.isArray(value) ? `${value.length} items` : `${JSON.stringify(value).length} characters`;
}

// MLflow allows no other characters in a param's name, at most 250.
const plainKey = /^[\w ./-]{1,200}$/;

function hasPlainKeys(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return true;
  return Object.entries(value).every(([key, part]) => plainKey.test(key) && hasPlainKeys(part));
}
