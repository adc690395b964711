import { type Columns, columnsOf } from "../series/index.ts";

/** Columns that grow point by point. */
export interface ColumnsBuilder {
  add(step: number, timeMs: number, value: number): void;
  columns(): Columns;
}

/** An empty builder; doubles its room as it fills. */
export function columnsBuilder(): ColumnsBuilder {
  let room = columnsOf(64);
  let length = 0;
  const cut = (): Columns => ({
    steps: room.steps.slice(0, length),
    times: room.times.slice(0, length),
    values: room.values.slice(0, length),
  });
  return {
    add(step, timeMs, value) {
      if (length === room.steps.length) room = grown(room);
      room.steps[length] = step;
      room.times[length] = timeMs;
      room.values[length++] = value;
    },
    columns: cut,
  };
}

function grown(columns: Columns): Columns {
  const wider = columnsOf(columns.steps.length * 2);
  wider.steps.set(columns.steps);
  wider.times.set(columns.times);
  wider.values.set(columns.values);
  return wider;
}
