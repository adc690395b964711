import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Project, writeDurable } from "../store/index.ts";

/**
 * The data that this project's commands brought to the folder, by path with its digest. When a commit no longer records a path,
 * checkout takes the data away that nobody changed. Only a record: without it, data is left where it is.
 */
export type Links = ReadonlyMap<string, string>;

export function readLinks(project: Project): Links {
  const file = linksFile(project);
  if (!existsSync(file)) return new Map();
  try {
    const rows: unknown = JSON.parse(readFileSync(file, "utf8"));
    return new Map(Array.isArray(rows) ? rows.filter(isRow) : []);
  } catch {
    // Torn or of another version: nothing is taken away then.
    return new Map();
  }
}

function isRow(row: unknown): row is readonly [string, string] {
  return Array.isArray(row) && typeof row[0] === "string" && typeof row[1] === "string";
}

/** Adds what was brought, and forgets what a digest of null stands for. */
export function changeLinks(project: Project, changes: readonly (readonly [string, string | null])[]): void {
  if (changes.length === 0) return;
  const links = new Map(readLinks(project));
  const before = JSON.stringify([...links]);
  for (const [path, digest] of changes) {
    if (digest === null) links.delete(path);
    else links.set(path, digest);
  }
  const text = JSON.stringify([...links]);
  if (text === before) return;
  const file = linksFile(project);
  mkdirSync(dirname(file), { recursive: true });
  writeDurable(file, text);
}

function linksFile(project: Project): string {
  return join(project.dvcFolder, "tmp", "stemma", "links");
}
