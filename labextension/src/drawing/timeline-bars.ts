import type { FlowView, NodeState, TaskBar } from "stemma/bundle";

export interface Bar {
  readonly key: string;
  /** Parts of the whole time, 0 to 1. */
  readonly left: number;
  readonly width: number;
  readonly state: NodeState;
}

export interface TimelineRow {
  readonly step: string;
  readonly bars: readonly Bar[];
  /** From the first start to the last end, in ms; null before the start. */
  readonly spentMs: number | null;
  readonly cached: boolean;
}

/** The bars of a flow's timeline, one row a step in the order of the graph. */
export function timelineRows(view: FlowView): readonly TimelineRow[] {
  const starts = view.tasks.flatMap((task) => task.startMs ?? []);
  const start = starts.reduce((least, ms) => Math.min(least, ms), Number.POSITIVE_INFINITY);
  const end = start + Math.max(1, view.elapsedMs, ...[lastEnd(view.tasks) - start].filter(Number.isFinite));
  const steps = view.graph.nodes.flatMap((node) =>
    node.id.startsWith("step:") ? [node.id.slice("step:".length)] : [],
  );
  return steps.map((step) =>
    row(
      step,
      view.tasks.filter((task) => task.step === step),
      [start, end],
    ),
  );
}

/** So many rows at most, in their order: what failed or runs first, then what ran, then what was kept or waits. */
export function foremostRows(rows: readonly TimelineRow[], limit: number): readonly TimelineRow[] {
  const rank = ({ bars, spentMs }: TimelineRow): number => {
    if (bars.some(({ state }) => state === "failed" || state === "running")) return 0;
    return spentMs === null ? 2 : 1;
  };
  // A sort keeps the order of equals.
  const chosen = new Set([...rows].sort((a, b) => rank(a) - rank(b)).slice(0, limit));
  return rows.filter((row) => chosen.has(row));
}

function lastEnd(tasks: readonly TaskBar[]): number {
  return tasks.reduce(
    (greatest, task) => Math.max(greatest, task.endMs ?? task.startMs ?? greatest),
    Number.NEGATIVE_INFINITY,
  );
}

function row(step: string, tasks: readonly TaskBar[], [start, end]: readonly [number, number]): TimelineRow {
  const started = tasks.filter((task) => task.startMs !== null);
  const bars = started.map((task): Bar => {
    const startMs = task.startMs ?? start;
    const part = (ms: number): number => ms / (end - start);
    return {
      key: `${step}-${task.item}`,
      left: part(startMs - start),
      width: part((task.endMs ?? end) - startMs),
      state: task.state,
    };
  });
  // What was kept took no time: one mark for all of it, or they would darken each other.
  const kept = tasks.some((task) => task.startMs === null && task.state === "cached");
  const mark: readonly Bar[] = kept ? [{ key: `${step}-kept`, left: 0, width: 0, state: "cached" }] : [];
  const ran = started.filter((task) => task.state !== "cached");
  const first = ran.reduce((least, task) => Math.min(least, task.startMs ?? least), Number.POSITIVE_INFINITY);
  const last = ran.reduce((greatest, task) => Math.max(greatest, task.endMs ?? end), Number.NEGATIVE_INFINITY);
  const cached = tasks.length > 0 && tasks.every((task) => task.state === "cached");
  return { step, bars: [...mark, ...bars], spentMs: ran.length === 0 ? null : last - first, cached };
}
