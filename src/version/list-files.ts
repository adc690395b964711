import { type Dirent, lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join, sep } from "node:path";
import type { DvcIgnore } from "./dvc-ignore.ts";
import { DataPathError, MissingDataError } from "./version-error.ts";

export interface FoundFile {
  /** From the folder, with `/`. */
  readonly relpath: string;
  readonly absolute: string;
  /** Of what a link leads to, where it is one. */
  readonly stat: Stats;
  readonly isLink?: boolean;
}

/** A folder to list: where it is, and its path from the project's root with `/`. */
export interface ListedFolder {
  readonly absolute: string;
  readonly path: string;
}

/**
 * The files of a folder that DVC sees: links to files followed, links to folders and empty folders left out, as `dvc add` does.
 *
 * @throws {DataPathError} a `.dvcignore` or a `.dvc` file inside, something that is neither file nor folder
 * @throws {MissingDataError} a link to nothing
 */
export function listFiles(folder: ListedFolder, rules: DvcIgnore): readonly FoundFile[] {
  const found: FoundFile[] = [];
  const visit = (prefix: string): void => {
    for (const item of readdirSync(join(folder.absolute, prefix), { withFileTypes: true })) {
      const relpath = prefix === "" ? item.name : `${prefix}/${item.name}`;
      const path = `${folder.path}/${relpath}`;
      if (rules.ignores(path, item.isDirectory())) continue;
      if (item.isDirectory()) {
        if (!isProject(join(folder.absolute, relpath))) visit(relpath);
        continue;
      }
      checkName(item.name, path);
      // Not join(): for a hundred thousand files it takes as long as to look at them.
      const absolute = `${folder.absolute}${sep}${relpath}`;
      const stat = statOf(item, { absolute, path });
      if (stat !== null) found.push({ relpath, absolute, stat, isLink: item.isSymbolicLink() });
    }
  };
  visit("");
  return found;
}

// A DVC project inside the folder looks after its own files.
function isProject(folder: string): boolean {
  return lstatSync(join(folder, ".dvc"), { throwIfNoEntry: false })?.isDirectory() === true;
}

function checkName(name: string, path: string): void {
  if (name === ".dvcignore") {
    throw new DataPathError(
      path,
      `${path} must not lie inside versioned data; move its lines to the .dvcignore above.`,
    );
  }
  if (name.includes("\ufffd")) {
    throw new DataPathError(path, `The name of ${path} is no UTF-8 text; rename the file.`);
  }
}

/** null for a link to a folder. */
function statOf(item: Dirent, at: ListedFolder): Stats | null {
  const stat = statSync(at.absolute, { throwIfNoEntry: false });
  if (stat === undefined) throw new MissingDataError(at.path, `${at.path} is a symbolic link to nothing. Delete it.`);
  if (stat.isFile()) return stat;
  if (item.isSymbolicLink() && stat.isDirectory()) return null;
  throw new DataPathError(at.path, `${at.path} is neither a file nor a folder; move it out of the versioned folder.`);
}
