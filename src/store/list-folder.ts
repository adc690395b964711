import { type BigIntStats, type Dirent, readdirSync, realpathSync, type Stats, statSync } from "node:fs";
import { isAbsolute, join, relative, sep } from "node:path";
import { StemmaError } from "../error.ts";

/** A file of a folder. */
export interface FolderFile {
  /** From the folder, with `/`. */
  readonly relpath: string;
  readonly path: string;
  /** Of what a link leads to, where it is one. */
  readonly stat: BigIntStats;
}

/** Something that has no bytes of its own to read: a device, a pipe, a link to nothing or to the folder that it lies in. */
export class SpecialFileError extends StemmaError {
  readonly path: string;

  constructor(path: string, what: string) {
    super("SPECIAL_FILE", `${path} ${what}`);
    this.path = path;
  }
}

/**
 * The files of a folder and of all folders in it; links to files and folders are followed.
 *
 * @param without folders that are left out, absolute
 * @throws {SpecialFileError}
 */
export function filesBelow(folder: string, without: readonly string[] = []): readonly FolderFile[] {
  const found: FolderFile[] = [];
  const visit = (prefix: string, above: readonly string[]): void => {
    const here = join(folder, prefix);
    for (const item of readdirSync(here, { withFileTypes: true })) {
      const relpath = prefix === "" ? item.name : `${prefix}/${item.name}`;
      const path = `${here}${sep}${item.name}`;
      if (without.includes(path)) continue;
      const stat = item.isDirectory() ? null : statOf(path, item);
      if (stat !== null && !stat.isDirectory()) found.push({ relpath, path, stat });
      // Folders that are no links cannot lead back: only where there is a link it is asked where it leads.
      else visit(relpath, stat === null ? above : linked(path, [...above, realpathSync(here)]));
    }
  };
  visit("", []);
  return found;
}

/** The folders around one that a link leads to. */
function linked(path: string, above: readonly string[]): readonly string[] {
  const real = realpathSync(path);
  const isIn = (one: string): boolean => {
    const way = relative(real, one);
    return !isAbsolute(way) && way.split(sep)[0] !== "..";
  };
  if (above.some(isIn))
    throw new SpecialFileError(path, "is a link to a folder that it lies in. Delete the link, or move it out.");
  return above;
}

function statOf(path: string, item: Dirent): BigIntStats {
  if (item.name.includes("\ufffd")) throw new SpecialFileError(path, "has a name that is no UTF-8 text. Rename it.");
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) throw new SpecialFileError(path, "is a link to nothing. Delete it.");
  if (!stat.isDirectory()) checkOrdinary(path, stat);
  return stat;
}

/** Refuses a path that leads to neither a file nor a folder: to read a pipe may last for ever. @throws {SpecialFileError} */
export function checkOrdinary(path: string, stat: Pick<Stats, "isFile" | "isDirectory">): void {
  if (stat.isFile() || stat.isDirectory()) return;
  throw new SpecialFileError(
    path,
    "is neither a file nor a folder (a pipe, a socket, a device). Copy what it gives to a file.",
  );
}
