import type { Frame } from "./frame.ts";
import { isRecord } from "./kind.ts";
import { readRows, readTable } from "./read-frame.ts";
import { DataValueError } from "./value-error.ts";

/** Whether a value has the shape of a table: arquero's, danfo's, or an array of plain objects. */
export function isTable(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && isRecord(value[0]);
  if (typeof value !== "object" || value === null) return false;
  const { columnNames, $isSeries } = value as { readonly columnNames?: unknown; readonly $isSeries?: unknown };
  return typeof columnNames === "function" || $isSeries === false;
}

/**
 * The frame that a table holds.
 *
 * @param what the call in the sentence: "run.table()"
 * @throws {DataValueError} it is no table, or a column holds what no file can
 */
export function readFrame(value: unknown, what: string): Frame {
  const table = readTable(value) ?? (Array.isArray(value) ? readRows(value) : null);
  if (table !== null) return table;
  throw new DataValueError(
    `${what} takes a table: arquero's, danfo's, or an array of plain objects; it got ${value === null ? "null" : typeof value}.`,
  );
}
