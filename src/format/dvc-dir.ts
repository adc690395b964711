import { compareCodePoints } from "./code-points.ts";
import { FormatError, TooLargeError } from "./format-error.ts";
import { pathFault } from "./relative-path.ts";

/** One file of a versioned folder. */
export interface DirEntry {
  /** 32 hex digits. */
  readonly md5: string;
  /** From the folder, with `/`. */
  readonly relpath: string;
}

/**
 * A folder's listing, the bytes that its `.dir` digest is of: Python's `json.dumps` of the entries by code point of `relpath`,
 * ASCII only, `", "` and `": "` between, no newline (dvc-data hashfile/tree.py, Tree.as_bytes).
 */
export function printDir(entries: readonly DirEntry[]): string {
  const sorted = entries.toSorted((a, b) => compareCodePoints(a.relpath, b.relpath));
  return `[${sorted.map((entry) => `{"md5": "${entry.md5}", "relpath": ${asciiString(entry.relpath)}}`).join(", ")}]`;
}

function asciiString(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Files of one versioned folder: a listing of so many is some 300 MB, and V8's texts end at 512. */
const mostEntries = 4_000_000;

/**
 * The entries of a listing, in its order.
 *
 * @param path of the listing, for messages
 * @throws {TooLargeError} @throws {FormatError} no JSON, a digest that is none, a path that is there twice or leaves the folder
 */
export function parseDir(text: string, path: string): readonly DirEntry[] {
  if (text.length > mostEntries * 120)
    throw new TooLargeError(path, `a listing of ${text.length} characters`, `${mostEntries * 120}`);
  const list = parseJson(text, path);
  if (!Array.isArray(list)) throw new FormatError(`${path}: want a list of files`);
  if (list.length > mostEntries) throw new TooLargeError(path, `a listing of ${list.length} files`, `${mostEntries}`);
  const seen = new Set<string>();
  return list.map((item: unknown, i) => {
    const entry = parseEntry(item, `${path}: [${i}]`);
    if (seen.has(entry.relpath)) throw new FormatError(`${path}: [${i}].relpath: "${entry.relpath}" is there twice`);
    seen.add(entry.relpath);
    return entry;
  });
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new FormatError(`${path}: a folder's listing is no JSON. Delete it and get it from the remote again.`, {
      cause,
    });
  }
}

function parseEntry(item: unknown, at: string): DirEntry {
  const { md5, relpath } = (typeof item === "object" && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
  if (typeof md5 !== "string" || !/^[0-9a-f]{32}$/.test(md5)) {
    throw new FormatError(`${at}.md5: want 32 hex digits, got ${JSON.stringify(md5)}`);
  }
  if (typeof relpath !== "string") throw new FormatError(`${at}.relpath: want a path, got ${JSON.stringify(relpath)}`);
  const fault = pathFault(relpath);
  if (fault !== null) throw new FormatError(`${at}.relpath: "${relpath}" ${fault}; nothing of this folder is written.`);
  return { md5, relpath };
}
