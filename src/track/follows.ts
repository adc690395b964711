import { type CellIdentity, host } from "../host/index.ts";
import { openDatabase, type Project, type Sql } from "../store/index.ts";
import { isDataParam, type ParamText } from "./params.ts";
import { knownNameId } from "./series/index.ts";

/** Runs that the cell made when it ran before, of one experiment. */
interface Earlier {
  readonly byParams: ReadonlyMap<string, string>;
  readonly newest: string | null;
}

/** One execution of one cell. A second one of the same cell has another count, or is of another process. */
const executions = new Map<string, Earlier>();
const keptExecutions = 100;

export interface FollowedCell {
  readonly cell: CellIdentity;
  /** Its name; it may not be there yet. */
  readonly experiment: string;
  readonly params: ReadonlyMap<string, ParamText>;
}

/**
 * The id of the run that a new run of a cell follows: when the cell ran before, the run with the same params, else the
 * newest. Null where there is none.
 */
export function followedRun(project: Project, followed: FollowedCell): string | null {
  const { cell, experiment, params } = followed;
  if (cell.id === null) return null;
  const execution = JSON.stringify([project.root, host().notebook(), cell.id, cell.count, experiment]);
  const known = executions.get(execution) ?? earlierRuns(openDatabase(project), cell.id, experiment);
  if (executions.size >= keptExecutions) executions.clear();
  executions.set(execution, known);
  return known.byParams.get(printed([...params].map(([name, { text }]) => [name, text]))) ?? known.newest;
}

interface EarlierRow {
  readonly uuid: string;
  readonly params: string;
}

function earlierRuns(sql: Pick<Sql, "first" | "read">, cell: string, experiment: string): Earlier {
  const rows = sql.read<EarlierRow>(
    `SELECT run.uuid, (SELECT json_group_array(json_array(name.text, param.text)) FROM param
       JOIN name ON name.id = param.name WHERE param.run = run.id) AS params
     FROM cell_run CROSS JOIN run ON run.id = cell_run.run
     JOIN tag c ON c.run = run.id AND c.name = ? AND c.text = cell_run.cell
     LEFT JOIN tag n ON n.run = run.id AND n.name = ?
     WHERE cell_run.cell = ? AND run.experiment = (SELECT id FROM experiment WHERE name = ?) AND (n.text IS ? OR ? IS NULL)
     ORDER BY cell_run.run DESC LIMIT 1000`,
    knownNameId(sql, "stemma.cell.id"),
    knownNameId(sql, "mlflow.source.name"),
    cell,
    experiment,
    host().notebook(),
    host().notebook(),
  );
  const byParams = new Map<string, string>();
  // From the oldest: the newest run with the same params stays.
  for (const { uuid, params } of rows.toReversed()) {
    byParams.set(printed(JSON.parse(params) as readonly (readonly [string, string])[]), uuid);
  }
  return { byParams, newest: rows[0]?.uuid ?? null };
}

// Not the names of the data: a run that is being opened has none yet.
function printed(params: readonly (readonly [string, string])[]): string {
  return JSON.stringify(params.filter(([name]) => !isDataParam(name)).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
