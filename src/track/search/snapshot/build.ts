import { mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { openDatabase, type Project, temporaryName } from "../../../store/index.ts";
import { type AtOnce, writeColumns } from "./columns-of-runs.ts";
import { readState, snapshotFolder, snapshotPath } from "./state.ts";

/**
 * Makes a new snapshot of all runs: some seconds for 100,000 runs of 40 values, during which nobody waits. Several
 * processes may do it at once; the newest counts.
 *
 * @param atOnce what is in memory at once: rows of so many runs; so many values, but where one name has more
 */
export function buildSnapshot(project: Project, atOnce: AtOnce = { runs: 1000, values: 2_000_000 }): void {
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
    database.snapshot(() => writeColumns(database, aside, atOnce));
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
