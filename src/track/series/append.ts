import type { Sql } from "../../store/index.ts";
import type { MetricPoint } from "../record.ts";
import { type ChunkRow, decodeChunk, encodeChunks, isFull } from "./chunk.ts";
import { type Columns, comparePoints, concatenated, pointAt } from "./columns.ts";
import { nameId } from "./name-id.ts";

/** A metric without its points, as its row has it. */
export interface SeriesRow {
  readonly points: number;
  readonly last_step: number;
  readonly last_time: number;
  readonly last: number | null;
  readonly last_bits: Uint8Array | null;
  readonly min: number | null;
  readonly max: number | null;
}

/** Puts points of one metric behind those that a run has: the last chunk is filled up, then new ones. */
export function appendPoints(sql: Sql, run: number, named: { readonly name: string; readonly columns: Columns }): void {
  const { columns } = named;
  if (columns.steps.length === 0) return;
  const name = nameId(sql, named.name);
  const last = sql.first<ChunkRow & { readonly position: number }>(
    "SELECT * FROM chunk WHERE run = ? AND name = ? ORDER BY position DESC LIMIT 1",
    run,
    name,
  );
  const isOpen = last !== null && !isFull(last);
  const pending = isOpen ? concatenated([decodeChunk(last), columns]) : columns;
  let position = last === null ? 0 : isOpen ? last.position : last.position + 1;
  for (const row of encodeChunks(pending)) putChunk(sql, { run, name, position: position++ }, row);
  updateSeries(sql, { run, name }, columns);
}

function putChunk(
  sql: Sql,
  { run, name, position }: { readonly run: number; readonly name: number; readonly position: number },
  row: ChunkRow,
): void {
  sql.run(
    "INSERT OR REPLACE INTO chunk (run, name, position, points, first_step, last_step, rising, steps, times, numbers) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    run,
    name,
    position,
    row.points,
    row.first_step,
    row.last_step,
    row.rising,
    row.steps,
    row.times,
    row.numbers,
  );
}

function updateSeries(
  sql: Sql,
  { run, name }: { readonly run: number; readonly name: number },
  columns: Columns,
): void {
  const before = sql.first<SeriesRow>("SELECT * FROM series WHERE run = ? AND name = ?", run, name);
  const { min, max } = range(columns.values);
  const latest = latestOf(columns, before === null ? null : lastPoint(before));
  const { last, bits } = storable(latest.value);
  sql.run(
    "INSERT OR REPLACE INTO series (name, run, points, last_step, last_time, last, last_bits, min, max) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    name,
    run,
    (before?.points ?? 0) + columns.steps.length,
    latest.step,
    latest.timeMs,
    last,
    bits,
    smaller(before?.min ?? null, min),
    greater(before?.max ?? null, max),
  );
}

/** The latest point of a row of `series`. */
export function lastPoint(row: Pick<SeriesRow, "last" | "last_bits" | "last_step" | "last_time">): MetricPoint {
  const bits = row.last_bits;
  const value = bits === null ? (row.last ?? Number.NaN) : Buffer.from(bits).readDoubleLE(0);
  return { value, step: row.last_step, timeMs: row.last_time };
}

/** The latest of these points and one more: MLflow's rule, greatest by step, then time, then value. */
export function latestOf(columns: Columns, known: MetricPoint | null): MetricPoint {
  const { steps } = columns;
  let latest = 0;
  for (let i = 1; i < steps.length; i++) {
    const step = steps[i] ?? 0;
    const greatest = steps[latest] ?? 0;
    // Without points as objects where steps differ, as nearly all do.
    if (step > greatest || (step === greatest && comparePoints(pointAt(columns, i), pointAt(columns, latest)) > 0))
      latest = i;
  }
  const point = pointAt(columns, latest);
  return known !== null && (steps.length === 0 || comparePoints(known, point) >= 0) ? known : point;
}

/** A value as two columns of SQLite, which holds neither NaN nor -0. */
export function storable(value: number): { readonly last: number | null; readonly bits: Uint8Array | null } {
  if (!Number.isNaN(value) && !Object.is(value, -0)) return { last: value, bits: null };
  const bits = Buffer.alloc(8);
  bits.writeDoubleLE(value);
  return { last: Number.isNaN(value) ? null : 0, bits };
}

function range(values: Float64Array): { readonly min: number | null; readonly max: number | null } {
  let min = Infinity;
  let max = -Infinity;
  let numbers = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (Number.isNaN(value)) continue;
    numbers++;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return numbers === 0 ? { min: null, max: null } : { min, max };
}

function smaller(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.min(a, b);
}

function greater(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
