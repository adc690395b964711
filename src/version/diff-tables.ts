import { type DataRow, type DataTable, type SchemaColumn, tableRows } from "../frame/index.ts";

/** One cell that differs. */
export interface CellChange {
  /** The row's key, or its number in the older table, counted from 0. */
  readonly row: string;
  readonly column: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** How two versions of a table differ. */
export interface TableChanges {
  readonly kind: "table";
  /** What rows are matched by: columns, or null for their places between what begins and ends equal. */
  readonly key: readonly string[] | null;
  readonly rows: { readonly before: number; readonly after: number };
  readonly columnsAdded: readonly SchemaColumn[];
  readonly columnsRemoved: readonly SchemaColumn[];
  readonly columnsRetyped: readonly { readonly name: string; readonly before: string; readonly after: string }[];
  /** How many; the lists below hold the first of them. */
  readonly added: number;
  readonly removed: number;
  readonly changed: number;
  readonly addedRows: readonly DataRow[];
  readonly removedRows: readonly DataRow[];
  readonly changedCells: readonly CellChange[];
}

/** Rows and cells that are listed of each kind. */
const listed = 100;

/** @throws {RangeError} a key that a table lacks, or that names two rows */
export function diffTables(before: DataTable, after: DataTable, key: readonly string[] | null): TableChanges {
  const columns = columnChanges(before, after);
  const both = before.columns.map(({ name }) => name).filter((name) => after.columns.some((one) => one.name === name));
  const sides = { before: comparable(before, both), after: comparable(after, both) };
  const pairs = key === null ? byPlace(sides, before.rows, after.rows) : byKey(before, after, key);
  return {
    kind: "table",
    key,
    rows: { before: before.rows, after: after.rows },
    ...columns,
    ...rowChanges({ before, after, both }, sides, pairs),
  };
}

function columnChanges(
  before: DataTable,
  after: DataTable,
): Pick<TableChanges, "columnsAdded" | "columnsRemoved" | "columnsRetyped"> {
  const named = (table: DataTable): ReadonlyMap<string, SchemaColumn> =>
    new Map(table.columns.map(({ name, type }) => [name, { name, type }]));
  const [old, next] = [named(before), named(after)];
  return {
    columnsAdded: [...next.values()].filter(({ name }) => !old.has(name)),
    columnsRemoved: [...old.values()].filter(({ name }) => !next.has(name)),
    columnsRetyped: [...old.values()].flatMap(({ name, type }) => {
      const now = next.get(name)?.type ?? type;
      return now === type ? [] : [{ name, before: type, after: now }];
    }),
  };
}

/** Columns to compare, row by row. */
interface Comparable {
  readonly names: readonly string[];
  readonly values: readonly ArrayLike<unknown>[];
}

function comparable(table: DataTable, names: readonly string[]): Comparable {
  return { names, values: names.map((name) => table.columns.find((column) => column.name === name)?.values ?? []) };
}

interface Sides {
  readonly before: Comparable;
  readonly after: Comparable;
}

function equalRows({ before, after }: Sides, i: number, j: number): boolean {
  for (let column = 0; column < before.names.length; column++) {
    if (!sameValue(before.values[column]?.[i], after.values[column]?.[j])) return false;
  }
  return true;
}

/** Whether two values of tables are the same: dates by their time, numbers and BigInts by their value, lists and objects by what they hold. */
export function sameValue(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (a == null || b == null) return a == null && b == null;
  if (typeof a !== "object" && typeof b !== "object") {
    // An integer may come as either.
    if (typeof a === "bigint" && typeof b === "number") return Number.isInteger(b) && BigInt(b) === a;
    return typeof a === "number" && typeof b === "bigint" && Number.isInteger(a) && BigInt(a) === b;
  }
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return typeof a === "object" && typeof b === "object" && plain(a) === plain(b);
}

function plain(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? `${part}` : part));
}

/** Which row stands for which: null where there is none. */
interface Pairs {
  readonly pairs: readonly (readonly [before: number, after: number])[];
  readonly added: readonly number[];
  readonly removed: readonly number[];
  readonly nameOf: (before: number) => string;
}

/** Equal rows at the start and the end are matched; what is between them by its place there. */
function byPlace(sides: Sides, before: number, after: number): Pairs {
  let head = 0;
  while (head < before && head < after && equalRows(sides, head, head)) head += 1;
  let tail = 0;
  while (tail < Math.min(before, after) - head && equalRows(sides, before - 1 - tail, after - 1 - tail)) tail += 1;
  const middle = Math.min(before, after) - head - tail;
  const range = (start: number, end: number): readonly number[] =>
    Array.from({ length: Math.max(0, end - start) }, (_, i) => start + i);
  return {
    pairs: range(head, head + middle).map((row) => [row, row] as const),
    added: range(head + middle, after - tail),
    removed: range(head + middle, before - tail),
    nameOf: String,
  };
}

function byKey(before: DataTable, after: DataTable, key: readonly string[]): Pairs {
  const old = keysOf(before, key, "older");
  const next = keysOf(after, key, "newer");
  const pairs: (readonly [number, number])[] = [];
  const removed: number[] = [];
  const names: string[] = [];
  for (const [name, row] of old) {
    names[row] = name;
    const now = next.get(name);
    if (now === undefined) removed.push(row);
    else pairs.push([row, now]);
  }
  const added = [...next].filter(([name]) => !old.has(name)).map(([, row]) => row);
  return { pairs, added, removed, nameOf: (row) => names[row] ?? String(row) };
}

function keysOf(table: DataTable, key: readonly string[], which: string): ReadonlyMap<string, number> {
  const columns = key.map((name) => {
    const column = table.columns.find((one) => one.name === name);
    if (column === undefined)
      throw new RangeError(`The ${which} version has no column ${JSON.stringify(name)} to match rows by.`);
    return column.values;
  });
  const rows = new Map<string, number>();
  for (let row = 0; row < table.rows; row++) {
    const name = columns.map((values) => keyText(values[row])).join(" · ");
    const other = rows.get(name);
    if (other !== undefined) {
      throw new RangeError(
        `Rows ${other} and ${row} of the ${which} version have the same ${key.join(", ")}: ${name}; add a column to the key.`,
      );
    }
    rows.set(name, row);
  }
  return rows;
}

function keyText(value: unknown): string {
  return value instanceof Date ? value.toISOString() : String(value);
}

interface Tables {
  readonly before: DataTable;
  readonly after: DataTable;
  readonly both: readonly string[];
}

function rowChanges(
  { before, after, both }: Tables,
  sides: Sides,
  { pairs, added, removed, nameOf }: Pairs,
): Pick<TableChanges, "added" | "removed" | "changed" | "addedRows" | "removedRows" | "changedCells"> {
  let changed = 0;
  const cells: CellChange[] = [];
  for (const [i, j] of pairs) {
    if (equalRows(sides, i, j)) continue;
    changed += 1;
    for (let column = 0; column < both.length && cells.length < listed; column++) {
      const [was, is] = [sides.before.values[column]?.[i] ?? null, sides.after.values[column]?.[j] ?? null];
      if (!sameValue(was, is)) cells.push({ row: nameOf(i), column: both[column] ?? "", before: was, after: is });
    }
  }
  const some = (table: DataTable, rows: readonly number[]): readonly DataRow[] =>
    rows.slice(0, listed).flatMap((row) => tableRows(table, row, row + 1));
  return {
    added: added.length,
    removed: removed.length,
    changed,
    addedRows: some(after, added),
    removedRows: some(before, removed),
    changedCells: cells,
  };
}
