import { extname } from "node:path";
import { arrowBytes } from "./arrow.ts";
import { csvBytes } from "./csv.ts";
import type { Frame, FrameColumn } from "./frame.ts";
import { jsonBytes, jsonLineBytes, jsonRows } from "./json.ts";
import { arrayKind, shown } from "./kind.ts";
import { isNpy, npyBytes } from "./npy.ts";
import { parquetBytes } from "./parquet.ts";
import { readRows, readTable } from "./read-frame.ts";
import { DataValueError } from "./value-error.ts";

/** The bytes of a file, and what is in it where that is a table. */
export interface EncodedData {
  readonly bytes: Uint8Array;
  readonly table: TableFacts | null;
  /** The table itself, for a digest of what it holds. */
  readonly frame: Frame | null;
}

/** How large a table is, and its columns. */
export interface TableFacts {
  readonly rows: number;
  readonly columns: readonly FrameColumn[];
}

/**
 * A value as the file that the path's ending asks for. The same value gives the same bytes.
 *
 * Tables (arquero, danfo, arrays of plain objects): `.parquet`, also without an ending, `.csv`, `.tsv`, `.json`, `.jsonl`, `.arrow`. Typed arrays: `.npy`. Plain
 * JSON and Vega-Lite charts: `.json`. Text and bytes (`Buffer`, `Uint8Array`, `ArrayBuffer`) are the file as they are.
 *
 * @throws {DataValueError} the value does not fit the ending, or would not come back as it is
 */
export async function encodeData(
  path: string,
  value: unknown,
  signal: AbortSignal | null = null,
): Promise<EncodedData> {
  checkValue(path, value);
  const ending = extname(path).toLowerCase();
  const bytes = rawBytes(path, ending, value);
  if (bytes !== null) return { bytes, table: null, frame: null };
  const table = readTable(value) ?? (Array.isArray(value) && ending !== ".json" ? rowsFor(path, ending, value) : null);
  if (table !== null) return encodeTable(path, table, signal);
  if (ending === ".json") return { bytes: jsonBytes(value), table: null, frame: null };
  throw unfit(path, ending, value);
}

function checkValue(path: string, value: unknown): void {
  const name = JSON.stringify(path);
  if (value === undefined) {
    throw new DataValueError(
      `The value for ${name} is undefined; give the value, or leave it out to version the file that is there.`,
    );
  }
  if (typeof value === "object" && value !== null && "then" in value && typeof value.then === "function") {
    throw new DataValueError(`The value for ${name} is a promise; await it first: version(${name}, await value).`);
  }
}

const binaryEndings: ReadonlySet<string> = new Set([".parquet", ".npy", ".arrow", ".feather"]);

/** Endings of tables; one without an ending is Parquet. */
const tableEndings: ReadonlySet<string> = new Set([
  "",
  ".parquet",
  ".csv",
  ".tsv",
  ".jsonl",
  ".ndjson",
  ".arrow",
  ".feather",
]);

/** Text, bytes and typed arrays; null for a value that is none of these. */
function rawBytes(path: string, ending: string, value: unknown): Uint8Array | null {
  if (typeof value === "string") {
    if (binaryEndings.has(ending)) throw unfit(path, ending, value);
    if (value.isWellFormed()) return Buffer.from(value);
    throw new DataValueError(
      `The text for ${JSON.stringify(path)} holds half of a character and is no UTF-8; mend it with text.toWellFormed().`,
    );
  }
  if (/^\[object (Shared)?ArrayBuffer\]$/.test(Object.prototype.toString.call(value))) {
    return new Uint8Array(value as ArrayBuffer);
  }
  const kind = arrayKind(value);
  if (kind === null) return null;
  const view = value as Uint8Array;
  if (kind === "Uint8Array" && (ending !== ".npy" || isNpy(view))) return view;
  if (ending === ".npy") return npyBytes(view);
  throw unfit(path, ending, value);
}

function rowsFor(path: string, ending: string, value: readonly unknown[]): Frame {
  if (!tableEndings.has(ending)) throw unfit(path, ending, value);
  return readRows(value);
}

/** A table (arquero, danfo) as an Arrow file, as {@link encodeData} writes it; null for what is no such table. @throws {DataValueError} */
export function encodeArrow(value: unknown): { readonly bytes: Uint8Array; readonly table: TableFacts } | null {
  const frame = readTable(value);
  return frame === null ? null : { bytes: arrowBytes(frame), table: factsOf(frame) };
}

async function encodeTable(path: string, table: Frame, signal: AbortSignal | null): Promise<EncodedData> {
  return { bytes: await tableBytes(path, table, signal), table: factsOf(table), frame: table };
}

function factsOf({ rows, columns }: Frame): TableFacts {
  return { rows, columns: columns.map(({ name, type }) => ({ name, type })) };
}

async function tableBytes(path: string, table: Frame, signal: AbortSignal | null): Promise<Uint8Array> {
  const ending = extname(path).toLowerCase();
  switch (ending) {
    case "":
    case ".parquet":
      return parquetBytes(table, signal);
    case ".csv":
      return csvBytes(table, signal);
    case ".tsv":
      return csvBytes(table, signal, "\t");
    case ".json":
      return jsonRows(table, signal);
    case ".jsonl":
    case ".ndjson":
      return jsonLineBytes(table, signal);
    case ".arrow":
    case ".feather":
      return arrowBytes(table);
    default:
      throw new DataValueError(
        `${JSON.stringify(path)} ends in ${ending}, and a table becomes .parquet, .csv, .json, .jsonl or .arrow; name it ${JSON.stringify(renamed(path, ".parquet"))}.`,
      );
  }
}

function unfit(path: string, ending: string, value: unknown): DataValueError {
  const asked = ending === "" ? `${JSON.stringify(path)} has no ending` : `${JSON.stringify(path)} ends in ${ending}`;
  return new DataValueError(`${asked}, which does not fit ${shown(value)}; ${wayOut(path, ending, value)}.`);
}

function wayOut(path: string, ending: string, value: unknown): string {
  if (ending === ".npy" && Array.isArray(value)) return "give a typed array: Float64Array.from(values)";
  if (typeof value === "string") return `text fits ${JSON.stringify(renamed(path, ".txt"))}`;
  if (arrayKind(value) !== null) return `numbers like these fit ${JSON.stringify(renamed(path, ".npy"))}`;
  return `plain JSON fits ${JSON.stringify(renamed(path, ".json"))}, tables .parquet or .csv, text .txt`;
}

function renamed(path: string, ending: string): string {
  return path.slice(0, path.length - extname(path).length) + ending;
}
