import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Database, openDatabase, type Project, temporaryName } from "../../../store/index.ts";
import { ColumnWriter } from "./column-writer.ts";
import { columnName } from "./layout.ts";
import { readState, snapshotFolder, snapshotPath } from "./state.ts";

/**
 * Makes a new snapshot of all runs: some seconds for 100,000 runs of 40 values, during which nobody waits. Several
 * processes may do it at once; the newest counts.
 */
export function buildSnapshot(project: Project): void {
  const database = openDatabase(project);
  // From here on each change of a run is told with the new number: it is in the snapshot, or known to be missing there.
  const number = database.write((sql) => {
    sql.run("UPDATE run_snapshot SET begun = begun + 1");
    return readState(sql).begun;
  });
  const folder = snapshotFolder(project);
  mkdirSync(folder, { recursive: true });
  const aside = join(folder, temporaryName());
  try {
    database.snapshot(() => writeColumns(database, aside));
    renameSync(aside, snapshotPath(project, number));
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  database.write((sql) => {
    if (readState(sql).current >= number) return;
    sql.run("UPDATE run_snapshot SET current = ?", number);
    sql.run("DELETE FROM changed_run WHERE begun < ?", number);
  });
  dropOlder(project, readState(database).current);
}

function dropOlder(project: Project, current: number): void {
  for (const name of readdirSync(snapshotFolder(project))) {
    const match = /^(\d+)\.columns$/.exec(name);
    if (match !== null && Number(match[1]) < current) rmSync(snapshotPath(project, Number(match[1])), { force: true });
  }
}

const numbers = { id: "id", experiment: "experiment", start_time: "started", end_time: "ended" };
const texts = { lifecycle: "lifecycle", run_name: "name", status: "status", user_id: "user" };

function writeColumns(database: Database, path: string): void {
  const ids = database.read<{ readonly id: number }>("SELECT id FROM run ORDER BY id").map(({ id }) => id);
  const writer = new ColumnWriter(path, ids);
  try {
    for (const [key, column] of Object.entries(numbers)) {
      const sql = `SELECT id AS run, ${column} AS value FROM run WHERE ${column} IS NOT NULL ORDER BY id`;
      writer.numbers(columnName("run", key), database.read(sql));
    }
    for (const [key, column] of Object.entries(texts)) {
      writer.texts(columnName("run", key), database.read(`SELECT id AS run, ${column} AS text FROM run ORDER BY id`));
    }
    writeNamed(database, writer);
    writer.end();
  } finally {
    writer.close();
  }
}

// One column after the other: the memory is that of one, however many there are.
function writeNamed(database: Database, writer: ColumnWriter): void {
  for (const { id, text } of database.read<{ readonly id: number; readonly text: string }>(
    "SELECT id, text FROM name",
  )) {
    const metric = database.read<{ readonly run: number; readonly value: number | null }>(
      "SELECT run, last AS value FROM series WHERE name = ? ORDER BY run",
      id,
    );
    if (metric.length > 0) writer.numbers(columnName("metric", text), metric);
    for (const kind of ["param", "tag"] as const) {
      const rows = database.read<{ readonly run: number; readonly text: string }>(
        `SELECT run, text FROM ${kind} WHERE name = ? ORDER BY run`,
        id,
      );
      if (rows.length > 0) writer.texts(columnName(kind, text), rows);
    }
  }
}
