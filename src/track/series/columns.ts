import type { MetricPoint } from "../record.ts";

/** Points as columns, all of one length: a tenth of the memory and time of objects. */
export interface Columns {
  readonly steps: Float64Array;
  /** Unix time in ms. */
  readonly times: Float64Array;
  readonly values: Float64Array;
}

/** Columns for `length` points, all 0. */
export function columnsOf(length: number): Columns {
  return { steps: new Float64Array(length), times: new Float64Array(length), values: new Float64Array(length) };
}

/** Part of columns, without copying. */
export function part(columns: Columns, start: number, end: number): Columns {
  return {
    steps: columns.steps.subarray(start, end),
    times: columns.times.subarray(start, end),
    values: columns.values.subarray(start, end),
  };
}

/** One behind the other. */
export function concatenated(parts: readonly Columns[]): Columns {
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const all = columnsOf(parts.reduce((sum, { steps }) => sum + steps.length, 0));
  let at = 0;
  for (const { steps, times, values } of parts) {
    all.steps.set(steps, at);
    all.times.set(times, at);
    all.values.set(values, at);
    at += steps.length;
  }
  return all;
}

/** Points as columns. */
export function columnsFrom(points: readonly MetricPoint[]): Columns {
  const columns = columnsOf(points.length);
  points.forEach((point, i) => {
    columns.steps[i] = point.step;
    columns.times[i] = point.timeMs;
    columns.values[i] = point.value;
  });
  return columns;
}

/** Columns as points. */
export function pointsFrom({ steps, times, values }: Columns): MetricPoint[] {
  const points: MetricPoint[] = [];
  for (let i = 0; i < steps.length; i++)
    points.push({ value: values[i] ?? 0, step: steps[i] ?? 0, timeMs: times[i] ?? 0 });
  return points;
}

/** The point at an index; 0 behind the end. */
export function pointAt({ steps, times, values }: Columns, i: number): MetricPoint {
  return { value: values[i] ?? 0, step: steps[i] ?? 0, timeMs: times[i] ?? 0 };
}

/** Whether each step is greater than the one before. */
export function isRising(steps: Float64Array): boolean {
  let before = -Infinity;
  for (const step of steps) {
    if (!(step > before)) return false;
    before = step;
  }
  return true;
}

/** By rising step, then time, then value, a point that was logged twice kept once; the same columns where they are so already. */
export function sorted(columns: Columns): Columns {
  if (isRising(columns.steps)) return columns;
  const order = pointsFrom(columns).sort(comparePoints);
  const once = order.filter((point, i) => i === 0 || !isSame(point, order[i - 1]));
  return columnsFrom(once);
}

/** MLflow's order of points, the latest last; NaN behind all numbers. */
export function comparePoints(a: MetricPoint, b: MetricPoint): number {
  return a.step - b.step || a.timeMs - b.timeMs || compareNumbers(a.value, b.value);
}

function compareNumbers(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

function isSame(a: MetricPoint, b: MetricPoint | undefined): boolean {
  return b !== undefined && a.step === b.step && a.timeMs === b.timeMs && Object.is(a.value, b.value);
}
