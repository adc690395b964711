import type { SchemaType } from "../../frame/index.ts";
import type { WantedColumn } from "./data-set.ts";

/** A column to look at; its values only where they are at hand. */
export interface CheckedColumn {
  readonly name: string;
  readonly type: SchemaType;
  readonly values?: ArrayLike<unknown>;
}

const numbers = new Set<SchemaType>(
  "double float int8 int16 int32 int64 uint8 uint16 uint32 uint64 decimal".split(" ") as SchemaType[],
);

/** How a table differs from what a catalog wants, a sentence each; none when it does not. Columns besides are welcome. */
export function schemaFaults(wanted: readonly WantedColumn[], columns: readonly CheckedColumn[]): readonly string[] {
  const there = new Map(columns.map((column) => [column.name, column]));
  return wanted.flatMap((column): readonly string[] => {
    const own = there.get(column.name);
    const name = `column ${JSON.stringify(column.name)}`;
    if (own === undefined) return [`${name} is missing`];
    if (own.type === "null")
      return column.optional || (own.values?.length ?? 1) === 0 ? [] : [`all values of ${name} are missing`];
    if (!fits(column.type, own)) return [`${name} is ${own.type}, and ${column.type} is wanted`];
    const gap = column.optional || own.values === undefined ? -1 : firstGap(own.values);
    return gap === -1 ? [] : [`row ${gap} of ${name} is missing; "${column.type}?" would allow that`];
  });
}

function fits(wanted: WantedColumn["type"], { type, values }: CheckedColumn): boolean {
  if (wanted === type || wanted === "mixed") return true;
  if (wanted === "date" || wanted === "timestamp") return type === "date" || type === "timestamp";
  if (wanted === "number" || wanted === "double" || wanted === "float" || wanted === "decimal")
    return numbers.has(type);
  // CSV and JSON know no integers: their values tell.
  return (
    /^u?int/.test(wanted) && numbers.has(type) && (values === undefined || allWhole(values, wanted.startsWith("u")))
  );
}

function allWhole(values: ArrayLike<unknown>, positive: boolean): boolean {
  for (let row = 0; row < values.length; row++) {
    const value = values[row] ?? null;
    if (value === null || typeof value === "bigint") continue;
    if (!Number.isInteger(value) || (positive && (value as number) < 0)) return false;
  }
  return true;
}

function firstGap(values: ArrayLike<unknown>): number {
  for (let row = 0; row < values.length; row++) if ((values[row] ?? null) === null) return row;
  return -1;
}
