import { setImmediate } from "node:timers/promises";
import type { Cell, Column, ColumnType, Frame } from "./frame.ts";

/** One row group; part of the bytes, so it is never changed lightly. Between two of them the event loop runs. */
const groupRows = 100_000;

interface Element {
  readonly type: "DOUBLE" | "FLOAT" | "INT32" | "INT64" | "BOOLEAN" | "BYTE_ARRAY";
  readonly converted_type?: "INT_8" | "INT_16" | "UINT_8" | "UINT_16" | "UINT_32" | "UINT_64" | "UTF8";
  readonly logical_type?:
    | { readonly type: "STRING" | "NULL" }
    | { readonly type: "TIMESTAMP"; readonly isAdjustedToUTC: true; readonly unit: "MILLIS" };
}

/** apache/parquet-format, LogicalTypes.md. A Date is an instant, so its column is adjusted to UTC. */
const elements: Readonly<Record<ColumnType, Element>> = {
  double: { type: "DOUBLE" },
  float: { type: "FLOAT" },
  int8: { type: "INT32", converted_type: "INT_8" },
  int16: { type: "INT32", converted_type: "INT_16" },
  int32: { type: "INT32" },
  int64: { type: "INT64" },
  uint8: { type: "INT32", converted_type: "UINT_8" },
  uint16: { type: "INT32", converted_type: "UINT_16" },
  uint32: { type: "INT32", converted_type: "UINT_32" },
  uint64: { type: "INT64", converted_type: "UINT_64" },
  boolean: { type: "BOOLEAN" },
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
  timestamp: { type: "INT64", logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MILLIS" } },
  null: { type: "INT32", logical_type: { type: "NULL" } },
};

/**
 * A frame as a Parquet file: Snappy, row groups of 100,000 rows, every column nullable, so that the schema does not
 * depend on whether a value happens to be missing. The same frame gives the same bytes.
 */
export async function parquetBytes(frame: Frame, signal: AbortSignal | null = null): Promise<Uint8Array> {
  // Loaded when it is needed: most cells write no Parquet.
  const { ByteWriter, parquetWrite } = await import("hyparquet-writer");
  const flush = async (): Promise<void> => {
    await setImmediate();
    signal?.throwIfAborted();
  };
  const writer = Object.assign(new ByteWriter(), { flush });
  const columns = frame.columns.map(({ name, type }) => ({
    name,
    repetition_type: "OPTIONAL" as const,
    ...elements[type],
  }));
  await parquetWrite({
    writer,
    schema: [{ name: "schema", num_children: columns.length }, ...columns],
    columnData: frame.columns.map((column) => ({ name: column.name, data: physical(column), ...encodingOf(column) })),
    codec: "SNAPPY",
    rowGroupSize: groupRows,
    createdBy: "stemma",
  });
  return new Uint8Array(writer.getBuffer());
}

type Physical = Cell[] | Float64Array | Float32Array | Int32Array | Uint32Array | BigInt64Array | BigUint64Array;

function physical({ type, values }: Column): Physical {
  if (type === "timestamp") return Array.from(values, (timeMs) => (timeMs === null ? null : BigInt(timeMs)));
  if (Array.isArray(values)) return values;
  // The writer knows typed arrays of some classes only, and this realm's.
  return type === "double" ? Float64Array.from(values as ArrayLike<number>) : Array.from(values);
}

/** The writer's dictionary holds 0 and -0 as one value. */
function encodingOf({ type, values }: Column): { readonly encoding?: "PLAIN" } {
  if (type !== "double" && type !== "float") return {};
  for (let row = 0; row < values.length; row++) if (Object.is(values[row], -0)) return { encoding: "PLAIN" };
  return {};
}
