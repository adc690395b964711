import { chmodSync, lstatSync, readlinkSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { HashName } from "../format/index.ts";
import { entriesOf, objectPath } from "./cached-content.ts";
import { asideFolderOf, filePath, modeOf, type Placement, placeFiles } from "./place-file.ts";
import type { Repository } from "./repository.ts";

export interface LinkedContent {
  readonly absolute: string;
  readonly md5: string;
  readonly hash: HashName;
  readonly isexec: boolean;
  /** Files that are no links into the cache stay as they are, unless the cache is set to links. */
  readonly keepModes?: boolean;
  /** Only the files of a folder that this is true of. */
  readonly takes?: (relpath: string) => boolean;
}

/**
 * Leaves the files as DVC leaves them after an add or a commit: links into the cache where it is set to them; else files of their own,
 * links of the user's too, with the permissions of a new file.
 */
export async function relink(repository: Repository, content: LinkedContent): Promise<void> {
  const [type] = repository.linkTypes;
  const linking = type === "hardlink" || type === "symlink";
  if (!linking && content.keepModes === true) return;
  const placements: Placement[] = [];
  for (const entry of entriesOf(repository, content.md5, content.hash)) {
    if (content.takes?.(entry.relpath) === false) continue;
    const object = objectPath(repository, entry.md5, content.hash);
    const target = filePath(content.absolute, entry.relpath);
    const isexec = content.isexec && entry.relpath === "";
    const stat = lstatSync(target);
    if (linking || stat.isSymbolicLink()) {
      if (stat.ino === lstatSync(object).ino || leadsTo(target, object)) continue;
      placements.push({ object, md5: entry.md5, hash: content.hash, target, isexec });
    } else if ((stat.mode & 0o777) !== modeOf(isexec)) chmodSync(target, modeOf(isexec));
  }
  const { linkTypes, project } = repository;
  await placeFiles(placements, { linkTypes, asideFolder: asideFolderOf(project) });
}

function leadsTo(target: string, object: string): boolean {
  return lstatSync(target).isSymbolicLink() && resolve(dirname(target), readlinkSync(target)) === object;
}
