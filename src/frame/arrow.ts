import { createRequire } from "node:module";
import type { DataType } from "@uwdata/flechette";
import type { Column, ColumnType, Frame } from "./frame.ts";

type Flechette = typeof import("@uwdata/flechette");

/** What Stemma's own Arrow files say: their 64-bit integers were BigInts. */
export const arrowWriter: readonly [string, string] = ["writer", "stemma"];

/** A frame as an Arrow file (the IPC file format, Feather 2), not compressed, one batch. The same frame gives the same bytes. */
export function arrowBytes(frame: Frame): Uint8Array {
  const flechette = loadFlechette();
  const columns = frame.columns.map((column) => {
    const type = arrowType(flechette, column.type);
    return [column.name, flechette.columnFromArray(plainValues(column), type)] as [
      string,
      ReturnType<typeof flechette.columnFromArray>,
    ];
  });
  const table = flechette.tableFromColumns(columns);
  const schema = { ...table.schema, metadata: new Map([arrowWriter]) };
  const bytes = flechette.tableToIPC(Object.assign(Object.create(Object.getPrototypeOf(table)), table, { schema }), {
    format: "file",
  });
  // The writer answers null where it was given a sink to write to, and only there.
  return bytes as Uint8Array;
}

/** Loaded when it is needed: most cells write no Arrow; and at once: a flow keeps the tables that it is given while it is defined. */
export function loadFlechette(): Flechette {
  return createRequire(import.meta.url)("@uwdata/flechette") as Flechette;
}

type Values = Parameters<Flechette["columnFromArray"]>[0];

// Views of another realm are no typed arrays to the library, and of typed arrays it looks for no missing values.
function plainValues({ values }: Column): Values {
  return Array.isArray(values) ? values : Array.from(values);
}

function arrowType(arrow: Flechette, type: ColumnType): DataType {
  switch (type) {
    case "double":
      return arrow.float64();
    case "float":
      return arrow.float32();
    case "boolean":
      return arrow.bool();
    case "string":
      return arrow.utf8();
    case "timestamp":
      return arrow.timestamp(arrow.TimeUnit.MILLISECOND, "UTC");
    case "null":
      return arrow.nullType();
    default:
      return arrow[type]();
  }
}
