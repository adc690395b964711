import type { DirEntry, HashName } from "../format/index.ts";
import { objectPath } from "./cached-content.ts";
import { asideFolderOf, filePath, placeFiles } from "./place-file.ts";
import type { LinkType, Repository } from "./repository.ts";

/** Files of one output: of a folder, or the one with an empty path. */
export interface OutEntries {
  readonly repository: Repository;
  readonly out: { readonly absolute: string; readonly hash: HashName; readonly isexec: boolean };
  readonly entries: readonly DirEntry[];
}

export interface PlaceEntriesOptions {
  /** Instead of those that the cache is set to. */
  readonly linkTypes?: readonly LinkType[];
  readonly signal?: AbortSignal;
}

/**
 * Brings files of an output from the cache to their places.
 *
 * @returns the moment before the first file got its name; 0 where links were made
 * @throws {CorruptObjectError} when the others are in their places
 */
export async function placeEntries(
  { repository, out, entries }: OutEntries,
  { linkTypes = repository.linkTypes, signal }: PlaceEntriesOptions = {},
): Promise<number> {
  const placements = entries.map(({ md5, relpath }) => ({
    object: objectPath(repository, md5, out.hash),
    md5,
    hash: out.hash,
    target: filePath(out.absolute, relpath),
    isexec: out.isexec && relpath === "",
  }));
  const asideFolder = asideFolderOf(repository.project);
  return placeFiles(placements, { linkTypes, asideFolder, ...(signal === undefined ? {} : { signal }) });
}
