import { openDatabase, type Project, type SqlValue } from "../../store/index.ts";
import { type RunRow, runColumns, runTables } from "../local/index.ts";
import { ValueError } from "../params.ts";
import type { RunQuery } from "../run-store.ts";
import { liveMetrics } from "./live.ts";
import { parsePageToken, printPageToken } from "./page-token.ts";
import { parseFilter, parseOrder } from "./parse.ts";
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
  const names = namesOf(project);
  const terms = orderTerms(names, parseOrder(query.orderBy ?? []));
  const identity = [query.experimentIds, query.filter ?? "", query.orderBy ?? [], query.lifecycle ?? "active"];
  const where = matching(names, query);
  const after =
    query.pageToken === undefined || query.pageToken === ""
      ? []
      : [behind(terms, parsePageToken(identity, query.pageToken))];
  const found = select(project, { where: joined([where, ...after], " AND "), terms, limit: limit + 1 });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const more = found.length > limit && last !== undefined;
  return { rows, nextPageToken: more ? printPageToken(identity, termValues(last, terms)) : null };
}

/** How many runs a query finds, on all pages. */
export function countRuns(project: Project, query: RunQuery): number {
  const where = matching(namesOf(project), query);
  const sql = `SELECT count(*) AS runs FROM run WHERE ${where.sql}`;
  return openDatabase(project).first<{ readonly runs: number }>(sql, ...where.values)?.runs ?? 0;
}

function namesOf(project: Project): Names {
  return { sql: openDatabase(project), metrics: liveMetrics(project) };
}

function matching(names: Names, query: RunQuery): Piece {
  const lifecycle = query.lifecycle ?? "active";
  const ids = query.experimentIds.filter((id) => /^\d{1,15}$/.test(id)).map(Number);
  return joined(
    [
      { sql: "run.experiment IN (SELECT value FROM json_each(?))", values: [JSON.stringify(ids)] },
      ...(lifecycle === "all" ? [] : [{ sql: "run.lifecycle = ?", values: [lifecycle] }]),
      condition(names, parseFilter(query.filter ?? "")),
    ],
    " AND ",
  );
}

type TermRow = RunRow & Readonly<Record<string, SqlValue>>;

function select(
  project: Project,
  { where, terms, limit }: { readonly where: Piece; readonly terms: readonly Term[]; readonly limit: number },
): readonly TermRow[] {
  const columns = terms.map(({ sql }, i) => `${sql} AS term${i}`).join(", ");
  const order = terms.map(({ descending }, i) => `term${i}${descending ? " DESC" : ""}`).join(", ");
  const sql = `SELECT ${runColumns}, ${columns} FROM ${runTables} WHERE ${where.sql} ORDER BY ${order} LIMIT ?`;
  return openDatabase(project).read<TermRow>(sql, ...terms.flatMap(({ values }) => values), ...where.values, limit);
}

function termValues(row: RunRow, terms: readonly Term[]): readonly SqlValue[] {
  return terms.map((_, i) => (row as TermRow)[`term${i}`] ?? null);
}
