import { decodeValues, decodeWhole, encodeValues, encodeWhole } from "./coding.ts";
import { type Columns, columnsOf, isRising } from "./columns.ts";

/** Points in a full chunk: a row of about 9 kB, which fills its pages in SQLite (2 of 4 kB and a bit). */
export const chunkPoints = 1000;

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
  const columns = columnsOf(row.points);
  decodeWhole(row.steps, columns.steps);
  decodeWhole(row.times, columns.times);
  decodeValues(row.numbers, columns.values);
  return columns;
}
