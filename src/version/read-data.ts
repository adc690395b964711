import {
  type ByteSource,
  type DataFormat,
  type DataTable,
  formatOf,
  readJsonValue,
  readNpy,
  readTableFile,
  readText,
  type TableFormat,
  type TableReadOptions,
  tableColumns,
  tableRows,
} from "../frame/index.ts";
import type { DataFile, OpenedData } from "./open-data.ts";
import { DataPathError } from "./version-error.ts";

/** The columns of a table by name. */
export type TableColumns = Readonly<Record<string, ArrayLike<unknown>>>;

/** What a table, or a file, is read as: by a word, or by a function that takes the columns: `aq.table`. */
export type ReadAs = "rows" | "columns" | "arquero" | "json" | "text" | "bytes" | ((columns: TableColumns) => unknown);

/** How a file is read. */
export interface ReadFormat extends TableReadOptions {
  /** What the file is, where its ending does not say. */
  readonly format?: DataFormat;
  readonly as?: ReadAs;
}

/**
 * The content of a file: a table's rows, the value of JSON, the numbers of a NumPy file, text, else bytes; or what `as` asks for.
 *
 * @throws {TableFileError} it is not what its ending says
 */
export async function readDataFile(
  file: DataFile,
  path: string,
  options: ReadFormat & { readonly signal?: AbortSignal },
): Promise<unknown> {
  const source = await file.open();
  try {
    return await contentOf({ source, path }, options);
  } finally {
    await source.close();
  }
}

interface Named {
  readonly source: ByteSource;
  readonly path: string;
}

async function contentOf(
  { source, path }: Named,
  options: ReadFormat & { readonly signal?: AbortSignal },
): Promise<unknown> {
  const { as, encoding } = options;
  const format = options.format ?? formatOf(path);
  if (as === "bytes") return Buffer.from(await source.read(0, source.bytes));
  if (as === "text") return readText(source, path, encoding);
  if (as === "json" || (as === undefined && format === "json")) {
    return readJsonValue(source, { path, options, signal: options.signal ?? null });
  }
  if (as === undefined) {
    if (format === "text") return readText(source, path, encoding);
    if (format === "bytes") return Buffer.from(await source.read(0, source.bytes));
    if (format === "npy") {
      const { values, shape } = readNpy(await source.read(0, source.bytes), path);
      return shape.length === 1 ? values : { values, shape };
    }
  }
  return shaped(await readTableFile({ source, path, format: tableFormat(path, format) }, options), as ?? "rows");
}

function tableFormat(path: string, format: DataFormat): TableFormat {
  if (format !== "npy" && format !== "text" && format !== "bytes") return format;
  throw new DataPathError(
    path,
    `${path} is no table by its ending; say what it is: { format: "csv" }, or read it as "bytes" or "text".`,
  );
}

/** A table as what it was asked for. */
export async function shaped(table: DataTable, as: ReadAs): Promise<unknown> {
  if (typeof as === "function") return as(tableColumns(table));
  if (as === "rows") return tableRows(table);
  if (as === "arquero") return (await arquero()).table(tableColumns(table));
  return tableColumns(table);
}

/** What is called of arquero, which is the user's. */
interface Arquero {
  table(columns: TableColumns): unknown;
}

async function arquero(): Promise<Arquero> {
  try {
    const name = "arquero";
    return (await import(name)) as Arquero;
  } catch {
    throw new DataPathError("arquero", 'arquero is not installed; run npm install arquero, or read { as: "columns" }.');
  }
}

/**
 * The one file that data is.
 *
 * @throws {DataPathError} it is a folder
 */
export function onlyFile({ path, folder, files }: OpenedData, verb: string): DataFile {
  const [file] = files;
  if (!folder && file !== undefined) return file;
  const named = files.slice(0, 3).map(({ relpath }) => `"${path}/${relpath}"`);
  const hint =
    named.length === 0 ? "it is empty" : `name a file in it: ${named.join(", ")}${files.length > 3 ? ", …" : ""}`;
  throw new DataPathError(path, `${path} is a folder, and version.${verb}() takes a file; ${hint}.`);
}
