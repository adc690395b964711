import type { Cell, Column, ColumnType } from "./frame.ts";
import { arrayKind, isDate, shown } from "./kind.ts";
import { DataValueError } from "./value-error.ts";

/** A column as a library holds it. */
export interface RawColumn {
  readonly name: string;
  readonly values: ArrayLike<unknown>;
  /** Whether NaN stands for a missing value among others than numbers, as in danfo. */
  readonly nanIsMissing?: boolean;
}

const arrayTypes: Readonly<Record<string, ColumnType>> = {
  Float64Array: "double",
  Float32Array: "float",
  Int8Array: "int8",
  Int16Array: "int16",
  Int32Array: "int32",
  BigInt64Array: "int64",
  Uint8Array: "uint8",
  Uint8ClampedArray: "uint8",
  Uint16Array: "uint16",
  Uint32Array: "uint32",
  BigUint64Array: "uint64",
};

/** The type of a typed array's numbers; null for any other value. */
export function arrayType(values: unknown): ColumnType | null {
  return arrayTypes[arrayKind(values) ?? ""] ?? null;
}

/**
 * A column with its type found and its values checked: numbers, BigInts of 64 bits, booleans, text and dates, or missing (null, undefined).
 *
 * @throws {DataValueError} another kind of value, or two kinds in one column; names column and row, rows counted from 0
 */
export function typedColumn(raw: RawColumn): Column {
  const { name, values } = raw;
  const type = arrayType(values);
  if (type !== null) return { name, type, values: values as ArrayLike<number | bigint> };
  const cells: Cell[] = new Array(values.length);
  let found: ColumnType = "null";
  let foundRow = 0;
  const missing = raw.nanIsMissing === true && !holdsNumbers(values) ? Number.NaN : null;
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null || value === undefined || Object.is(value, missing)) {
      cells[row] = null;
      continue;
    }
    const kind = kindOf(value);
    if (kind !== found) {
      if (kind === null || found !== "null") throw fault(raw, row, { found, foundRow });
      found = kind;
      foundRow = row;
    }
    cells[row] = cellOf(raw, row);
  }
  return { name, type: found, values: cells };
}

function holdsNumbers(values: ArrayLike<unknown>): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (typeof value === "number" && !Number.isNaN(value)) return true;
    if (value !== null && value !== undefined && typeof value !== "number") return false;
  }
  return true;
}

function kindOf(value: unknown): ColumnType | null {
  switch (typeof value) {
    case "number":
      return "double";
    case "bigint":
      return "int64";
    case "boolean":
      return "boolean";
    case "string":
      return "string";
    default:
      return isDate(value) ? "timestamp" : null;
  }
}

/** A value of a kind that a column can hold, as it is kept. */
function cellOf({ name, values }: RawColumn, row: number): Cell {
  const value = values[row] as number | bigint | boolean | string | Date;
  const place = `Row ${row} of column ${JSON.stringify(name)}`;
  if (typeof value === "bigint" && BigInt.asIntN(64, value) !== value) {
    throw new DataValueError(`${place} is ${shown(value)}, more than 64 bits hold; keep it as text.`);
  }
  if (typeof value === "string" && !value.isWellFormed()) {
    throw new DataValueError(
      `${place} is ${shown(value)}, which is half of a character and no UTF-8; mend it with text.toWellFormed().`,
    );
  }
  if (!isDate(value)) return value;
  const timeMs = value.getTime();
  if (Number.isNaN(timeMs)) throw new DataValueError(`${place} is an invalid Date; give null where there is no date.`);
  return timeMs;
}

interface Found {
  readonly found: ColumnType;
  readonly foundRow: number;
}

function fault({ name, values }: RawColumn, row: number, { found, foundRow }: Found): DataValueError {
  const value = values[row];
  const place = `Row ${row} of column ${JSON.stringify(name)} is ${shown(value)}`;
  if (kindOf(value) !== null) {
    return new DataValueError(
      `${place}, but row ${foundRow} is ${shown(values[foundRow])} (${found}); a column holds one type, so convert one of them.`,
    );
  }
  return new DataValueError(
    `${place}; a column holds numbers, BigInts, booleans, text, dates or null. Spread it over columns, or keep it as text with JSON.stringify().`,
  );
}
