import { readFileSync, statSync } from "node:fs";
import { extname } from "node:path";
import type { Cell, ColumnType, Frame } from "../../frame/index.ts";

/** The top of a kept table, for drawing. */
export interface TablePreview {
  /** In the run's artifacts. */
  readonly path: string;
  /** Rows that the table has; null where only the top was read. */
  readonly rows: number | null;
  /** Names of all columns, which may be more than a row here has. */
  readonly columns: readonly string[];
  /** Rows of at most 12 values; NaN and infinities as text, times ISO 8601. */
  readonly top: readonly (readonly PreviewValue[])[];
}

export type PreviewValue = string | number | boolean | null;

const shownRows = 10;
const shownColumns = 12;
const shownLetters = 80;
/** A JSON table is parsed whole; a larger one is left to be opened. */
const mostJsonBytes = 5_000_000;

/** The top of a frame. */
export function previewOf(path: string, frame: Frame): TablePreview {
  const columns = frame.columns.slice(0, shownColumns);
  // What a JSON file holds: it has no NaN.
  const kept = (value: Cell): Cell => (path.endsWith(".json") && Number.isNaN(value) ? null : value);
  const top = Array.from({ length: Math.min(shownRows, frame.rows) }, (_, row) =>
    columns.map(({ type, values }) => shownValue(kept(values[row] ?? null), type)),
  );
  return { path, rows: frame.rows, columns: frame.columns.map(({ name }) => name), top };
}

const recent = new Map<string, TablePreview>();
const mostRecent = 50;

/** Remembers the top of a table that this process wrote: a cell draws at once, and to read Parquet back takes a promise. */
export function rememberPreview(run: string, preview: TablePreview): void {
  const key = `${run} ${preview.path}`;
  recent.delete(key);
  recent.set(key, preview);
  for (const oldest of recent.keys()) {
    if (recent.size <= mostRecent) return;
    recent.delete(oldest);
  }
}

/** The top of a table that this process wrote lately; null of another. */
export function recentPreview(run: string, path: string): TablePreview | null {
  return recent.get(`${run} ${path}`) ?? null;
}

/** The top of a table file, read without reading all of a Parquet file; null of one that is gone, too large or no table. */
export async function readPreview(file: string, path: string): Promise<TablePreview | null> {
  const facts = statSync(file, { throwIfNoEntry: false });
  if (facts?.isFile() !== true) return null;
  if (extname(path).toLowerCase() === ".parquet") return parquetPreview(file, path).catch(() => null);
  return facts.size > mostJsonBytes ? null : splitPreview(path, readFileSync(file, "utf8"));
}

async function parquetPreview(file: string, path: string): Promise<TablePreview> {
  const [{ asyncBufferFromFile, parquetMetadataAsync, parquetRead }, { compressors }] = await Promise.all([
    import("hyparquet"),
    import("hyparquet-compressors"),
  ]);
  const buffer = await asyncBufferFromFile(file);
  const metadata = await parquetMetadataAsync(buffer);
  const rows = Number(metadata.num_rows);
  const columns = metadata.schema.filter(({ num_children }) => num_children === undefined).map(({ name }) => name);
  const wanted = columns.slice(0, shownColumns);
  let top: readonly (readonly unknown[])[] = [];
  const onComplete = (found: readonly (readonly unknown[])[]): void => {
    top = found;
  };
  const rowEnd = Math.min(rows, shownRows);
  if (rows > 0)
    await parquetRead({ file: buffer, metadata, compressors, columns: wanted, rowStart: 0, rowEnd, onComplete });
  return { path, rows, columns, top: top.map((row) => row.map(plainValue)) };
}

function splitPreview(path: string, text: string): TablePreview | null {
  const { columns, data }: { readonly columns?: unknown; readonly data?: unknown } = parsed(text);
  if (!Array.isArray(columns) || !Array.isArray(data)) return null;
  const top = data.slice(0, shownRows).map((row) => [...Object(row)].slice(0, shownColumns).map(plainValue));
  return { path, rows: data.length, columns: columns.map(String), top };
}

function parsed(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    // A file of that name that is no table is an artifact still.
    return {};
  }
}

function shownValue(value: Cell, type: ColumnType): PreviewValue {
  return type === "timestamp" && value !== null ? new Date(Number(value)).toISOString() : plainValue(value);
}

function plainValue(value: unknown): PreviewValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (typeof value === "boolean") return value;
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.length <= shownLetters ? text : `${text.slice(0, shownLetters - 1)}…`;
}
