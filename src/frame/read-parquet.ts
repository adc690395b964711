import type { AsyncBuffer, FileMetaData, SchemaTree } from "hyparquet";
import type { ByteSource } from "./byte-source.ts";
import { type DataTable, type ReadColumn, relaxed, type SchemaColumn, type SchemaType } from "./data-table.ts";
import { columnsFault, footerFault } from "./parquet-limits.ts";
import { pageFault } from "./parquet-pages.ts";
import type { ReadWork } from "./read-options.ts";
import { TableFileError } from "./table-file-error.ts";

/** What a Parquet file's footer says. */
export interface ParquetFacts {
  readonly rows: number;
  readonly columns: readonly SchemaColumn[];
}

interface Opened {
  readonly file: AsyncBuffer;
  readonly metadata: FileMetaData;
  readonly columns: readonly SchemaColumn[];
}

/** The rows and columns of a Parquet file, from its footer. @throws {TableFileError} it is none */
export async function parquetFacts(source: ByteSource, path: string): Promise<ParquetFacts> {
  const { metadata, columns } = await opened(source, path);
  return { rows: Number(metadata.num_rows), columns };
}

/**
 * A Parquet file as a table; of `rowEnd` rows where that is given. Every compression that Parquet has is read.
 *
 * @throws {TableFileError} it is none, or damaged
 */
export async function readParquet(source: ByteSource, work: ReadWork, rowEnd?: number): Promise<DataTable> {
  const at = await opened(source, work.path);
  const wanted = chosenColumns(at.columns, work);
  const total = Number(at.metadata.num_rows);
  const rows = Math.min(rowEnd ?? total, total);
  const values = new Map<string, unknown[]>(wanted.map(({ name }) => [name, [] as unknown[]]));
  await readInto(at, { values, rows }, work);
  // A footer that promises more than there is would otherwise become a table of nothing.
  for (const [name, filled] of values) {
    if (filled.length !== rows)
      throw damaged(work.path, new Error(`${filled.length} of ${rows} values of "${name}" are there`));
  }
  // Stemma writes BigInts as 64-bit integers and nothing else: they come back as what they were.
  const exact = work.options.bigints === true || at.metadata.created_by === "stemma";
  return { rows, columns: wanted.map((column) => finished(column, values.get(column.name) ?? [], exact)) };
}

interface Filling {
  readonly values: ReadonlyMap<string, unknown[]>;
  readonly rows: number;
}

async function readInto({ file, metadata }: Opened, { values, rows }: Filling, work: ReadWork): Promise<void> {
  const [{ parquetRead }, { compressors }] = await Promise.all([import("hyparquet"), import("hyparquet-compressors")]);
  if (values.size === 0 || rows === 0) return;
  let first = 0;
  for (const group of metadata.row_groups) {
    work.signal?.throwIfAborted();
    const end = Math.min(first + Number(group.num_rows), rows);
    if (end <= first) break;
    const onChunk = ({ columnName, columnData, rowStart }: Chunk): void => {
      const into = values.get(columnName);
      const count = Math.min(columnData.length, rows - rowStart);
      for (let i = 0; into !== undefined && i < count; i++) into[rowStart + i] = columnData[i] ?? null;
    };
    const columns = [...values.keys()];
    await parquetRead({
      file: checked(file, group),
      metadata,
      compressors,
      columns,
      rowStart: first,
      rowEnd: end,
      utf8: false,
      onChunk,
    }).catch((cause: unknown) => {
      throw damaged(work.path, cause);
    });
    first = end;
  }
}

/** A file whose page headers are looked at before the reader sees them. */
function checked(file: AsyncBuffer, group: FileMetaData["row_groups"][number]): AsyncBuffer {
  return {
    byteLength: file.byteLength,
    slice: async (start, end) => {
      const part = await file.slice(start, end);
      const fault = pageFault(group, { start, bytes: new Uint8Array(part) });
      if (fault !== null) throw new Error(fault);
      return part;
    },
  };
}

interface Chunk {
  readonly columnName: string;
  readonly columnData: ArrayLike<unknown>;
  readonly rowStart: number;
}

async function opened(source: ByteSource, path: string): Promise<Opened> {
  const file: AsyncBuffer = {
    byteLength: source.bytes,
    slice: async (start, end = source.bytes) => {
      const from = start < 0 ? source.bytes + start : start;
      const bytes = await source.read(from, end);
      const { buffer, byteOffset, byteLength } = bytes;
      return buffer.slice(byteOffset, byteOffset + byteLength) as ArrayBuffer;
    },
  };
  const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
  try {
    const metadata = await parquetMetadataAsync(file);
    const schema = parquetSchema(metadata);
    const fault = footerFault(metadata, source.bytes) ?? columnsFault(metadata, schema);
    if (fault !== null) throw new Error(fault);
    const columns = schema.children.map((tree) => ({ name: tree.element.name, type: typeOf(tree) }));
    return { file, metadata, columns };
  } catch (cause) {
    throw damaged(path, cause);
  }
}

function damaged(path: string, cause: unknown): TableFileError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new TableFileError(
    `${path} cannot be read as Parquet: ${reason}. Write it anew, or check out another version.`,
    {
      cause,
    },
  );
}

function chosenColumns(all: readonly SchemaColumn[], { options, path }: ReadWork): readonly SchemaColumn[] {
  const { columns } = options;
  if (columns === undefined) return all;
  return columns.map((name) => {
    const found = all.find((column) => column.name === name);
    if (found === undefined) throw unknownColumn(path, name, all);
    return found;
  });
}

/** The sentence for a column that was asked for and is not there. */
export function unknownColumn(path: string, name: string, all: readonly { readonly name: string }[]): TableFileError {
  const there = all.slice(0, 20).map((column) => JSON.stringify(column.name));
  const more = all.length > 20 ? `, and ${all.length - 20} more` : "";
  return new TableFileError(`${path} has no column ${JSON.stringify(name)}; it has ${there.join(", ")}${more}.`);
}

function finished(column: SchemaColumn, values: readonly unknown[], exact: boolean): ReadColumn {
  return { ...column, values: exact ? values : relaxed(column.type, values) };
}

const logicalTypes: Readonly<Record<string, SchemaType>> = {
  STRING: "string",
  ENUM: "string",
  UUID: "string",
  JSON: "struct",
  BSON: "binary",
  DECIMAL: "decimal",
  DATE: "date",
  TIME: "time",
  TIMESTAMP: "timestamp",
  LIST: "list",
  MAP: "struct",
  NULL: "null",
  FLOAT16: "float",
  VARIANT: "struct",
};

const convertedTypes: Readonly<Record<string, SchemaType>> = {
  UTF8: "string",
  ENUM: "string",
  MAP: "struct",
  MAP_KEY_VALUE: "struct",
  LIST: "list",
  DECIMAL: "decimal",
  DATE: "date",
  TIME_MILLIS: "time",
  TIME_MICROS: "time",
  TIMESTAMP_MILLIS: "timestamp",
  TIMESTAMP_MICROS: "timestamp",
  UINT_8: "uint8",
  UINT_16: "uint16",
  UINT_32: "uint32",
  UINT_64: "uint64",
  INT_8: "int8",
  INT_16: "int16",
  INT_32: "int32",
  INT_64: "int64",
  JSON: "struct",
  BSON: "binary",
};

const physicalTypes: Readonly<Record<string, SchemaType>> = {
  BOOLEAN: "boolean",
  INT32: "int32",
  INT64: "int64",
  INT96: "timestamp",
  FLOAT: "float",
  DOUBLE: "double",
};

function typeOf({ element, children }: SchemaTree): SchemaType {
  const { type, logical_type: logical, converted_type: converted } = element;
  if (logical?.type === "INTEGER") {
    return `${logical.isSigned ? "" : "u"}int${logical.bitWidth}` as SchemaType;
  }
  const named = logicalTypes[logical?.type ?? ""] ?? convertedTypes[converted ?? ""];
  if (named !== undefined) return named;
  if (element.repetition_type === "REPEATED") return "list";
  return children.length > 0 ? "struct" : (physicalTypes[type ?? ""] ?? "binary");
}
