import type { Sql } from "../../store/index.ts";
import {
  type ChunkRow,
  type Columns,
  CorruptChunkError,
  decodeChunk,
  lastPoint,
  latestOf,
  type SeriesRow,
  storable,
} from "../series/index.ts";
import type { Finding } from "./finding.ts";

/** A chunk that does not hold the points it says. */
interface BadChunk {
  readonly run: number;
  readonly name: number;
  readonly position: number;
  readonly points: number;
}

/** What is known of a metric from its chunks; null where it has none. */
type Facts = Omit<SeriesRow, "last_bits"> & { readonly last_bits: Uint8Array | null };

interface CheckedSeries {
  readonly run: number;
  readonly name: number;
  /** "rmse of run 3f2a…" */
  readonly shown: string;
  readonly row: SeriesRow | null;
  readonly facts: Facts | null;
  readonly bad: readonly BadChunk[];
}

type Reading = Pick<Sql, "read" | "first">;

/** Decodes every chunk, and compares each metric's points with what `series` says of them. */
export function checkSeries(sql: Reading): readonly Finding[] {
  return checkedSeries(sql).flatMap((series) => [
    ...series.bad.map(
      ({ position, points }): Finding => ({
        kind: "chunk",
        message: `Part ${position} of metric ${series.shown} cannot be read; it had ${points} points.`,
        repair: "drop that part; the other points stay",
      }),
    ),
    ...(series.bad.length > 0 || agrees(series.row, series.facts) ? [] : [seriesFinding(series)]),
  ]);
}

function seriesFinding({ shown, row, facts }: CheckedSeries): Finding {
  const said =
    row === null ? "nothing" : `${row.points} points, last ${lastPoint(row).value}, from ${row.min} to ${row.max}`;
  const is =
    facts === null
      ? "none"
      : `${facts.points} points, last ${lastPoint(facts).value}, from ${facts.min} to ${facts.max}`;
  return {
    kind: "series",
    message: `Of metric ${shown} the store says ${said}; its points are ${is}.`,
    repair: "say what its points are",
  };
}

/** Drops chunks that cannot be read, and makes every row of `series` say what its points are. */
export function repairSeries(sql: Sql): void {
  for (const { run, name, row, facts, bad } of checkedSeries(sql)) {
    for (const { position } of bad)
      sql.run("DELETE FROM chunk WHERE run = ? AND name = ? AND position = ?", run, name, position);
    if (agrees(row, facts)) continue;
    sql.run("DELETE FROM series WHERE run = ? AND name = ?", run, name);
    if (facts === null) continue;
    sql.run(
      `INSERT INTO series (name, run, points, last_step, last_time, last, last_bits, min, max)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      name,
      run,
      facts.points,
      facts.last_step,
      facts.last_time,
      facts.last,
      facts.last_bits,
      facts.min,
      facts.max,
    );
  }
}

function checkedSeries(sql: Reading): readonly CheckedSeries[] {
  const keys = sql.read<{ readonly run: number; readonly name: number; readonly shown: string }>(
    `SELECT k.run, k.name, coalesce(name.text, '(no name ' || k.name || ')') || ' of run ' || run.uuid AS shown
     FROM (SELECT run, name FROM series UNION SELECT run, name FROM chunk) k
     JOIN run ON run.id = k.run LEFT JOIN name ON name.id = k.name ORDER BY k.run, k.name`,
  );
  return keys.map(({ run, name, shown }) => {
    const row = sql.first<SeriesRow>("SELECT * FROM series WHERE run = ? AND name = ?", run, name);
    return { run, name, shown, row, ...factsOf(sql, { run, name }) };
  });
}

function factsOf(
  sql: Reading,
  key: { readonly run: number; readonly name: number },
): Pick<CheckedSeries, "facts" | "bad"> {
  const bad: BadChunk[] = [];
  let facts: Facts | null = null;
  const positions = sql.read<{ readonly position: number }>(
    "SELECT position FROM chunk WHERE run = ? AND name = ? ORDER BY position",
    key.run,
    key.name,
  );
  // One by one: the chunks of a million points need not be held together.
  for (const { position } of positions) {
    const chunk = sql.first<ChunkRow>(
      "SELECT * FROM chunk WHERE run = ? AND name = ? AND position = ?",
      key.run,
      key.name,
      position,
    );
    const columns = chunk === null ? null : decoded(chunk);
    if (columns === null) bad.push({ ...key, position, points: chunk?.points ?? 0 });
    else facts = withColumns(facts, columns);
  }
  return { facts, bad };
}

function decoded(chunk: ChunkRow): Columns | null {
  try {
    const columns = decodeChunk(chunk);
    const isWhole = columns.steps[0] === chunk.first_step && columns.steps.at(-1) === chunk.last_step;
    return chunk.points > 0 && isWhole ? columns : null;
  } catch (error) {
    // What is wrong with it is the finding; nothing else is expected of a blob.
    if (error instanceof CorruptChunkError || error instanceof RangeError) return null;
    throw error;
  }
}

function withColumns(before: Facts | null, columns: Columns): Facts {
  const latest = latestOf(columns, before === null ? null : lastPoint(before));
  let [min, max] = [before?.min ?? null, before?.max ?? null];
  for (const value of columns.values) {
    if (Number.isNaN(value)) continue;
    if (min === null || value < min) min = value;
    if (max === null || value > max) max = value;
  }
  const { last, bits } = storable(latest.value);
  const points = (before?.points ?? 0) + columns.steps.length;
  return { points, last_step: latest.step, last_time: latest.timeMs, last, last_bits: bits, min, max };
}

function agrees(row: SeriesRow | null, facts: Facts | null): boolean {
  if (row === null || facts === null) return row === facts;
  const [a, b] = [lastPoint(row), lastPoint(facts)];
  const isSame = Object.is(a.value, b.value) && a.step === b.step && a.timeMs === b.timeMs;
  return isSame && row.points === facts.points && row.min === facts.min && row.max === facts.max;
}
