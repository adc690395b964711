import { CatalogError } from "./catalog-error.ts";
import type { Catalog, DataSet } from "./data-set.ts";

const placeholder = /\{(\w+)\}/g;

/** Whether a set's name stands for many: "{region}_cases". */
export function isPattern(name: string): boolean {
  return /\{\w+\}/.test(name);
}

/** Kedro's order: more letters outside of placeholders first, then more placeholders, then by the alphabet. */
export function moreSpecific(a: string, b: string): number {
  const letters = (name: string): number => name.replace(placeholder, "").length;
  const places = (name: string): number => [...name.matchAll(placeholder)].length;
  return letters(b) - letters(a) || places(b) - places(a) || (a < b ? -1 : 1);
}

/**
 * The data set of a name: one of that name, else the most specific pattern that fits, its placeholders filled in.
 *
 * @throws {CatalogError} there is none; names those that are near
 */
export function dataSetOf(catalog: Catalog, name: string): DataSet {
  const own = catalog.sets.get(name);
  if (own !== undefined) return own;
  for (const pattern of catalog.patterns) {
    const values = matched(pattern.name, name);
    if (values !== null) return filledSet(pattern, values, name);
  }
  throw unknownSet(catalog, name);
}

function matched(pattern: string, name: string): ReadonlyMap<string, string> | null {
  const names: string[] = [];
  const source = pattern
    .split(/(\{\w+\})/)
    .map((part) => {
      const key = /^\{(\w+)\}$/.exec(part)?.[1];
      if (key === undefined) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      const before = names.indexOf(key);
      names.push(key);
      // A placeholder that stands twice means the same both times.
      return before === -1 ? "(.+?)" : `(\\${before + 1})`;
    })
    .join("");
  const match = new RegExp(`^${source}$`, "s").exec(name);
  return match === null ? null : new Map(names.map((key, i) => [key, match[i + 1] ?? ""]));
}

function filledSet(pattern: DataSet, values: ReadonlyMap<string, string>, name: string): DataSet {
  const fill = (text: string): string =>
    text.replace(placeholder, (whole, key: string) => {
      const value = values.get(key);
      if (value === undefined)
        throw new CatalogError(
          `${pattern.file}: ${pattern.name} uses ${whole} in ${JSON.stringify(text)}, and its name has no such placeholder.`,
        );
      return value;
    });
  const path = fill(pattern.path);
  // A name comes from code and data; it must not lead out of the project.
  if (path.split("/").includes("..") && !pattern.path.split("/").includes("..")) {
    throw new CatalogError(
      `${pattern.file}: ${JSON.stringify(name)} would make ${pattern.name} lead out of its folder, to ${path}.`,
    );
  }
  const text = (value: string | null): string | null => (value === null ? null : fill(value));
  return { ...pattern, name, path, credentials: text(pattern.credentials), rev: text(pattern.rev) };
}

function unknownSet(catalog: Catalog, name: string): CatalogError {
  if (catalog.files.length === 0) {
    return new CatalogError(
      `There is no catalog that could name ${JSON.stringify(name)}. Write catalog.yaml beside the project's .dvc folder:\n${name}:\n  path: data/${name}.parquet`,
    );
  }
  const all = [...catalog.sets.keys(), ...catalog.patterns.map((pattern) => pattern.name)];
  const near = all.toSorted((a, b) => distance(a, name) - distance(b, name)).slice(0, 5);
  const others =
    near.length === 0
      ? "it is empty"
      : `it has ${near.map((one) => JSON.stringify(one)).join(", ")}${all.length > near.length ? ", …" : ""}`;
  return new CatalogError(`${catalog.files.join(", ")} has no data set ${JSON.stringify(name)}; ${others}.`);
}

/** Letters that have to change (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
