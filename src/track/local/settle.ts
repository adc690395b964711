import { statSync } from "node:fs";
import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { isDead, type Lease } from "../lease.ts";
import { flushWriters, foldSegments, listSegments, tailFolder } from "../series/index.ts";

interface LeaseRow {
  readonly run: number;
  readonly uuid: string;
  readonly host: string;
  readonly boot: string | null;
  readonly pid: number | null;
  readonly pid_start: string | null;
  readonly renewed: number;
  readonly expires: number;
}

/**
 * What every reader does first: this process's own points reach their files, and what dead processes left behind is put
 * in order: their runs become KILLED, their points go to the database. Where nothing is left it costs one small query
 * and a look into a folder.
 */
export function settle(project: Project, nowMs: number = Date.now()): void {
  flushWriters();
  const database = openDatabase(project);
  const leases = database.read<LeaseRow>("SELECT lease.*, run.uuid FROM lease CROSS JOIN run ON run.id = lease.run");
  const dead = leases.filter((row) => isDead(leaseOf(row), nowMs));
  for (const row of dead) database.write((sql) => kill(sql, project, row));
  foldEnded(project);
}

function leaseOf(row: LeaseRow): Lease {
  return { host: row.host, boot: row.boot, pid: row.pid, pidStart: row.pid_start, expiresMs: row.expires };
}

function kill(sql: Sql, project: Project, lease: LeaseRow): void {
  // Renewed or ended meanwhile: then it is not ours to end.
  const gone = sql.run("DELETE FROM lease WHERE run = ? AND expires = ?", lease.run, lease.expires).changes === 0;
  if (gone) return;
  sql.run(
    "UPDATE run SET status = 'KILLED', ended = ? WHERE id = ? AND status IN ('RUNNING', 'SCHEDULED')",
    lastSign(project, lease),
    lease.run,
  );
}

/** When the run was last known to live: its lease was renewed, or a point was written. */
function lastSign(project: Project, lease: LeaseRow): number {
  const written = listSegments(tailFolder(project.stemmaFolder), lease.uuid).map(
    ({ path }) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0,
  );
  return Math.trunc(Math.max(lease.renewed, ...written));
}

/** Folds the tails of runs that nobody writes any more: their process ended between the status and the folding. */
function foldEnded(project: Project): void {
  const segments = listSegments(tailFolder(project.stemmaFolder));
  if (segments.length === 0) return;
  const ended = openDatabase(project).read<{ readonly uuid: string }>(
    "SELECT uuid FROM run WHERE status NOT IN ('RUNNING', 'SCHEDULED') AND uuid IN (SELECT value FROM json_each(?))",
    JSON.stringify([...new Set(segments.map(({ run }) => run))]),
  );
  const runs = new Set(ended.map(({ uuid }) => uuid));
  foldSegments(
    project,
    segments.filter(({ run }) => runs.has(run)),
  );
}
