import type { Database, Project } from "../../store/index.ts";
import { openDatabase } from "../../store/index.ts";
import { nameId, type RunKey, readLatest, storable, withTails } from "../series/index.ts";
import type { MetricTable } from "./sql.ts";

/**
 * The table to query for the latest points of metrics: `series` itself, or, while runs are being written, a view that
 * has their points of this moment in the place of what the database knows.
 */
export function liveMetrics(project: Project): MetricTable {
  const database = openDatabase(project);
  const open = database.read<{ readonly row: number; readonly id: string }>(
    "SELECT id AS row, uuid AS id FROM run WHERE status = 'RUNNING'",
  );
  const live = withTails(project, open);
  if (live.length === 0) return "series";
  fill(database, project, live);
  return "live_series";
}

function fill(database: Database, project: Project, live: readonly RunKey[]): void {
  const latest = readLatest(project, live);
  database.write((sql) => {
    sql.run(
      "CREATE TEMP TABLE IF NOT EXISTS live (name INTEGER, run INTEGER, last REAL, PRIMARY KEY (name, run)) WITHOUT ROWID",
    );
    sql.run("CREATE TEMP TABLE IF NOT EXISTS live_run (run INTEGER PRIMARY KEY)");
    sql.run(
      `CREATE TEMP VIEW IF NOT EXISTS live_series AS
       SELECT name, run, last FROM series WHERE run NOT IN (SELECT run FROM live_run)
       UNION ALL SELECT name, run, last FROM live`,
    );
    sql.run("DELETE FROM live");
    sql.run("DELETE FROM live_run");
    for (const { row, id } of live) {
      sql.run("INSERT INTO live_run (run) VALUES (?)", row);
      for (const [name, { latest: point }] of latest.get(id) ?? []) {
        sql.run(
          "INSERT INTO live (name, run, last) VALUES (?, ?, ?)",
          nameId(sql, name),
          row,
          storable(point.value).last,
        );
      }
    }
  });
}
