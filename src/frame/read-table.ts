import { allBytes, type ByteSource } from "./byte-source.ts";
import { type DataRow, type DataTable, type SchemaColumn, tableRows } from "./data-table.ts";
import { readArrow } from "./read-arrow.ts";
import { csvTable, readCsv } from "./read-csv.ts";
import { jsonLines, jsonTable, readJsonLines, readJsonValue } from "./read-json.ts";
import type { ReadWork, TableReadOptions } from "./read-options.ts";
import { parquetFacts, readParquet } from "./read-parquet.ts";
import { TableFileError } from "./table-file-error.ts";
import type { TableFormat } from "./table-format.ts";
import { textOf } from "./text-source.ts";

/** A file that is to be read: where it is, what it is called, and as what. */
export interface TableSource {
  readonly source: ByteSource;
  /** For messages, and for what an ending says besides (`.tsv`). */
  readonly path: string;
  readonly format: TableFormat;
}

export interface ReadTableOptions extends TableReadOptions {
  readonly signal?: AbortSignal;
}

/** A file as a table. @throws {TableFileError} it is not what its format says, or JSON that is no table */
export async function readTableFile(
  { source, path, format }: TableSource,
  options: ReadTableOptions = {},
): Promise<DataTable> {
  const work: ReadWork = { path, options, signal: options.signal ?? null };
  switch (format) {
    case "parquet":
      return readParquet(source, work);
    case "csv":
      return readCsv(source, work);
    case "arrow":
      return readArrow(source, work);
    case "jsonl":
      return readJsonLines(source, work);
    case "json": {
      const table = jsonTable(await readJsonValue(source, work), work);
      if (table !== null) return table;
      throw new TableFileError(
        `${path} is no table: want an array of objects; read it without "as" for what it holds.`,
      );
    }
  }
}

/** What is known of a table without reading all of it. */
export interface TableHead {
  /** null where that would take reading a very large file. */
  readonly rows: number | null;
  readonly columns: readonly SchemaColumn[];
  readonly top: readonly DataRow[];
}

/** Bytes of a text file that are looked at for its columns. */
const headBytes = 256 * 1024;
/** Larger files are not read just to be counted. */
const countedBytes = 512 * 1024 * 1024;
/** Larger JSON and Arrow files are not read just to be looked at. */
const wholeBytes = { json: 8 * 1024 * 1024, arrow: 64 * 1024 * 1024 };
/** What a row group may hold for its first rows to be read. */
const groupBytes = 64 * 1024 * 1024;

/**
 * Rows, columns and first rows of a file, cheaply: of Parquet from its footer; of CSV and JSON lines from their heads and by
 * counting lines; of Arrow and JSON where they are small. null for a file that is no table.
 *
 * @param topRows rows to give at most
 * @throws {TableFileError} it is not what its format says
 */
export async function tableHead(
  { source, path, format }: TableSource,
  topRows: number,
  options: TableReadOptions = {},
): Promise<TableHead | null> {
  const work: ReadWork = { path, options, signal: null };
  switch (format) {
    case "parquet":
      return parquetHead(source, work, topRows);
    case "csv":
    case "jsonl":
      return textHead({ source, path, format }, work, topRows);
    case "arrow":
    case "json": {
      if (source.bytes > wholeBytes[format]) return null;
      const table =
        format === "arrow" ? await readArrow(source, work) : jsonTable(await readJsonValue(source, work), work);
      return table === null || table.columns.length === 0 ? null : headOf(table, topRows, table.rows);
    }
  }
}

function headOf(table: DataTable, topRows: number, rows: number | null): TableHead {
  const columns = table.columns.map(({ name, type }) => ({ name, type }));
  return { rows, columns, top: tableRows(table, 0, Math.min(topRows, table.rows)) };
}

async function parquetHead(source: ByteSource, work: ReadWork, topRows: number): Promise<TableHead> {
  const facts = await parquetFacts(source, work.path);
  const top = source.bytes > groupBytes || topRows === 0 ? [] : tableRows(await readParquet(source, work, topRows));
  return { rows: facts.rows, columns: facts.columns, top };
}

async function textHead(
  { source, path, format }: TableSource,
  work: ReadWork,
  topRows: number,
): Promise<TableHead | null> {
  const whole = source.bytes <= headBytes;
  const bytes = await source.read(0, headBytes);
  const encoding = work.options.encoding ?? "utf-8";
  if (/^utf-?16/i.test(encoding) && !whole) return null;
  // Cut at the end of a line; one that is longer than the head is not looked at.
  const end = whole ? bytes.length : bytes.lastIndexOf(10) + 1;
  if (end === 0) return null;
  const text = textOf(bytes.subarray(0, end), path, encoding);
  const table = format === "csv" ? await headTable(text, work, whole) : jsonLines(text, work);
  if (table === null || table.columns.length === 0) return null;
  if (whole) return headOf(table, topRows, table.rows);
  if (source.bytes > countedBytes) return headOf(table, topRows, null);
  const lines = await countLines(source, format === "csv");
  const header = format === "csv" && work.options.header !== false ? 1 : 0;
  return headOf(table, topRows, lines - header);
}

/** A head may end in the middle of a field that has line breaks. */
async function headTable(text: string, work: ReadWork, whole: boolean): Promise<DataTable | null> {
  try {
    return await csvTable(text, work);
  } catch (error) {
    if (whole || !(error instanceof TableFileError)) throw error;
    const quote = text.lastIndexOf('"');
    const cut = text.lastIndexOf("\n", quote) + 1;
    return cut === 0 ? null : csvTable(text.slice(0, cut), work);
  }
}

const blockBytes = 4 * 1024 * 1024;

/** Lines with something in them; a line break in quotes ends none. */
async function countLines(source: ByteSource, quotes: boolean): Promise<number> {
  const state: LineState = { lines: 0, open: false, filled: false };
  for (let at = 0; at < source.bytes; at += blockBytes) {
    const block = await source.read(at, at + blockBytes);
    if ((quotes && (state.open || block.includes(34))) || block.includes(13)) countQuoted(block, state, quotes);
    else countPlain(block, state);
  }
  return state.lines + (state.filled ? 1 : 0);
}

interface LineState {
  lines: number;
  /** Whether a quote is open. */
  open: boolean;
  /** Whether the line has something. */
  filled: boolean;
}

function countPlain(block: Uint8Array, state: LineState): void {
  let start = 0;
  for (let end = block.indexOf(10); end !== -1; end = block.indexOf(10, start)) {
    if (end > start || state.filled) state.lines += 1;
    state.filled = false;
    start = end + 1;
  }
  if (start < block.length) state.filled = true;
}

function countQuoted(block: Uint8Array, state: LineState, quotes: boolean): void {
  for (const byte of block) {
    if (quotes && byte === 34) {
      state.open = !state.open;
      state.filled = true;
    } else if (byte === 10 && !state.open) {
      if (state.filled) state.lines += 1;
      state.filled = false;
    } else if (byte !== 13) state.filled = true;
  }
}

/** A text file's content. @throws {TableFileError} */
export async function readText(source: ByteSource, path: string, encoding?: string): Promise<string> {
  return textOf(await allBytes(source), path, encoding);
}
