import { DataValueError, encodeArrow, loadFlechette } from "../../frame/index.ts";
import { CodecError } from "../encoding/index.ts";
import { projectPackage, requiredPackage } from "./packages.ts";

/** Whose table it is. */
export type TableKind = "arquero" | "danfo" | "arrow" | "flechette";

/** What the text says of a table beside its file, for people and for {@link tableOf}. */
export interface TableWords {
  readonly rows: number;
  readonly columns: readonly string[];
  /** Row numbers of a danfo frame that are not 0, 1, 2, … */
  readonly index?: readonly number[];
  /** Of a danfo frame without rows, which tells them by no value. */
  readonly dtypes?: readonly string[];
}

/** Whose table a value is, by its shape; null: it is none. */
export function tableKind(value: object): TableKind | null {
  const has = (...methods: readonly string[]): boolean =>
    methods.every((method) => typeof Reflect.get(value, method) === "function");
  if (has("columnNames", "objects", "toArrowIPC")) return "arquero";
  if (Reflect.get(value, "$isSeries") === false && Array.isArray(Reflect.get(value, "columns"))) return "danfo";
  if (!has("getChild", "toArray") || !("schema" in value)) return null;
  // apache-arrow's tables have batches of their own; flechette's have columns.
  return "batches" in value ? "arrow" : "flechette";
}

/** A table as an Arrow file. @throws {CodecError} what the file cannot hold */
export function tableFile(
  value: object,
  { kind, path, folder }: { readonly kind: TableKind; readonly path: string; readonly folder: string },
): { readonly bytes: Uint8Array; readonly words: TableWords } {
  if (kind === "arrow" || kind === "flechette") return arrowFile(value, kind, folder);
  if (kind === "arquero" && isGrouped(value))
    throw new CodecError(
      path,
      "is a grouped arquero table. Return table.ungroup(), and group it again in the next step.",
    );
  try {
    const encoded = encodeArrow(value);
    if (encoded === null)
      throw new CodecError(path, `is a table that cannot be kept: its columns cannot be read as those of ${kind}.`);
    const columns = encoded.table.columns.map(({ name }) => name);
    const { rows } = encoded.table;
    return { bytes: encoded.bytes, words: { rows, columns, ...(kind === "danfo" ? danfoWords(value, rows) : {}) } };
  } catch (error) {
    if (error instanceof DataValueError) throw new CodecError(path, `is a table that cannot be kept. ${error.message}`);
    throw error;
  }
}

function isGrouped(table: object): boolean {
  const ask: unknown = Reflect.get(table, "isGrouped");
  return typeof ask === "function" && ask.call(table) === true;
}

function danfoWords(frame: object, rows: number): Pick<TableWords, "index" | "dtypes"> {
  if (rows === 0) return { dtypes: [...(Reflect.get(frame, "dtypes") as readonly string[])] };
  const index = rowNumbers(Reflect.get(frame, "index"));
  return index === null ? {} : { index };
}

function rowNumbers(index: unknown): readonly number[] | null {
  const numbers = Array.isArray(index) ? (index as readonly number[]) : [];
  return numbers.every((number, row) => number === row) ? null : numbers;
}

interface ArrowTable {
  readonly numRows: number;
  readonly schema: { readonly fields: readonly { readonly name: string }[] };
}

// The writer of apache-arrow numbers its dictionaries on and on: equal tables would have other bytes in each process.
function arrowFile(
  value: object,
  kind: "arrow" | "flechette",
  folder: string,
): { readonly bytes: Uint8Array; readonly words: TableWords } {
  const flechette = loadFlechette();
  const table = kind === "flechette" ? value : flechette.tableFromIPC(apacheBytes(value, folder), exactly);
  const bytes = flechette.tableToIPC(table as ReturnType<typeof flechette.tableFromIPC>, { format: "file" });
  const { numRows: rows, schema } = value as ArrowTable;
  // The writer answers null where it was given a sink to write to, and only there.
  return { bytes: bytes as Uint8Array, words: { rows, columns: schema.fields.map(({ name }) => name) } };
}

const exactly = { useBigInt: true, useDate: false } as const;

function apacheBytes(value: object, folder: string): Uint8Array {
  const arrow = requiredPackage("apache-arrow", folder);
  return (arrow["tableToIPC"] as (table: object, format: string) => Uint8Array)(value, "file");
}

/** The table again. `bytes` belong to nobody else. @throws {MissingValuePackageError} */
export async function tableOf(
  bytes: Uint8Array,
  { kind, words, folder }: { readonly kind: string; readonly words: TableWords; readonly folder: string },
): Promise<unknown> {
  const name = tablePackage(kind);
  const found = projectPackage(name, folder);
  const library = await (name === ownPackage ? found.catch(() => ({ ...loadFlechette() })) : found);
  return tableFrom(bytes, { kind, words, library });
}

const ownPackage: string = "@uwdata/flechette";

/** The package whose table it is. */
export function tablePackage(kind: string): string {
  if (kind === "arquero") return "arquero";
  if (kind === "danfo") return "danfojs-node";
  return kind === "arrow" ? "apache-arrow" : ownPackage;
}

/** The table again, by the package that it is of. */
export function tableFrom(
  bytes: Uint8Array,
  { kind, words, library }: { readonly kind: string; readonly words: TableWords; readonly library: Library },
): unknown {
  if (kind === "danfo") return danfoFrame(bytes, words, library);
  if (kind === "arrow") return (library["tableFromIPC"] as (bytes: Uint8Array) => unknown)(bytes);
  const read = library[kind === "arquero" ? "fromArrow" : "tableFromIPC"] as (
    bytes: Uint8Array,
    options: object,
  ) => unknown;
  return read(bytes, kind === "arquero" ? { useBigInt: true, useDate: true } : exactly);
}

type Library = Readonly<Record<string, unknown>>;

function danfoFrame(bytes: Uint8Array, { rows, columns, index, dtypes = [] }: TableWords, library: Library): unknown {
  const DataFrame = library["DataFrame"] as new (data: object, options: object) => unknown;
  // danfo makes no index of 0 rows by itself.
  if (rows === 0) return new DataFrame([], { columns: [...columns], dtypes: [...dtypes], index: [] });
  const table = loadFlechette().tableFromIPC(bytes, { useBigInt: true, useDate: true });
  // danfo's word for a missing value is NaN.
  const values = columns.map((name) =>
    Array.from(table.getChild(name) as Iterable<unknown>, (cell) => cell ?? Number.NaN),
  );
  const byName = Object.fromEntries(columns.map((name, i) => [name, values[i] ?? []]));
  return new DataFrame(byName, index === undefined ? {} : { index: [...index] });
}
