import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import type { RunRecord } from "../record.ts";
import { type RunRow, recordsOf, runColumns, runTables } from "./runs.ts";
import { settle } from "./settle.ts";

/** A page of runs of one experiment, the newest first. */
export interface RunsFound {
  readonly runs: readonly RunRecord[];
  /** Runs that there are, which may be more. */
  readonly total: number;
}

/**
 * A run stands by itself where the one that it is nested in does not stand in the same list: in another experiment,
 * deleted, or never brought along. The runs that have nested ones are found by steps through an index, whatever the
 * number of those; a test of each run for its parent would cost twice as much in a store of 100,000.
 */
const byItself: Where = {
  with: `WITH RECURSIVE parent(uuid) AS (
      SELECT min(parent) FROM run WHERE parent IS NOT NULL
      UNION ALL SELECT (SELECT min(next.parent) FROM run next WHERE next.parent > parent.uuid) FROM parent WHERE uuid IS NOT NULL),
    here(uuid) AS MATERIALIZED (SELECT run.uuid FROM parent CROSS JOIN run ON run.uuid = parent.uuid
      WHERE run.experiment = ?1 AND run.lifecycle = 'active')`,
  where: `run.experiment = ?1 AND run.lifecycle = 'active'
    AND (run.parent IS NULL OR run.parent NOT IN (SELECT uuid FROM here))`,
};

const below: Where = {
  with: "",
  where: `run.parent = ?1 AND run.lifecycle = 'active'
    AND run.experiment = (SELECT above.experiment FROM run above WHERE above.uuid = ?1)`,
};

/** The newest runs of an experiment without those that are nested in one of them. @param experiment its id */
export function topRuns(project: Project, experiment: string, limit: number): RunsFound {
  return runsWhere(project, byItself, [Number(experiment), limit]);
}

/** The newest runs nested in a run, one level deep, of the same experiment. @param parent the id of that run */
export function runsBelow(project: Project, parent: string, limit: number): RunsFound {
  return runsWhere(project, below, [parent, limit]);
}

interface Where {
  readonly with: string;
  readonly where: string;
}

function runsWhere(
  project: Project,
  wanted: Where,
  [value, limit]: readonly [value: string | number, limit: number],
): RunsFound {
  if (!hasDatabase(project)) return { runs: [], total: 0 };
  settle(project);
  // Only ids are sorted: the columns are read for a page of them.
  const rows = openDatabase(project).read<RunRow & { readonly total: number }>(
    `${wanted.with} SELECT ${runColumns}, page.total FROM (SELECT run.id, count(*) OVER () AS total FROM run
       WHERE ${wanted.where} ORDER BY run.started DESC, run.id DESC LIMIT ?2) page
     CROSS JOIN ${runTables} WHERE run.id = page.id ORDER BY run.started DESC, run.id DESC`,
    value,
    limit,
  );
  return { runs: recordsOf(project, rows), total: rows[0]?.total ?? 0 };
}

/** How many runs are nested in each of these, one level deep, of the same experiment; none is absent. */
export function nestedCounts(project: Project, ids: readonly string[]): ReadonlyMap<string, number> {
  const rows = openDatabase(project).read<{ readonly parent: string; readonly runs: number }>(
    `SELECT run.parent, count(*) AS runs FROM json_each(?) wanted CROSS JOIN run above ON above.uuid = wanted.value
     CROSS JOIN run ON run.parent = above.uuid AND run.experiment = above.experiment AND run.lifecycle = 'active'
     GROUP BY run.parent`,
    JSON.stringify(ids),
  );
  return new Map(rows.map(({ parent, runs }) => [parent, runs]));
}

/** Names of runs by their ids; one that is not known is absent. */
export function runNames(project: Project, ids: readonly string[]): ReadonlyMap<string, string> {
  const rows = openDatabase(project).read<{ readonly uuid: string; readonly name: string }>(
    "SELECT run.uuid, run.name FROM json_each(?) wanted CROSS JOIN run ON run.uuid = wanted.value",
    JSON.stringify([...new Set(ids)]),
  );
  return new Map(rows.map(({ uuid, name }) => [uuid, name]));
}
