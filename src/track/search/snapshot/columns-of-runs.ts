import type { Database } from "../../../store/index.ts";
import { ColumnWriter } from "./column-writer.ts";
import { columnName } from "./layout.ts";
import { NumberValues, TextValues } from "./run-values.ts";

const numbers = { id: "id", experiment: "experiment", start_time: "started", end_time: "ended" };
const texts = { lifecycle: "lifecycle", run_name: "name", status: "status", user_id: "user" };

/** Bounds of what is in memory at once. */
export interface AtOnce {
  /** Runs whose rows are. */
  readonly runs: number;
  /** Values; those of one name are all there, also where they are more. */
  readonly values: number;
}

/** Writes all runs and their values to the file of a snapshot, as columns. */
export function writeColumns(database: Database, path: string, atOnce: AtOnce): void {
  const runs = database.read<{ readonly id: number }>("SELECT id FROM run ORDER BY id").map(({ id }) => id);
  const source: Source = { database, atOnce, runs, places: new Map(runs.map((id, place) => [id, place])) };
  const writer = new ColumnWriter(path, runs.length);
  try {
    for (const [key, column] of Object.entries(numbers)) {
      const values = new NumberValues();
      const sql = `SELECT id AS run, ${column} AS value FROM run WHERE ${column} IS NOT NULL AND id BETWEEN ? AND ? ORDER BY id`;
      for (const [place, { value }] of rowsOf<{ readonly value: number }>(source, sql)) values.add(place, value);
      writer.numbers(columnName("run", key), values);
    }
    for (const [key, column] of Object.entries(texts)) {
      const values = new TextValues();
      const sql = `SELECT id AS run, ${column} AS text FROM run WHERE id BETWEEN ? AND ? ORDER BY id`;
      for (const [place, { text }] of rowsOf<{ readonly text: string }>(source, sql)) values.add(place, text);
      writer.texts(columnName("run", key), values);
    }
    writeNamed(source, writer);
    writer.end();
  } finally {
    writer.close();
  }
}

interface Source {
  readonly database: Database;
  readonly atOnce: AtOnce;
  /** Ids of all runs, rising, and the place of each. */
  readonly runs: readonly number[];
  readonly places: ReadonlyMap<number, number>;
}

/** The rows of a statement over a range of runs, by rising place. */
function* rowsOf<Row>(source: Source, sql: string): Iterable<readonly [place: number, row: Row]> {
  const { database, atOnce, runs, places } = source;
  for (let from = 0; from < runs.length; from += atOnce.runs) {
    const [first = 0, last = 0] = [runs[from], runs[Math.min(from + atOnce.runs, runs.length) - 1]];
    for (const row of database.read<Row & { readonly run: number }>(sql, first, last)) {
      const place = places.get(row.run);
      // A value without a run is one that another program left behind; no search finds it.
      if (place !== undefined) yield [place, row];
    }
  }
}

function writeNamed(source: Source, writer: ColumnWriter): void {
  const names = new Map(
    source.database
      .read<{ readonly id: number; readonly text: string }>("SELECT id, text FROM name")
      .map(({ id, text }) => [id, text]),
  );
  const sqlOf = (table: string, value: string, some: string): string =>
    `SELECT name, run, ${value} FROM ${table} WHERE run BETWEEN ? AND ? ${some} ORDER BY run`;
  for (const some of namesAtOnce(source, "series")) {
    const columns = new Map<number, NumberValues>();
    const sql = sqlOf("series", "last AS value", some);
    for (const [place, { name, value }] of rowsOf<NumberRow>(source, sql))
      kept(columns, name, NumberValues).add(place, value);
    for (const [name, values] of columns) writer.numbers(columnName("metric", names.get(name) ?? ""), values);
  }
  for (const kind of ["param", "tag"] as const) {
    for (const some of namesAtOnce(source, kind)) {
      const columns = new Map<number, TextValues>();
      for (const [place, { name, text }] of rowsOf<TextRow>(source, sqlOf(kind, "text", some)))
        kept(columns, name, TextValues).add(place, text);
      for (const [name, values] of columns) writer.texts(columnName(kind, names.get(name) ?? ""), values);
    }
  }
}

interface NumberRow {
  readonly name: number;
  readonly value: number | null;
}

interface TextRow {
  readonly name: number;
  readonly text: string;
}

function kept<Values>(columns: Map<number, Values>, name: number, Values: new () => Values): Values {
  const known = columns.get(name);
  if (known !== undefined) return known;
  const values = new Values();
  columns.set(name, values);
  return values;
}

/**
 * Conditions that divide the values of a table by their names: those of a run lie together, so that each part is one look
 * through all of them.
 */
function namesAtOnce({ database, atOnce }: Source, table: "series" | "param" | "tag"): readonly string[] {
  const all = database.first<{ readonly count: number }>(`SELECT count(*) AS count FROM ${table}`)?.count ?? 0;
  if (all <= atOnce.values) return [""];
  const parts: number[][] = [];
  let values = atOnce.values;
  for (const { name, count } of database.read<{ readonly name: number; readonly count: number }>(
    `SELECT name, count(*) AS count FROM ${table} GROUP BY name`,
  )) {
    values += count;
    if (values > atOnce.values) {
      parts.push([]);
      values = count;
    }
    parts.at(-1)?.push(name);
  }
  return parts.map((names) => `AND name IN (${names.join(", ")})`);
}
