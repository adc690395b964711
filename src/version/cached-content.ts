import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type DirEntry, type HashName, parseDir } from "../format/index.ts";
import { MissingObjectError, md5 } from "../store/index.ts";
import type { Repository } from "./repository.ts";

/** Where the cache keeps content: DVC 2 had a folder of its own (`.dvc/cache/ab/cdef…`). */
export function objectPath(repository: Repository, digest: string, hash: HashName): string {
  if (hash === "md5") return repository.cache.pathOf(digest);
  return join(repository.cache.folder, digest.slice(0, 2), digest.slice(2));
}

export function isCached(repository: Repository, digest: string, hash: HashName): boolean {
  return existsSync(objectPath(repository, digest, hash));
}

/**
 * The files of a version: one entry with an empty path for a file.
 *
 * @throws {MissingObjectError} a folder's listing is not in the cache
 * @throws {FormatError} the listing is no listing
 */
export function entriesOf(repository: Repository, digest: string, hash: HashName): readonly DirEntry[] {
  if (!digest.endsWith(".dir")) return [{ md5: digest, relpath: "" }];
  const path = objectPath(repository, digest, hash);
  if (!existsSync(path)) throw new MissingObjectError(digest, repository.cache.folder);
  const bytes = readFileSync(path);
  if (md5(bytes) !== digest.slice(0, 32))
    throw new MissingObjectError(digest, `${path} (its bytes are damaged; delete it)`);
  return parseDir(bytes.toString("utf8"), path);
}
