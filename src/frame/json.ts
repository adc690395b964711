import type { Cell, Column, Frame } from "./frame.ts";
import { isRecord, shown } from "./kind.ts";
import { textBlocks } from "./text-blocks.ts";
import { DataValueError } from "./value-error.ts";

/**
 * A value as JSON with two spaces of indentation. A Vega or Vega-Lite chart, or what has a `toJSON()` that gives one, is
 * left to Vega's own rules: undefined is absent, NaN is null.
 *
 * @throws {DataValueError} JSON would change or drop a part; names it by its path
 */
export function jsonBytes(value: unknown): Uint8Array {
  const chart = chartOf(value);
  return Buffer.from(`${chart === null ? jsonText(value, { path: "value", above: [] }) : chartText(chart)}\n`);
}

function chartText(chart: object): string {
  try {
    return JSON.stringify(chart);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataValueError(`JSON cannot hold the chart: ${reason}; give it plain values.`, { cause });
  }
}

function chartOf(value: unknown): object | null {
  if (typeof value !== "object" || value === null) return null;
  const spec: unknown = "toJSON" in value && typeof value.toJSON === "function" ? value.toJSON() : value;
  return isRecord(spec) && typeof spec["$schema"] === "string" && spec["$schema"].includes("/schema/vega")
    ? spec
    : null;
}

interface Place {
  readonly path: string;
  /** What holds the value, the outermost first. */
  readonly above: readonly object[];
}

// JSON.stringify() would write -0 as 0, NaN as null, and leave out undefined and functions.
function jsonText(value: unknown, place: Place): string {
  const fault = faultOf(value, place.above);
  if (fault !== null) throw new DataValueError(`${place.path} is ${fault}`);
  if (Object.is(value, -0)) return "-0";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const above = [...place.above, value];
  if (Array.isArray(value)) {
    // Array.from() sees the holes.
    const items = Array.from(value, (item, i) => jsonText(item, { path: `${place.path}[${i}]`, above }));
    return bracketed("[", items, { close: "]", depth: above.length });
  }
  const fields = Object.entries(value).map(
    ([key, part]) => `${JSON.stringify(key)}: ${jsonText(part, { path: `${place.path}.${key}`, above })}`,
  );
  return bracketed("{", fields, { close: "}", depth: above.length });
}

function bracketed(
  open: string,
  parts: readonly string[],
  end: { readonly close: string; readonly depth: number },
): string {
  if (parts.length === 0) return open + end.close;
  const indent = `\n${"  ".repeat(end.depth)}`;
  return `${open}${indent}${parts.join(`,${indent}`)}\n${"  ".repeat(end.depth - 1)}${end.close}`;
}

/** What is wrong with a value by itself, with the way out; null when JSON holds it. */
function faultOf(value: unknown, above: readonly object[]): string | null {
  switch (typeof value) {
    case "boolean":
      return null;
    case "string":
      return value.isWellFormed() ? null : `${shown(value)}, which is no UTF-8; mend it with text.toWellFormed().`;
    case "number":
      return Number.isFinite(value) ? null : `${value}, which JSON cannot hold; give null, or text.`;
    case "undefined":
      return "undefined, which JSON cannot hold; leave it out, or give null.";
    case "bigint":
      return `${shown(value)}, which JSON cannot hold; give it as text.`;
    case "object":
      return value === null ? null : objectFault(value, above);
    default:
      return `${shown(value)}, which JSON cannot hold; give what it was made from.`;
  }
}

function objectFault(value: object, above: readonly object[]): string | null {
  if (above.includes(value)) return "a part of itself (a cycle); give plain JSON.";
  if (Array.isArray(value) || isRecord(value)) return null;
  const way = shown(value) === "a Date" ? "give date.toISOString()" : "give plain objects and arrays";
  return `${shown(value)}, which JSON would not bring back; ${way}.`;
}

/**
 * A frame as a JSON array of rows, a row a line.
 *
 * @throws {DataValueError} a number that JSON cannot hold, by column and row
 */
export async function jsonRows(frame: Frame, signal: AbortSignal | null = null): Promise<Uint8Array> {
  if (frame.rows === 0) return Buffer.from("[]\n");
  const row = rowPrinter(frame);
  const block = (start: number, end: number): string => {
    const rows = Array.from({ length: end - start }, (_, i) => row(start + i));
    return `${start === 0 ? "[" : ","}\n${rows.join(",\n")}`;
  };
  return Buffer.concat([...(await textBlocks(frame.rows, block, signal)), Buffer.from("\n]\n")]);
}

function rowPrinter({ columns }: Frame): (row: number) => string {
  const names = columns.map(({ name }) => JSON.stringify(name));
  return (row) => `{${columns.map((column, i) => `${names[i]}:${jsonCell(column, row)}`).join(",")}}`;
}

/**
 * A frame as JSON lines: one object a row.
 *
 * @throws {DataValueError} a number that JSON cannot hold, by column and row
 */
export async function jsonLineBytes(frame: Frame, signal: AbortSignal | null = null): Promise<Uint8Array> {
  const row = rowPrinter(frame);
  const block = (start: number, end: number): string =>
    Array.from({ length: end - start }, (_, i) => `${row(start + i)}\n`).join("");
  return Buffer.concat([...(await textBlocks(frame.rows, block, signal))]);
}

function jsonCell({ name, type, values }: Column, row: number): string {
  const value: Cell = values[row] ?? null;
  if (type === "timestamp" && value !== null) return JSON.stringify(new Date(Number(value)).toISOString());
  if (faultOf(value, []) === null) return Object.is(value, -0) ? "-0" : JSON.stringify(value);
  throw new DataValueError(
    `Row ${row} of column ${JSON.stringify(name)} is ${shown(value)}, which JSON cannot hold; a path that ends in .parquet keeps it.`,
  );
}
