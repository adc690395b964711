import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { StemmaError } from "../../error.ts";

/** How a cell is checked and compiled: by the key `stemma` of package.json, and by the comment in its first line. */
export interface CellMode {
  /** TypeScript's `strict`. Off by default, as in tslab. */
  readonly strict: boolean;
  /** `legacy`: (target, key, descriptor), as tslab has them; `standard`: (value, context). */
  readonly decorators: "legacy" | "standard";
  /** Whether types are checked. Without, a cell may be plain JavaScript. */
  readonly check: boolean;
}

/** What holds without settings. */
export const defaultMode: CellMode = { strict: false, decorators: "legacy", check: true };

const values: { readonly [Key in keyof CellMode]: readonly CellMode[Key][] } = {
  strict: [true, false],
  decorators: ["legacy", "standard"],
  check: [true, false],
};

/** The mode of a cell: what its first line says, then what holds in the folder. */
export function cellMode(source: string, folder: CellMode): CellMode {
  const first = /^\s*\/\/\s*@(strict|ts-nocheck|ts-check)\b/.exec(source)?.[1];
  if (first === "strict") return { ...folder, strict: true, check: true };
  return first === undefined ? folder : { ...folder, check: first === "ts-check" };
}

/**
 * The mode of a folder's cells: the key `stemma` of the nearest package.json, read again when the file changes.
 *
 * @returns a function to ask before each cell; it throws a StemmaError where a setting has no such value
 */
export function folderMode(folder: string): () => CellMode {
  let last: { readonly stamp: string; readonly mode: CellMode } | null = null;
  return () => {
    const found = nearestManifest(folder);
    if (found === null) return defaultMode;
    if (last?.stamp !== found.stamp) last = { stamp: found.stamp, mode: parseMode(found.path) };
    return last.mode;
  };
}

function nearestManifest(folder: string): { readonly path: string; readonly stamp: string } | null {
  const path = join(folder, "package.json");
  const facts = statSync(path, { throwIfNoEntry: false });
  if (facts?.isFile() === true) return { path, stamp: `${path} ${facts.mtimeMs} ${facts.size}` };
  return dirname(folder) === folder ? null : nearestManifest(dirname(folder));
}

function parseMode(path: string): CellMode {
  const manifest = parsed(path);
  const settings: unknown = isRecord(manifest) ? manifest["stemma"] : undefined;
  if (settings === undefined) return defaultMode;
  if (!isRecord(settings)) throw wrong(`${path}: stemma`, settings, "an object of settings");
  const setting = (key: keyof CellMode): unknown => {
    const value = settings[key] ?? defaultMode[key];
    const known: readonly unknown[] = values[key];
    if (known.includes(value)) return value;
    throw wrong(`${path}: stemma.${key}`, value, known.map((one) => JSON.stringify(one)).join(" or "));
  };
  return {
    strict: setting("strict"),
    decorators: setting("decorators"),
    check: setting("check"),
  } as CellMode;
}

function parsed(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    // A file that is just being written, or one that npm will complain of: no reason to refuse a cell.
    return null;
  }
}

function wrong(key: string, value: unknown, choice: string): StemmaError {
  return new StemmaError("CELL_SETTING", `${key} is ${JSON.stringify(value)}. It can be ${choice}.`);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
