import type { Sql } from "../../store/index.ts";

/** The number that stands for a name of a metric, param or tag; a new one for a new name. */
export function nameId(sql: Sql, text: string): number {
  return knownNameId(sql, text) ?? sql.run("INSERT INTO name (text) VALUES (?)", text).lastId;
}

/** The number of a name, null where nothing has that name. */
export function knownNameId(sql: Pick<Sql, "first">, text: string): number | null {
  return sql.first<{ readonly id: number }>("SELECT id FROM name WHERE text = ?", text)?.id ?? null;
}
