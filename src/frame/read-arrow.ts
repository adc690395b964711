import type { DataType, Table } from "@uwdata/flechette";
import { arrowWriter } from "./arrow.ts";
import { allBytes, type ByteSource } from "./byte-source.ts";
import { type DataTable, type ReadColumn, relaxed, type SchemaType } from "./data-table.ts";
import { lz4Frame } from "./lz4-frame.ts";
import type { ReadWork } from "./read-options.ts";
import { unknownColumn } from "./read-parquet.ts";
import { TableFileError } from "./table-file-error.ts";

type Flechette = typeof import("@uwdata/flechette");

/** An Arrow file, a Feather file or an Arrow stream as a table, compressed or not. @throws {TableFileError} */
export async function readArrow(source: ByteSource, work: ReadWork): Promise<DataTable> {
  const arrow = await flechette();
  const bytes = await allBytes(source);
  try {
    const table = arrow.tableFromIPC(bytes, { useBigInt: true, useDate: true });
    return tableOf({ arrow, table, bytes: bytes.length }, work);
  } catch (cause) {
    if (cause instanceof TableFileError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new TableFileError(
      `${work.path} cannot be read as Arrow: ${reason}. Feather of version 1 is not read; write version 2.`,
      { cause },
    );
  }
}

/** The most rows that a byte can stand for: bits, compressed as well as LZ4 can. */
const rowsPerByte = 2048;

interface ArrowFile {
  readonly arrow: Flechette;
  readonly table: Table;
  readonly bytes: number;
}

function tableOf({ arrow, table, bytes }: ArrowFile, { path, options }: ReadWork): DataTable {
  // A damaged length would be counted through, row by row.
  if (table.numRows > 65_536 + bytes * rowsPerByte) {
    throw new TableFileError(`${path} says that it has ${table.numRows} rows in ${bytes} bytes; it is damaged.`);
  }
  const names = table.names.map(String);
  const exact = options.bigints === true || table.schema.metadata?.get(arrowWriter[0]) === arrowWriter[1];
  const columns = (options.columns ?? names).map((name): ReadColumn => {
    const column = table.children[names.indexOf(name)];
    const all = names.map((one) => ({ name: one }));
    if (column === undefined) throw unknownColumn(path, name, all);
    const type = typeOf(arrow, column.type);
    const values: ArrayLike<unknown> = column.toArray();
    return { name, type, values: exact ? values : relaxed(type, values) };
  });
  return { rows: table.numRows, columns };
}

async function flechette(): Promise<Flechette> {
  const [arrow, { decompressZstd }] = await Promise.all([import("@uwdata/flechette"), import("hyparquet-compressors")]);
  const { CompressionType, getCompressionCodec, setCompressionCodec } = arrow;
  const encode = (): never => {
    throw new TableFileError("Arrow files are written without compression.");
  };
  if (getCompressionCodec(CompressionType.LZ4_FRAME) === null)
    setCompressionCodec(CompressionType.LZ4_FRAME, { decode: lz4Frame, encode });
  if (getCompressionCodec(CompressionType.ZSTD) === null) {
    setCompressionCodec(CompressionType.ZSTD, {
      // A copy: views of 64-bit numbers begin at a multiple of 8.
      decode: (bytes) => new Uint8Array(decompressZstd(bytes)),
      encode,
    });
  }
  return arrow;
}

function typeOf(arrow: Flechette, type: DataType): SchemaType {
  const { Type, Precision } = arrow;
  switch (type.typeId) {
    case Type.Dictionary:
      return typeOf(arrow, type.dictionary);
    case Type.Int:
      return `${type.signed ? "" : "u"}int${type.bitWidth}` as SchemaType;
    case Type.Float:
      return type.precision === Precision.DOUBLE ? "double" : "float";
    case Type.Bool:
      return "boolean";
    case Type.Null:
      return "null";
    case Type.Utf8:
    case Type.LargeUtf8:
    case Type.Utf8View:
      return "string";
    case Type.Decimal:
      return "decimal";
    case Type.Date:
      return "date";
    case Type.Time:
    case Type.Duration:
    case Type.Interval:
      return "time";
    case Type.Timestamp:
      return "timestamp";
    case Type.List:
    case Type.LargeList:
    case Type.FixedSizeList:
    case Type.ListView:
    case Type.LargeListView:
      return "list";
    case Type.Struct:
    case Type.Map:
    case Type.Union:
      return "struct";
    default:
      return "binary";
  }
}
