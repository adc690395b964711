import type { DatabaseSync, SQLInputValue } from "node:sqlite";

/** A row by its columns. */
export type Row = Readonly<Record<string, SQLInputValue>>;

/** Puts a row into a table; one with that key stays as it is. */
export type InsertRow = (table: string, row: Row) => void;

/** Inserts rows with one statement a table and set of columns. */
export function inserter(connection: DatabaseSync): InsertRow {
  const statements = new Map<string, ReturnType<DatabaseSync["prepare"]>>();
  return (table, row) => {
    const columns = Object.keys(row);
    const key = `${table} ${columns.join()}`;
    const known = statements.get(key);
    const names = columns.map((column) => `"${column}"`).join(", ");
    // OR IGNORE: infinity and the greatest double are one to MLflow, and then one point.
    const statement =
      known ??
      connection.prepare(`INSERT OR IGNORE INTO ${table} (${names}) VALUES (${columns.map(() => "?").join(", ")})`);
    if (known === undefined) statements.set(key, statement);
    statement.run(...Object.values(row));
  };
}
