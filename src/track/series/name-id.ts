import type { Sql } from "../../store/index.ts";

/** The number that stands for a name of a metric, param or tag; a new one for a new name. */
export function nameId(sql: Sql, text: string): number {
  return knownNameId(sql, text) ?? sql.run("INSERT INTO name (text) VALUES (?)", text).lastId;
}

/** The number of a name, null where nothing has that name. */
export function knownNameId(sql: Pick<Sql, "first">, text: string): number | null {
  return sql.first<{ readonly id: number }>("SELECT id FROM name WHERE text = ?", text)?.id ?? null;
}

/** The numbers of those of the names that something has. */
export function nameIds(sql: Pick<Sql, "read">, texts: readonly string[]): ReadonlyMap<string, number> {
  const known = new Map<string, number>();
  for (let from = 0; from < texts.length; from += namesAtOnce) {
    const some = texts.slice(from, from + namesAtOnce);
    const places = some.map(() => "?").join(", ");
    type Row = { readonly id: number; readonly text: string };
    for (const { id, text } of sql.read<Row>(`SELECT id, text FROM name WHERE text IN (${places})`, ...some))
      known.set(text, id);
  }
  return known;
}

/** Names of one question: each number of them is a statement of its own. */
const namesAtOnce = 32;
