import type { DataFormat } from "../../frame/index.ts";
import { CatalogError } from "./catalog-error.ts";

/** What a catalog's file holds under a name. */
export type Entry = Readonly<Record<string, unknown>>;

export interface EntryPlace {
  readonly name: string;
  /** The catalog's file, from the project's root. */
  readonly file: string;
}

/** The ending of a file of each format. */
export const endings: Readonly<Record<DataFormat, string>> = {
  parquet: ".parquet",
  csv: ".csv",
  json: ".json",
  jsonl: ".jsonl",
  arrow: ".arrow",
  npy: ".npy",
  text: ".txt",
  bytes: "",
};

/** Whether a path is a URL. */
export function isAddress(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path);
}

export function isEntry(value: unknown): value is Entry {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function fault({ name, file }: EntryPlace, why: string): CatalogError {
  return new CatalogError(`${file}: ${name} ${why}.`);
}

/** A text of an entry; null when it has none of that name. @throws {CatalogError} it is no text */
export function text(entry: Entry, key: string, place: EntryPlace): string | null {
  const value = entry[key] ?? null;
  if (value === null || typeof value === "string") return value;
  if (typeof value === "number") return String(value);
  throw fault(place, `wants text as its ${key}, got ${JSON.stringify(value)}`);
}
