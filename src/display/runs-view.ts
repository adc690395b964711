import { type ComparisonRecord, goalOf, type MetricPoint, type RunRecord } from "../track/index.ts";
import type { CurveSeries, MetricColumn, ParamColumn, RunRow, RunsView } from "./bundle.ts";
import { assignColours, preferredColour } from "./colours.ts";

import { type CurvePoint, thinCurve } from "./thin.ts";

const limits = { bytes: 200_000, runs: 500, params: 40, metrics: 24, series: 24, text: 200, points: 240 } as const;

/** The most that a view holds. */
export interface RunsViewLimits {
  readonly runs: number;
  /** As JSON. */
  readonly bytes: number;
}

/**
 * A comparison as the front ends get it; what is more than fits is counted in `total` and `columns`.
 *
 * @param record any number of runs, any number of points
 * @param most   what a notebook may keep: 500 runs and 200 kB
 */
export function runsView(record: ComparisonRecord, most: RunsViewLimits = limits): RunsView {
  let runs = record.runs.slice(0, most.runs);
  for (;;) {
    const view = { ...frameOf(record, runs), curves: [] };
    const left = most.bytes - jsonBytes(view);
    if (left > 0 || runs.length <= 1)
      return { ...view, curves: curves(record, view, Math.max(0, Math.min(left, limits.bytes))) };
    const fitting = Math.floor((runs.length * most.bytes * 0.9) / jsonBytes(view));
    runs = runs.slice(0, Math.max(1, Math.min(fitting, runs.length - 1)));
  }
}

function frameOf(record: ComparisonRecord, runs: readonly RunRecord[]): Omit<RunsView, "curves"> {
  const params = paramColumns(runs);
  const metrics = metricColumns(record, runs);
  const colours = assignColours(oldestFirst(runs).map((run) => run.id));
  const children = countBy(record.runs.map((run) => run.parentId));
  const names = params.filter((param) => param.differs).slice(0, limits.params);
  const keys = metrics.slice(0, limits.metrics);
  const rows = runs.map(
    (run): RunRow => ({
      ...runRow(run),
      colour: colours.get(run.id) ?? 0,
      children: children.get(run.id) ?? 0,
      params: picked(
        run.params,
        names.map((param) => param.name),
      ),
      metrics: picked(
        metricValues(run),
        keys.map((metric) => metric.name),
      ),
    }),
  );
  return {
    kind: "runs",
    experiment: record.experiment,
    runs: rows,
    total: Math.max(record.total, record.runs.length),
    params: [...names, ...params.filter((param) => !param.differs).slice(0, limits.params)],
    metrics: keys,
    baseline: runs.some((run) => run.id === record.baseline) ? record.baseline : null,
    columns: { params: params.length, metrics: metrics.length },
  };
}

/** One run as a row, with all its params and metrics. */
export function runRow(run: RunRecord): RunRow {
  return {
    id: run.id,
    name: run.name,
    state: run.status,
    colour: preferredColour(run.id),
    startMs: run.startMs,
    endMs: run.endMs,
    parentId: run.parentId,
    params: Object.fromEntries(Object.entries(run.params).map(([name, text]) => [name, clipped(text)])),
    metrics: metricValues(run),
    error: firstSentence(run.tags["stemma.error"] ?? null),
    data: run.inputs.map(({ name, digest }) => ({ name, digest })),
    children: 0,
  };
}

/** Points of one metric as a thinned curve. */
export function curve(points: readonly MetricPoint[], limit: number = limits.points): readonly CurvePoint[] {
  return thinCurve(
    points.map(({ step, value }) => [step, value] as const),
    limit,
  );
}

function curves(record: ComparisonRecord, frame: Omit<RunsView, "curves">, bytes: number): RunsView["curves"] {
  const chosen = frame.metrics.filter((metric) => record.histories[metric.name] !== undefined).slice(0, 8);
  const runs = frame.runs.slice(0, limits.series);
  // A point takes up to 32 bytes as JSON ("[100000,-0.12345678901234567]"), a series 80 around its points.
  const room = Math.floor((bytes / Math.max(1, chosen.length * runs.length) - 80) / 32);
  const limit = Math.min(limits.points, room);
  if (limit < 3) return [];
  return chosen.map((metric) => {
    const histories = record.histories[metric.name] ?? {};
    const series = runs.flatMap((run): readonly CurveSeries[] => {
      const points = curve(histories[run.id] ?? [], limit);
      return points.length < 2 ? [] : [{ run: run.id, points }];
    });
    return { metric: metric.name, series };
  });
}

function paramColumns(runs: readonly RunRecord[]): readonly ParamColumn[] {
  const names = [...new Set(runs.flatMap((run) => Object.keys(run.params)))];
  const columns = names.map((name): ParamColumn => {
    const first = runs[0]?.params[name];
    const differs = runs.length === 1 || runs.some((run) => run.params[name] !== first);
    return { name, differs, value: differs || first === undefined ? null : clipped(first) };
  });
  return [...columns.filter((column) => column.differs), ...columns.filter((column) => !column.differs)];
}

/** Metrics with a known goal first, then those with a curve, then by how many runs have them. */
function metricColumns(record: ComparisonRecord, runs: readonly RunRecord[]): readonly MetricColumn[] {
  // How the machine was used is on each run's page.
  const counts = countBy(runs.flatMap((run) => Object.keys(run.metrics).filter((name) => !name.startsWith("system/"))));
  const rank = (name: string): number =>
    (goalOf(name) === null ? 0 : 4) +
    (record.histories[name] === undefined ? 0 : 2) +
    (counts.get(name) ?? 0) / (runs.length + 1);
  return [...counts.keys()]
    .sort((a, b) => rank(b) - rank(a) || (a < b ? -1 : 1))
    .map((name) => ({ name, goal: goalOf(name), best: bestRun(name, runs) }));
}

/** The run with the best value of a metric; null without a goal or with nothing to compare to. */
function bestRun(name: string, runs: readonly RunRecord[]): string | null {
  const goal = goalOf(name);
  const rivals = runs.filter((run) => Number.isFinite(run.metrics[name]?.value) && run.status !== "FAILED");
  if (goal === null || rivals.length < 2) return null;
  const value = (run: RunRecord): number => (run.metrics[name]?.value ?? 0) * (goal === "min" ? 1 : -1);
  return rivals.reduce((best, run) => (value(run) < value(best) ? run : best)).id;
}

function metricValues(run: RunRecord): Readonly<Record<string, number | string>> {
  return Object.fromEntries(
    Object.entries(run.metrics).map(([name, { value }]) => [name, Number.isFinite(value) ? value : String(value)]),
  );
}

function oldestFirst(runs: readonly RunRecord[]): readonly RunRecord[] {
  return [...runs].sort((a, b) => a.startMs - b.startMs || (a.id < b.id ? -1 : 1));
}

function picked<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Readonly<Record<string, T>> {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = record[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function countBy<T>(keys: readonly T[]): ReadonlyMap<T, number> {
  const counts = new Map<T, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return counts;
}

/** The first sentence of an error's message, at most 200 letters. */
export function firstSentence(text: string | null): string | null {
  if (text === null) return null;
  // "Error: " says nothing that the red does not; "RangeError: " does.
  return clipped(
    text
      .trim()
      .replace(/^Error: /, "")
      .split(/\n|(?<=[.!?])\s/)[0] ?? "",
  );
}

function clipped(text: string): string {
  return text.length <= limits.text ? text : `${text.slice(0, limits.text - 1)}…`;
}

function jsonBytes(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}
