import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { sha256 } from "../encoding/index.ts";

/** A file of the user's own, and since when it was as a script has it. */
export interface FoundFile {
  /** Absolute, links resolved. */
  readonly path: string;
  readonly mtimeMs: number;
}

/** A file of the user's own, and how it was when a script of it was first seen. */
export interface SourceFile extends FoundFile {
  /** Null where it was edited before anybody looked. */
  readonly digest: string | null;
}

/** The file that a script with this address was made of; null for cells, packages, and what lies nowhere. */
export function sourceFile(url: string): FoundFile | null {
  if (!url.startsWith("file:") && !url.startsWith("/")) return null;
  const written = url.startsWith("file:") ? fileURLToPath(url) : url;
  if (/[\\/]node_modules[\\/]/.test(written) || isNotebookText(written)) return null;
  // A kernel calls what it has compiled `fit.js`; its author wrote `fit.ts`.
  const typed = written.replace(/\.([mc]?)js$/, ".$1ts");
  for (const file of new Set([written, typed])) {
    try {
      const path = realpathSync.native(file);
      return { path, mtimeMs: statSync(path).mtimeMs };
    } catch {
      // The next name; a cell may have a path as its name, and a file may be gone.
    }
  }
  return null;
}

// The text that the command line makes of a notebook stands for its cells.
function isNotebookText(path: string): boolean {
  const notebook = /([^\\/]+)\.ipynb$/.exec(process.argv[1] ?? "")?.[1];
  return notebook !== undefined && basename(path).startsWith(`.${notebook}.${process.pid}.`);
}

/** With what it says, where it is still as it was found. */
export function sighted(found: FoundFile): SourceFile {
  try {
    const isSame = statSync(found.path).mtimeMs === found.mtimeMs;
    return { ...found, digest: isSame ? sha256(readFileSync(found.path, "utf8")) : null };
  } catch {
    return { ...found, digest: null };
  }
}

/** Whether a file says something else now, or is gone. */
export function isEdited({ path, mtimeMs, digest }: SourceFile): boolean {
  try {
    return statSync(path).mtimeMs !== mtimeMs && sha256(readFileSync(path, "utf8")) !== digest;
  } catch {
    return true;
  }
}
