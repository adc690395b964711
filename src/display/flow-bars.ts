import type { FlowStatus, StepState, TaskRecord } from "../flow/index.ts";
import type { NodeState, TaskBar } from "./bundle.ts";

/** Bars of a timeline, about: of more tasks neighbours are drawn as one. */
const roughlyBars = 1_000;
/** While it runs it is drawn again many times. */
const roughlyRunningBars = 200;

/** The bars of a flow's timeline: each step has all of its time, however many tasks it has. */
export function taskBars(status: FlowStatus): readonly TaskBar[] {
  const limit = status.state === "running" ? roughlyRunningBars : roughlyBars;
  const bySteps = [...Map.groupBy(status.tasks, ({ step }) => step).values()];
  const isMany = status.tasks.length > limit;
  // Each bar that is drawn of a long map stands for this part of the whole time at least.
  const share = Math.max(2, Math.floor(limit / Math.max(1, bySteps.length)));
  return bySteps.flatMap((tasks) => (isMany && tasks.length > share ? merged(tasks, share) : bars(tasks)));
}

function bars(tasks: readonly TaskRecord[]): readonly TaskBar[] {
  const kept = tasks.filter(isKept).slice(0, 1);
  return [...kept, ...tasks.filter(({ startMs }) => startMs !== null)].map(bar);
}

// Taken from the cache without a start: one mark is drawn for all of them.
function isKept({ state, startMs }: TaskRecord): boolean {
  return state === "cached" && startMs === null;
}

function bar({ step, item, state, startMs, endMs }: TaskRecord): TaskBar {
  return { step, item, state: nodeState(state), startMs, endMs };
}

/** What a state is in a graph. */
export function nodeState(state: StepState): NodeState {
  return state === "stopped" ? "stale" : state;
}

function merged(tasks: readonly TaskRecord[], share: number): readonly TaskBar[] {
  const all = bars(tasks).toSorted((a, b) => (a.startMs ?? 0) - (b.startMs ?? 0));
  const first = all.find(({ startMs }) => startMs !== null)?.startMs ?? 0;
  const last = all.reduce((latest, { startMs, endMs }) => Math.max(latest, endMs ?? startMs ?? 0), first);
  const widthMs = Math.max(1, (last - first) / share);
  const open = new Map<NodeState, { -readonly [K in keyof TaskBar]: TaskBar[K] }>();
  const found: TaskBar[] = [];
  for (const one of all) {
    const before = open.get(one.state);
    if (before?.startMs != null && one.startMs !== null && one.startMs - before.startMs < widthMs) {
      before.endMs = before.endMs === null || one.endMs === null ? null : Math.max(before.endMs, one.endMs);
      continue;
    }
    const next = { ...one };
    open.set(one.state, next);
    found.push(next);
  }
  return found;
}
