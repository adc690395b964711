import type { Database } from "../../store/index.ts";
import { ValueError } from "../params.ts";
import { behind, FilterError, joined, type Piece, parsePageToken, printPageToken, type Term } from "../search/index.ts";

/** One page of rows of a table, by keys that name a place and not a count: what comes or goes meanwhile shifts none. */
export interface PageQuery {
  /** `SELECT …, term0, … FROM …` is made of these two. */
  readonly columns: string;
  readonly from: string;
  readonly where: readonly Piece[];
  readonly terms: readonly Term[];
  readonly limit: number;
  /** What must be the same on the next page. */
  readonly identity: unknown;
  readonly pageToken: string | undefined;
}

/** The rows of a page, and the token of the next; null at the end. @throws {PageTokenError} */
export function readPage<Row>(
  sql: Pick<Database, "read">,
  query: PageQuery,
): { readonly rows: readonly Row[]; readonly nextPageToken: string | null } {
  const { columns, from, terms, limit, identity, pageToken = "" } = query;
  const after = pageToken === "" ? [] : [behind(terms, parsePageToken(identity, pageToken))];
  const where = joined([...query.where, ...after], " AND ");
  const named = terms.map((term, i) => `${term.sql} AS term${i}`).join(", ");
  const order = terms.map(({ descending }, i) => `term${i}${descending ? " DESC" : ""}`).join(", ");
  const found = sql.read<Row & Readonly<Record<string, string | number | null>>>(
    `SELECT ${columns}, ${named} FROM ${from} WHERE ${where.sql} ORDER BY ${order} LIMIT ?`,
    ...terms.flatMap(({ values }) => values),
    ...where.values,
    limit + 1,
  );
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const values = terms.map((_, i) => last?.[`term${i}`] ?? null);
  return { rows, nextPageToken: found.length > limit ? printPageToken(identity, values) : null };
}

/** How many a page holds. @throws {ValueError} */
export function pageLimit(limit: number | undefined, usual: number, most: number): number {
  const wanted = limit ?? usual;
  if (Number.isInteger(wanted) && wanted >= 1 && wanted <= most) return wanted;
  throw new ValueError(`limit is ${wanted}; 1 to ${most} fit a page.`);
}

/**
 * `order_by` as terms; `ties` stand behind what was asked for.
 *
 * @param columns SQL by the names that may be ordered by @throws {FilterError}
 */
export function orderTerms(
  orderBy: readonly string[],
  columns: Readonly<Record<string, string>>,
  ties: readonly (readonly [sql: string, descending: boolean])[],
): readonly Term[] {
  const asked = orderBy.map((text): Term => {
    const match = /^\s*(?:attributes?\.)?`?(\w+)`?(?:\s+(ASC|DESC))?\s*$/i.exec(text);
    const sql = match?.[1] === undefined ? undefined : columns[match[1]];
    if (sql === undefined)
      throw new FilterError(
        text,
        0,
        `this is no order; take one of ${Object.keys(columns).join(", ")} with ASC or DESC.`,
      );
    return { sql, values: [], descending: match?.[2]?.toUpperCase() === "DESC" };
  });
  const twice = asked.find(({ sql }, i) => asked.findIndex((other) => other.sql === sql) !== i);
  if (twice !== undefined) throw new FilterError(orderBy.join(", "), 0, "one field is in the order twice.");
  const rest = ties.filter(([sql]) => !asked.some((term) => term.sql === sql));
  return [...asked, ...rest.map(([sql, descending]): Term => ({ sql, values: [], descending }))];
}
