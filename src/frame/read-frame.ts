import type { Frame } from "./frame.ts";
import { isRecord, shown } from "./kind.ts";
import { arrayType, type RawColumn, typedColumn } from "./typed-column.ts";
import { DataValueError } from "./value-error.ts";

/**
 * The frame that a table of a data frame library holds, recognised by its shape: arquero's tables, with their filter and order
 * carried out, and danfo's frames. null for any other value.
 *
 * @throws {DataValueError} a column holds what no file can
 */
export function readTable(value: unknown): Frame | null {
  if (typeof value !== "object" || value === null) return null;
  if (isArqueroTable(value)) return frameOf(arqueroColumns(value));
  if (isDanfoFrame(value)) return frameOf(danfoColumns(value));
  return null;
}

/**
 * The frame that an array of plain objects makes, columns in the order of the first row.
 *
 * @throws {DataValueError} no row; a row that is no plain object, or whose keys are not those of the first
 */
export function readRows(rows: readonly unknown[]): Frame {
  const first = rows[0];
  if (rows.length === 0) {
    throw new DataValueError(
      "An empty array has no columns; give a table that knows its columns, such as arquero's table({ day: [], cases: [] }).",
    );
  }
  const names = isRecord(first) ? Object.keys(first) : [];
  // By index: a hole in the array is a missing row.
  for (let row = 0; row < rows.length; row++) checkRow(rows[row], row, names);
  const records = rows as readonly Readonly<Record<string, unknown>>[];
  return frameOf(names.map((name) => ({ name, values: records.map((record) => record[name]) })));
}

function checkRow(record: unknown, row: number, names: readonly string[]): void {
  if (!isRecord(record)) {
    throw new DataValueError(
      `Row ${row} is ${shown(record)}; a table is an array of plain objects with the same keys. Other values fit a path that ends in .json.`,
    );
  }
  const absent = names.find((name) => !Object.hasOwn(record, name));
  if (absent !== undefined) {
    throw new DataValueError(
      `Row ${row} has no ${JSON.stringify(absent)}, which row 0 has; give it null where it is missing.`,
    );
  }
  if (Object.keys(record).length === names.length) return;
  const extra = Object.keys(record).find((key) => !names.includes(key));
  throw new DataValueError(
    `Row ${row} has ${JSON.stringify(extra)}, which row 0 has not; give every row the same keys, null where it is missing.`,
  );
}

function frameOf(columns: readonly RawColumn[]): Frame {
  const names = new Set<string>();
  for (const { name } of columns) {
    if (!name.isWellFormed())
      throw new DataValueError(`The column name ${JSON.stringify(name)} is no UTF-8; rename it.`);
    if (names.has(name)) throw new DataValueError(`The column ${JSON.stringify(name)} is there twice; rename one.`);
    names.add(name);
  }
  const rows = columns[0]?.values.length;
  if (rows === undefined) throw new DataValueError("The table has no columns, so there is nothing to keep; add one.");
  const other = columns.find(({ values }) => values.length !== rows);
  if (other !== undefined) {
    throw new DataValueError(
      `Column ${JSON.stringify(other.name)} has ${other.values.length} rows, but ${JSON.stringify(columns[0]?.name)} has ${rows}; make them as long.`,
    );
  }
  return { rows, columns: columns.map(typedColumn) };
}

interface ArqueroTable {
  columnNames(): readonly string[];
  column(name: string): unknown;
  array(name: string): ArrayLike<unknown>;
  array(name: string, kind: new (length: number) => ArrayLike<unknown>): ArrayLike<unknown>;
  isFiltered(): boolean;
  isOrdered(): boolean;
}

function isArqueroTable(value: object): value is ArqueroTable {
  return hasMethods(value, ["columnNames", "column", "array", "isFiltered", "isOrdered"]);
}

function hasMethods(value: object, names: readonly string[]): boolean {
  return names.every((name) => typeof (value as Readonly<Record<string, unknown>>)[name] === "function");
}

function arqueroColumns(table: ArqueroTable): readonly RawColumn[] {
  const whole = !table.isFiltered() && !table.isOrdered();
  return table.columnNames().map((name) => {
    const column = table.column(name);
    if (arrayType(column) === null) return { name, values: table.array(name) };
    const numbers = column as ArrayLike<unknown>;
    // A filter must not change the type: the rows that are left come in an array of the column's own class.
    return { name, values: whole ? numbers : table.array(name, numbers.constructor as new () => ArrayLike<unknown>) };
  });
}

interface DanfoFrame {
  readonly columns: readonly unknown[];
  readonly dtypes: readonly unknown[];
  readonly index: readonly unknown[];
  readonly shape: readonly unknown[];
  readonly $isSeries: boolean;
  readonly getColumnData: readonly ArrayLike<unknown>[];
}

function isDanfoFrame(value: object): value is DanfoFrame {
  const { $isSeries, columns, dtypes, index } = value as Readonly<Record<string, unknown>>;
  return $isSeries === false && [columns, dtypes, index].every(Array.isArray);
}

// danfo's dtypes are guesses from the first 20 rows, and its "float32" and "int32" columns hold doubles: the values count.
function danfoColumns(frame: DanfoFrame): readonly RawColumn[] {
  const label = frame.index.find((entry) => typeof entry !== "number");
  if (label !== undefined) {
    throw new DataValueError(
      `The frame's index holds labels (${shown(label)}), and a file keeps columns only; make it one with frame.addColumn("label", frame.index), then frame.resetIndex().`,
    );
  }
  const data = frame.shape[0] === 0 ? [] : frame.getColumnData;
  return frame.columns.map((name, i) => ({ name: String(name), values: data[i] ?? [], nanIsMissing: true }));
}
