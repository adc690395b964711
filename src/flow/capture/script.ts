import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { host } from "../../host/index.ts";
import { type Inspector, internals, type Property } from "./inspector.ts";
import { type FoundFile, type SourceFile, sighted, sourceFile } from "./source-file.ts";

/** A text that the engine has compiled. */
export interface Script {
  /** The file it was read from, links resolved; null for cells and other texts without one. */
  readonly file: string | null;
  /** As the engine has it: without types, but at the places of the file. */
  readonly text: string;
  /** One of the host's own. */
  readonly isHosts: boolean;
  /** The user's own file that it was made of, as it was when it was first seen here; null for cells. */
  readonly source: SourceFile | null;
}

// The engine numbers its scripts once for all; the same number is the same text.
const files = new Map<string, string | null>();
const sources = new Map<string, FoundFile>();
const scripts = new Map<string, Script>();
const hosts = new Set<string>();
let cellsNoted = 0;

/** @param location `[[FunctionLocation]]` of a function */
export function scriptOf(location: Property["value"], inspector: Inspector): Script | null {
  const id = scriptId(location);
  if (id === null) return null;
  const known = scripts.get(id);
  if (known !== undefined) return known;
  noteCells(inspector);
  const text = files.has(id) && !isOwn(files.get(id)) ? "" : loaded(id, inspector);
  const found = sources.get(id);
  const source = found === undefined ? null : sighted(found);
  const script = { file: files.get(id) ?? null, text, isHosts: hosts.has(id), source };
  scripts.set(id, script);
  return script;
}

function scriptId(location: Property["value"]): string | null {
  const place = location?.value;
  const id: unknown = typeof place === "object" && place !== null ? Reflect.get(place, "scriptId") : null;
  return typeof id === "string" ? id : null;
}

/** The scripts of cells, where the kernel tells: they are no files. */
function noteCells(inspector: Inspector): void {
  const cells = host().cellScripts?.() ?? [];
  for (const cell of cells.slice(cellsNoted)) {
    const id = scriptId(internals(cell, inspector).get("[[FunctionLocation]]"));
    if (id === null) continue;
    files.set(id, null);
    sources.delete(id);
  }
  cellsNoted = cells.length;
}

/** Whether a file is of the user's own making: the syntax of packages' files is nothing to us. */
function isOwn(file: string | null | undefined): boolean {
  return typeof file === "string" && !/[\\/]node_modules[\\/]/.test(file);
}

// To switch the debugger on costs some 50 ms beside TypeScript, for it reads all scripts: seldom, and all at once.
function loaded(id: string, { session, post }: Inspector): string {
  const note = ({ params }: { readonly params: { readonly scriptId: string; readonly url: string } }): void => {
    if (!files.has(params.scriptId)) {
      files.set(params.scriptId, filePath(params.url));
      const source = sourceFile(params.url);
      if (source !== null) sources.set(params.scriptId, source);
    }
    if (/^(node|ext):/.test(params.url)) hosts.add(params.scriptId);
  };
  session.on("Debugger.scriptParsed", note);
  post("Debugger.enable");
  try {
    return isOwn(files.get(id)) ? String(post("Debugger.getScriptSource", { scriptId: id })["scriptSource"]) : "";
  } finally {
    post("Debugger.disable");
    session.off("Debugger.scriptParsed", note);
  }
}

function filePath(url: string): string | null {
  if (url === "" || (!url.startsWith("file:") && !url.startsWith("/"))) return null;
  try {
    return realpathSync.native(url.startsWith("file:") ? fileURLToPath(url) : url);
  } catch {
    // A cell that was given a path as its name, or a file that is gone.
    return null;
  }
}
