import { type Columns, columnsOf } from "./columns.ts";

/**
 * At most `limit` points that draw the same curve: of each stretch its lowest and its highest, first and last kept.
 *
 * @param limit >= 4
 * @returns values as logged, never averaged; the same columns where they are few enough
 */
export function thinned(columns: Columns, limit: number): Columns {
  const length = columns.steps.length;
  if (length <= limit) return columns;
  const stretches = Math.floor((limit - 2) / 2);
  const kept = new Set([0, length - 1]);
  for (let i = 0; i < stretches; i++) {
    const start = 1 + Math.floor(((length - 2) * i) / stretches);
    const end = 1 + Math.floor(((length - 2) * (i + 1)) / stretches);
    for (const at of extremes(columns.values, start, end)) kept.add(at);
  }
  return picked(
    columns,
    [...kept].sort((a, b) => a - b),
  );
}

function extremes(values: Float64Array, start: number, end: number): readonly [number, number] {
  let low = start;
  let high = start;
  for (let i = start; i < end; i++) {
    const value = values[i] ?? Number.NaN;
    // Not >=: a NaN at the start gives way to the first number.
    if (!((values[low] ?? Number.NaN) <= value) && !Number.isNaN(value)) low = i;
    if (!((values[high] ?? Number.NaN) >= value) && !Number.isNaN(value)) high = i;
  }
  return [low, high];
}

function picked(columns: Columns, indices: readonly number[]): Columns {
  const few = columnsOf(indices.length);
  indices.forEach((index, i) => {
    few.steps[i] = columns.steps[index] ?? 0;
    few.times[i] = columns.times[index] ?? 0;
    few.values[i] = columns.values[index] ?? 0;
  });
  return few;
}
