import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { type MlrunsMeta, parseMlrunsMeta } from "../../format/index.ts";

/** Where MLflow's file store puts deleted experiments. */
export const trash = ".trash";

/** The `meta.yaml` of a folder. @throws {FormatError} */
export function metaOf(folder: string): MlrunsMeta {
  const path = join(folder, "meta.yaml");
  return parseMlrunsMeta(readFileSync(path, "utf8"), path);
}

/** A field of it; null for none. */
export function textOf(meta: MlrunsMeta, key: string): string | null {
  const value = meta.get(key) ?? null;
  return typeof value === "string" ? value : null;
}

export function numberOf(meta: MlrunsMeta, key: string): number | null {
  const text = textOf(meta, key);
  return text === null ? null : Number(text);
}

/** Params or tags: a file each, its name the key. */
export function textsIn(folder: string): ReadonlyMap<string, string> {
  return new Map(filesIn(folder).map(([name, path]) => [name, readFileSync(path, "utf8")]));
}

/** Files below a folder by their path in it: a key with a slash is a file in a folder. */
export function filesIn(folder: string): readonly (readonly [string, string])[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => [relative(folder, path).split(sep).join("/"), path] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The names of the folders in a folder, in order; none where it is missing. */
export function foldersIn(folder: string): readonly string[] {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== trash)
    .map(({ name }) => name)
    .sort();
}
