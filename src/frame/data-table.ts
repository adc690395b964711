import type { ColumnType } from "./frame.ts";
import { isRecord } from "./kind.ts";

/** What a column of a file holds: those that `version()` writes, and what other tools' files have besides. */
export type SchemaType =
  | ColumnType
  /** A day, as a Date at its start in UTC. */
  | "date"
  | "time"
  | "decimal"
  | "binary"
  | "list"
  | "struct"
  /** Values of several kinds, in JSON. */
  | "mixed";

/** A column by name and type. */
export interface SchemaColumn {
  readonly name: string;
  readonly type: SchemaType;
}

/** A column as it was read: numbers, BigInts, booleans, text, Dates, null where missing; lists and objects where the file nests. */
export interface ReadColumn extends SchemaColumn {
  readonly values: ArrayLike<unknown>;
}

/** A table as it was read from a file. */
export interface DataTable {
  readonly rows: number;
  readonly columns: readonly ReadColumn[];
}

/** One row by the columns' names. */
export type DataRow = Readonly<Record<string, unknown>>;

/** The rows of a table from `start` up to, not including, `end`. */
export function tableRows(table: DataTable, start = 0, end: number = table.rows): readonly DataRow[] {
  const { columns } = table;
  const rows: DataRow[] = new Array(Math.max(0, end - start));
  for (let row = start; row < end; row++) {
    const record: Record<string, unknown> = {};
    for (const { name, values } of columns) setOwn(record, name, values[row] ?? null);
    rows[row - start] = record;
  }
  return rows;
}

// A column may be named "__proto__", which an assignment would lose.
function setOwn(record: Record<string, unknown>, name: string, value: unknown): void {
  if (name !== "__proto__") record[name] = value;
  else Object.defineProperty(record, name, { value, enumerable: true, configurable: true, writable: true });
}

/** The columns of a table by name: typed arrays where all values are numbers of one kind, else arrays. */
export function tableColumns(table: DataTable): Readonly<Record<string, ArrayLike<unknown>>> {
  const columns: Record<string, ArrayLike<unknown>> = {};
  for (const column of table.columns) setOwn(columns, column.name, compact(column));
  return columns;
}

const numberArrays: Readonly<Partial<Record<SchemaType, new (values: ArrayLike<number>) => ArrayLike<unknown>>>> = {
  double: Float64Array,
  float: Float32Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
};

function compact({ type, values }: ReadColumn): ArrayLike<unknown> {
  const kind = numberArrays[type];
  if (kind === undefined || ArrayBuffer.isView(values)) return values;
  for (let row = 0; row < values.length; row++) if (typeof values[row] !== "number") return values;
  return new kind(values as ArrayLike<number>);
}

/** 64-bit integers as numbers where every one of them is exact as such; as they are, else. Inside of lists and objects each by itself. */
export function relaxed(type: SchemaType, values: ArrayLike<unknown>): ArrayLike<unknown> {
  if (type === "list" || type === "struct") return Array.from(values, relaxedPart);
  return type === "int64" || type === "uint64" ? relaxedIntegers(values) : values;
}

function relaxedIntegers(values: ArrayLike<unknown>): ArrayLike<unknown> {
  const numbers: (number | null)[] = new Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value !== "bigint") {
      numbers[row] = (value ?? null) as number | null;
      continue;
    }
    if (!isExact(value)) return values;
    numbers[row] = Number(value);
  }
  return numbers;
}

function relaxedPart(value: unknown): unknown {
  if (typeof value === "bigint") return isExact(value) ? Number(value) : value;
  if (Array.isArray(value)) return value.map(relaxedPart);
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) return Array.from(value, relaxedPart);
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, relaxedPart(part)]));
}

const maxSafe = BigInt(Number.MAX_SAFE_INTEGER);

function isExact(value: bigint): boolean {
  return value <= maxSafe && value >= -maxSafe;
}
