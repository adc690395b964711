import { openDatabase, type Project, type Sql, type SqlValue } from "../../store/index.ts";
import { type RunRow, runColumns, runTables } from "../local/index.ts";
import { ValueError } from "../params.ts";
import type { RunQuery } from "../run-store.ts";
import type { Condition, Order } from "./condition.ts";
import { liveMetrics } from "./live.ts";
import { parsePageToken, printPageToken } from "./page-token.ts";
import { parseFilter, parseOrder } from "./parse.ts";
import { askSnapshot, type SnapshotAnswer } from "./snapshot/index.ts";
import { behind, condition, joined, type Names, orderTerms, type Piece, type Term } from "./sql.ts";

/** A page of rows, and how many rows there are on all pages. */
export interface RowPage {
  readonly rows: readonly RunRow[];
  readonly nextPageToken: string | null;
}

const most = 50_000;

/** The runs that a query finds. @throws {FilterError} @throws {PageTokenError} @throws {ValueError} */
export function findRuns(project: Project, query: RunQuery): RowPage {
  const limit = query.limit ?? 1000;
  if (!Number.isInteger(limit) || limit < 1 || limit > most)
    throw new ValueError(`limit is ${limit}; 1 to ${most} runs fit a page.`);
  const identity = [query.experimentIds, query.filter ?? "", query.orderBy ?? [], query.lifecycle ?? "active"];
  const wanted: Wanted = {
    condition: parseFilter(query.filter ?? ""),
    orders: parseOrder(query.orderBy ?? []),
    experiments: experimentsOf(query),
    lifecycle: lifecycleOf(query),
    after: query.pageToken ? parsePageToken(identity, query.pageToken) : null,
  };
  const metrics = liveMetrics(project);
  return openDatabase(project).snapshot((sql) => {
    const names = { sql, metrics };
    const terms = orderTerms(names, wanted.orders);
    const found = select(sql, {
      where: first(project, names, { wanted, terms, limit: limit + 1 }),
      terms,
      limit: limit + 1,
    });
    const rows = found.slice(0, limit);
    const last = rows.at(-1);
    const more = found.length > limit && last !== undefined;
    return { rows, nextPageToken: more ? printPageToken(identity, termValues(last, terms)) : null };
  });
}

/** How many runs a query finds, on all pages. */
export function countRuns(project: Project, query: RunQuery): number {
  const condition = parseFilter(query.filter ?? "");
  const wanted: Wanted = {
    condition,
    orders: [],
    experiments: experimentsOf(query),
    lifecycle: lifecycleOf(query),
    after: null,
  };
  const metrics = liveMetrics(project);
  return openDatabase(project).snapshot((sql) => {
    const names = { sql, metrics };
    const answer = ask(project, names, { wanted, limit: null });
    const where = matching(names, wanted);
    if (answer === null) return count(sql, where);
    return answer.runs.length + rowsAmong(sql, answer.changed, where).length;
  });
}

function count(sql: Pick<Sql, "first">, where: Piece): number {
  const query = `SELECT count(*) AS runs FROM run WHERE ${where.sql}`;
  return sql.first<{ readonly runs: number }>(query, ...where.values)?.runs ?? 0;
}

/** A query as it is read. */
interface Wanted {
  readonly condition: Condition;
  readonly orders: readonly Order[];
  readonly experiments: readonly number[];
  /** Null for both. */
  readonly lifecycle: "active" | "deleted" | null;
  /** The values of the last run of the page before. */
  readonly after: readonly SqlValue[] | null;
}

function experimentsOf({ experimentIds }: RunQuery): readonly number[] {
  return experimentIds.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
}

function lifecycleOf({ lifecycle = "active" }: RunQuery): Wanted["lifecycle"] {
  return lifecycle === "all" ? null : lifecycle;
}

interface Page {
  readonly wanted: Wanted;
  readonly terms: readonly Term[];
  readonly limit: number;
}

/**
 * The condition of the runs to look at. Where many runs lie in a snapshot it names the first of them, and of those that
 * changed since, all that match; the database then sorts these few as it would sort all.
 */
function first(project: Project, names: Names, { wanted, terms, limit }: Page): Piece {
  const answer = isByTime(wanted) ? null : ask(project, names, { wanted, limit });
  const after = wanted.after === null ? [] : [behind(terms, wanted.after)];
  const where = joined([matching(names, wanted), ...after], " AND ");
  if (answer === null) return where;
  return among([...answer.runs, ...rowsAmong(names.sql, answer.changed, where)]);
}

/** Whether an index gives the runs in their order, so that the first page is found without looking at the others. */
function isByTime({ condition, orders }: Wanted): boolean {
  return orders.length === 0 && condition.kind === "all" && condition.parts.length === 0;
}

function ask(
  project: Project,
  names: Names,
  { wanted, limit }: { readonly wanted: Wanted; readonly limit: number | null },
): SnapshotAnswer | null {
  return askSnapshot(project, names, { ...wanted, order: wanted, limit });
}

/** Those of some runs that match. A CROSS JOIN, because else an index of all runs looks better than these few. */
function rowsAmong(sql: Pick<Sql, "read">, runs: readonly number[], where: Piece): readonly number[] {
  if (runs.length === 0) return [];
  const query = `SELECT run.id FROM json_each(?) some CROSS JOIN run ON run.id = some.value WHERE ${where.sql}`;
  return sql.read<{ readonly id: number }>(query, JSON.stringify(runs), ...where.values).map(({ id }) => id);
}

function among(runs: readonly number[]): Piece {
  return { sql: "run.id IN (SELECT value FROM json_each(?))", values: [JSON.stringify(runs)] };
}

function matching(names: Names, wanted: Wanted): Piece {
  const { lifecycle } = wanted;
  return joined(
    [
      ofExperiments(wanted),
      ...(lifecycle === null ? [] : [{ sql: "run.lifecycle = ?", values: [lifecycle] }]),
      condition(names, wanted.condition),
    ],
    " AND ",
  );
}

function ofExperiments({ experiments }: Wanted): Piece {
  const [only] = experiments;
  if (experiments.length === 1 && only !== undefined) return { sql: "run.experiment = ?", values: [only] };
  // With "+" the index of experiments is not taken: that of times gives the order for all of them together.
  return { sql: "+run.experiment IN (SELECT value FROM json_each(?))", values: [JSON.stringify(experiments)] };
}

type TermRow = RunRow & Readonly<Record<string, SqlValue>>;

function select(
  sql: Pick<Sql, "read">,
  { where, terms, limit }: { readonly where: Piece; readonly terms: readonly Term[]; readonly limit: number },
): readonly TermRow[] {
  const columns = terms.map((term, i) => `${term.sql} AS term${i}`).join(", ");
  const order = terms.map(({ descending }, i) => `term${i}${descending ? " DESC" : ""}`).join(", ");
  const query = `SELECT ${runColumns}, ${columns} FROM ${runTables} WHERE ${where.sql} ORDER BY ${order} LIMIT ?`;
  return sql.read<TermRow>(query, ...terms.flatMap(({ values }) => values), ...where.values, limit);
}

function termValues(row: RunRow, terms: readonly Term[]): readonly SqlValue[] {
  return terms.map((_, i) => (row as TermRow)[`term${i}`] ?? null);
}
