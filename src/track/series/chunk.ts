import { decodeValues, decodeWhole, encodeValues, encodeWhole } from "./coding.ts";
import { type Columns, columnsOf, isRising, part } from "./columns.ts";

/**
 * Bytes of a full chunk's columns. SQLite keeps 489 bytes of such a row in its tree and the rest in pages of its own, 4092
 * bytes in each: this fills two of them, where 1000 points of 9 bytes would begin a third.
 */
const fullBytes = 489 + 2 * 4092 - 60;
/** Points of a full chunk whose columns take next to nothing. */
const mostPoints = 4000;
/** A chunk is cut by how long the points before it were; it is full when it comes this near. */
const nearlyFull = 0.96;

/** A chunk as its row has it. */
export interface ChunkRow {
  readonly points: number;
  readonly first_step: number;
  readonly last_step: number;
  /** 1 where each step is greater than the one before. */
  readonly rising: number;
  readonly steps: Uint8Array;
  readonly times: Uint8Array;
  readonly numbers: Uint8Array;
}

/** Whether a chunk is not to be filled up. */
export function isFull(row: ChunkRow): boolean {
  return row.points >= mostPoints || bytesOf(row) >= nearlyFull * fullBytes;
}

/**
 * Points as full chunks, and the rest as one more.
 *
 * @param columns of at least one point
 */
export function encodeChunks(columns: Columns): readonly ChunkRow[] {
  const rows: ChunkRow[] = [];
  let count = 900;
  for (let at = 0; at < columns.steps.length; ) {
    let row = encodeChunk(part(columns, at, Math.min(at + count, columns.steps.length)));
    const fitting = countFitting(row);
    const isRest = at + row.points === columns.steps.length && fitting >= row.points;
    if (!isRest && (bytesOf(row) > fullBytes || !isFull(row)))
      row = encodeChunk(part(columns, at, Math.min(at + fitting, columns.steps.length)));
    count = countFitting(row);
    rows.push(row);
    at += row.points;
  }
  return rows;
}

/** How many points like those of a row fill a chunk, a little less than that. */
function countFitting(row: ChunkRow): number {
  return Math.max(1, Math.min(mostPoints, Math.floor((row.points * fullBytes * 0.99) / bytesOf(row))));
}

function bytesOf({ steps, times, numbers }: ChunkRow): number {
  return steps.length + times.length + numbers.length;
}

/** The row of at least one point. */
export function encodeChunk(columns: Columns): ChunkRow {
  const { steps, times, values } = columns;
  return {
    points: steps.length,
    first_step: steps[0] ?? 0,
    last_step: steps.at(-1) ?? 0,
    rising: isRising(steps) ? 1 : 0,
    steps: encodeWhole(steps),
    times: encodeWhole(times),
    numbers: encodeValues(values),
  };
}

/** The points of a row. @throws {CorruptChunkError} */
export function decodeChunk(row: ChunkRow): Columns {
  return decodeChunks([row]);
}

/** The points of rows, one behind the other. @throws {CorruptChunkError} */
export function decodeChunks(rows: readonly ChunkRow[]): Columns {
  const all = columnsOf(rows.reduce((sum, { points }) => sum + points, 0));
  let at = 0;
  for (const row of rows) {
    const { steps, times, values } = part(all, at, at + row.points);
    decodeWhole(row.steps, steps);
    decodeWhole(row.times, times);
    decodeValues(row.numbers, values);
    at += row.points;
  }
  return all;
}
