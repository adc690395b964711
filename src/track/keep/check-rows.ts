import type { Sql } from "../../store/index.ts";
import { isDead } from "../lease.ts";
import type { Finding } from "./finding.ts";

type Reading = Pick<Sql, "read" | "first">;

/** Tables whose rows belong to a run, and in what words. */
const ofRuns: Readonly<Record<string, string>> = {
  param: "params",
  tag: "tags",
  series: "metrics",
  chunk: "parts of metrics",
  tail: "marks of tails",
  input: "inputs",
  lease: "leases",
  run_model: "links to models",
};

/** SQLite's own check of its file. */
export function checkDatabase(sql: Reading): readonly Finding[] {
  return faultsOf(sql).map((fault) => ({
    kind: "database",
    message: `SQLite says of stemma.db: ${fault}.`,
    repair: rebuildable(fault),
  }));
}

function faultsOf(sql: Reading): readonly string[] {
  try {
    const rows = sql.read<{ readonly integrity_check: string }>("PRAGMA integrity_check(20)");
    return rows.map((row) => row.integrity_check).filter((fault) => fault !== "ok");
  } catch (error) {
    // Too damaged for the check itself: SQLITE_CORRUPT.
    const code = error instanceof Error && "errcode" in error ? Number(error.errcode) & 0xff : null;
    if (code !== 11 || !(error instanceof Error)) throw error;
    return [error.message];
  }
}

// An index can be made again from its table; a page that is gone cannot.
function rebuildable(fault: string): string | null {
  return / index /.test(fault) ? "make the indexes again" : null;
}

/** Rows that belong to nothing. */
export function checkRows(sql: Reading): readonly Finding[] {
  return [
    ...Object.entries(ofRuns).flatMap(([table, words]) => orphans(sql, table, words)),
    ...runsWithoutExperiment(sql),
    ...forgottenNames(sql),
  ];
}

function orphans(sql: Reading, table: string, words: string): readonly Finding[] {
  const row = sql.first<{ readonly n: number }>(
    `SELECT count(*) AS n FROM ${table} WHERE run NOT IN (SELECT id FROM run)`,
  );
  const n = row?.n ?? 0;
  return n === 0 ? [] : [{ kind: "row", message: `${n} ${words} belong to no run.`, repair: "delete them" }];
}

function runsWithoutExperiment(sql: Reading): readonly Finding[] {
  const runs = sql.read<{ readonly uuid: string; readonly name: string; readonly experiment: number }>(
    "SELECT uuid, name, experiment FROM run WHERE experiment NOT IN (SELECT id FROM experiment)",
  );
  return runs.map(({ uuid, name, experiment }) => ({
    kind: "experiment",
    message: `Run ${name} (${uuid}) belongs to experiment ${experiment}, which there is not.`,
    repair: `make an experiment "recovered-${experiment}" for it`,
  }));
}

/** Ids of names that nothing uses. The last one is left: a name that came after would get its number, and be taken for it. */
export const unusedNames = `SELECT id FROM name WHERE id < (SELECT max(id) FROM name)
  AND id NOT IN (SELECT name FROM param UNION SELECT name FROM tag UNION SELECT name FROM series UNION SELECT name FROM chunk)`;

function forgottenNames(sql: Reading): readonly Finding[] {
  const n = sql.first<{ readonly n: number }>(`SELECT count(*) AS n FROM (${unusedNames})`)?.n ?? 0;
  const message = `${n} names of metrics, params or tags are used by no run.`;
  return n === 0 ? [] : [{ kind: "name", message, repair: "forget them" }];
}

interface LeaseRow {
  readonly uuid: string;
  readonly name: string;
  readonly host: string;
  readonly boot: string | null;
  readonly pid: number | null;
  readonly pid_start: string | null;
  readonly expires: number;
}

/** Runs whose process is gone: any look at the runs ends them, so they are here only since the last one. */
export function checkLeases(sql: Reading, nowMs: number): readonly Finding[] {
  const rows = sql.read<LeaseRow>("SELECT lease.*, run.uuid, run.name FROM lease JOIN run ON run.id = lease.run");
  return rows.flatMap((row) => {
    const lease = { host: row.host, boot: row.boot, pid: row.pid, pidStart: row.pid_start, expiresMs: row.expires };
    if (!isDead(lease, nowMs)) return [];
    const who =
      row.pid === null ? "nobody has renewed it" : `its process ${row.pid} on ${row.host.split(" ")[0]} is gone`;
    const message = `Run ${row.name} (${row.uuid}) is kept open, but ${who}.`;
    return [{ kind: "lease", message, repair: "end it as KILLED" } as const];
  });
}

/** Does what the findings of {@link checkRows} say. */
export function repairRows(sql: Sql): void {
  for (const table of Object.keys(ofRuns)) sql.run(`DELETE FROM ${table} WHERE run NOT IN (SELECT id FROM run)`);
  sql.run(
    `INSERT INTO experiment (id, name, created, updated) SELECT DISTINCT experiment, 'recovered-' || experiment, min(started), max(started)
     FROM run WHERE experiment NOT IN (SELECT id FROM experiment) GROUP BY experiment`,
  );
  sql.run(`DELETE FROM name WHERE id IN (${unusedNames})`);
}
