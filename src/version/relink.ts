import { lstatSync } from "node:fs";
import type { HashName } from "../format/index.ts";
import { entriesOf, objectPath } from "./cached-content.ts";
import { filePath, placeFile } from "./place-file.ts";
import type { Repository } from "./repository.ts";

export interface LinkedContent {
  readonly absolute: string;
  readonly md5: string;
  readonly hash: HashName;
  readonly isexec: boolean;
  /** Only the files of a folder that this is true of. */
  readonly takes?: (relpath: string) => boolean;
}

/** With links, the file in the folder becomes the object of the cache itself, as DVC leaves it after an add or a commit. */
export async function relink(repository: Repository, content: LinkedContent): Promise<void> {
  const [type] = repository.linkTypes;
  if (type !== "hardlink" && type !== "symlink") return;
  for (const entry of entriesOf(repository, content.md5, content.hash)) {
    if (content.takes?.(entry.relpath) === false) continue;
    const object = objectPath(repository, entry.md5, content.hash);
    const target = filePath(content.absolute, entry.relpath);
    if (lstatSync(target).ino === lstatSync(object).ino) continue;
    const place = { object, md5: entry.md5, hash: content.hash, target, isexec: content.isexec };
    await placeFile(place, repository.linkTypes);
  }
}
