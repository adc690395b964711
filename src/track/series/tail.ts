import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { type Columns, columnsOf } from "./columns.ts";

/**
 * The tail of a run: the points that are not in the database yet, in segments `stemma/tail/<run>.<writer>.<n>.tail`,
 * n from 1. Each process that writes a run has a tail of its own.
 *
 * A segment is a row of frames. A frame: u32 length of the body, u32 crc32 of the body, body. A body: u32 length of the
 * names, u32 number of points, the metric names that are new in this segment as a JSON list filled up with spaces to a
 * multiple of 8, then for each point four doubles: index of its metric in the segment's names, step, time in ms, value.
 * All little-endian. A frame that was cut off by a crash ends its segment.
 */
export const frameHeadBytes = 16;
export const pointBytes = 32;

/** One segment of a tail. */
export interface Segment {
  readonly run: string;
  readonly writer: string;
  readonly number: number;
  readonly path: string;
}

/** Points by metric. */
export type PointsByName = ReadonlyMap<string, Columns>;

/** The folder of all tails. */
export function tailFolder(stemmaFolder: string): string {
  return join(stemmaFolder, "tail");
}

/** A segment, whether its file exists or not. */
export function segmentOf(folder: string, segment: Omit<Segment, "path">): Segment {
  const { run, writer, number } = segment;
  return { ...segment, path: join(folder, `${run}.${writer}.${number}.tail`) };
}

/** The segments in a folder, of one run or of all, by rising number. */
export function listSegments(folder: string, run?: string): readonly Segment[] {
  const segments = namesIn(folder).flatMap((name) => parseName(folder, name));
  return segments.filter((segment) => run === undefined || segment.run === run).sort((a, b) => a.number - b.number);
}

/** The bytes of a segment; null when it is gone, because its points are in the database now. */
export function readSegment(path: string): Buffer | null {
  return ifPresent(() => readFileSync(path));
}

/** The whole frames of a segment. */
export function parseSegment(bytes: Buffer): PointsByName {
  const names: string[] = [];
  const records: Float64Array[] = [];
  for (let at = 0; ; ) {
    const body = frameAt(bytes, at);
    if (body === null) break;
    at += 8 + body.length;
    const nameBytes = body.readUInt32LE(0);
    names.push(...(JSON.parse(body.toString("utf8", 8, 8 + nameBytes) || "[]") as string[]));
    // A copy, because a view of doubles must begin at a multiple of 8.
    records.push(new Float64Array(new Uint8Array(body.subarray(8 + nameBytes)).buffer));
  }
  return byName(names, records);
}

/** The body of the frame that begins at `at`; null at the end, and where the frame is cut off or damaged. */
function frameAt(bytes: Buffer, at: number): Buffer | null {
  if (at + frameHeadBytes > bytes.length) return null;
  const length = bytes.readUInt32LE(at);
  const body = bytes.subarray(at + 8, at + 8 + length);
  return body.length === length && length >= 8 && crc32(body) === bytes.readUInt32LE(at + 4) ? body : null;
}

function byName(names: readonly string[], records: readonly Float64Array[]): PointsByName {
  const counts = new Array<number>(names.length).fill(0);
  for (const record of records) {
    for (let i = 0; i < record.length; i += 4) counts[record[i] ?? 0] = (counts[record[i] ?? 0] ?? 0) + 1;
  }
  const columns = counts.map(columnsOf);
  const filled = counts.fill(0);
  for (const record of records) {
    for (let i = 0; i < record.length; i += 4) {
      const name = record[i] ?? 0;
      const at = filled[name] ?? 0;
      filled[name] = at + 1;
      const column = columns[name];
      if (column === undefined) continue;
      column.steps[at] = record[i + 1] ?? 0;
      column.times[at] = record[i + 2] ?? 0;
      column.values[at] = record[i + 3] ?? 0;
    }
  }
  return new Map(columns.map((column, i) => [names[i] ?? "", column]));
}

function namesIn(folder: string): readonly string[] {
  return ifPresent(() => readdirSync(folder)) ?? [];
}

function parseName(folder: string, name: string): readonly Segment[] {
  const match = /^(.+)\.([0-9a-f]+)\.(\d+)\.tail$/.exec(name);
  if (match === null) return [];
  const [, run = "", writer = "", number = ""] = match;
  return [{ run, writer, number: Number(number), path: join(folder, name) }];
}

function ifPresent<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
