import type { ByteSource } from "./byte-source.ts";
import type { DataTable, ReadColumn, SchemaType } from "./data-table.ts";
import { isRecord, shown } from "./kind.ts";
import type { ReadWork } from "./read-options.ts";
import { unknownColumn } from "./read-parquet.ts";
import { TableFileError } from "./table-file-error.ts";
import { decoded } from "./text-source.ts";

/** The value of a JSON file. @throws {TableFileError} it is no JSON */
export async function readJsonValue(source: ByteSource, work: ReadWork): Promise<unknown> {
  return parsed(await decoded(source, work), work.path);
}

function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new TableFileError(`${place} is no JSON: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      cause,
    });
  }
}

/** A JSON value as a table: an array of objects, or pandas' `columns` and `split`; null for any other. */
export function jsonTable(value: unknown, work: ReadWork): DataTable | null {
  if (Array.isArray(value)) return value.every(isRecord) ? recordTable(value, work) : null;
  if (!isRecord(value)) return null;
  const { columns, data } = value;
  if (Array.isArray(columns) && Array.isArray(data)) {
    const names = columns.map(String);
    return recordTable(
      data.map((row: unknown) => rowOf(names, row)),
      work,
    );
  }
  const series = Object.entries(value);
  if (series.length === 0 || !series.every(([, column]) => isRecord(column))) return null;
  const index = Object.keys(series[0]?.[1] as object);
  return recordTable(
    index.map((key) =>
      rowOf(
        series.map(([name]) => name),
        series.map(([, column]) => (column as Readonly<Record<string, unknown>>)[key]),
      ),
    ),
    work,
  );
}

function rowOf(names: readonly string[], values: unknown): Readonly<Record<string, unknown>> {
  const cells: readonly unknown[] = Array.isArray(values) ? values : [];
  return Object.fromEntries(names.map((name, i) => [name, cells[i] ?? null]));
}

/** A file with one JSON object a line as a table. @throws {TableFileError} names the line */
export async function readJsonLines(source: ByteSource, work: ReadWork): Promise<DataTable> {
  return jsonLines(await decoded(source, work), work);
}

/** The same of a text. @throws {TableFileError} */
export function jsonLines(text: string, work: ReadWork): DataTable {
  const records: Readonly<Record<string, unknown>>[] = [];
  for (const [i, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const place = `${work.path}:${i + 1}`;
    const value = parsed(line, place);
    if (!isRecord(value)) throw new TableFileError(`${place} is ${shown(value)}; a line of a table is an object.`);
    records.push(value);
  }
  return recordTable(records, work);
}

function recordTable(records: readonly Readonly<Record<string, unknown>>[], { options, path }: ReadWork): DataTable {
  const names = new Set<string>();
  for (const record of records) for (const name of Object.keys(record)) names.add(name);
  const all = [...names].map((name) => ({ name }));
  const columns = (options.columns ?? [...names]).map((name) => {
    if (!names.has(name)) throw unknownColumn(path, name, all);
    return columnOf(
      name,
      records.map((record) => (Object.hasOwn(record, name) ? (record[name] ?? null) : null)),
    );
  });
  return { rows: records.length, columns };
}

function columnOf(name: string, values: readonly unknown[]): ReadColumn {
  let type: SchemaType = "null";
  for (const value of values) {
    if (value === null) continue;
    const own = typeOf(value);
    if (type !== "null" && own !== type) return { name, type: "mixed", values };
    type = own;
  }
  return { name, type, values };
}

function typeOf(value: unknown): SchemaType {
  if (typeof value === "number") return "double";
  if (typeof value === "string" || typeof value === "boolean") return typeof value as "string" | "boolean";
  return Array.isArray(value) ? "list" : "struct";
}
