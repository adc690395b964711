import { chmodSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Objects } from "../store/index.ts";

/** Folders that a group shares: what is made in them belongs to the group too (dvc_data/hashfile/db/local.py). */
const folderMode = 0o2775;

/** Files that a group may edit. */
export const sharedFileMode = 0o664;

/** A cache with `cache.shared = group`: the folders that it makes are open to the group; objects are 0444 as ever. */
export function groupShared(cache: Objects): Objects {
  const sharing = <T>(work: () => T): T => {
    const before = new Set(foldersOf(cache.folder));
    const result = work();
    const share = (): void => {
      for (const folder of foldersOf(cache.folder)) if (!before.has(folder)) chmodSync(folder, folderMode);
    };
    if (!(result instanceof Promise)) {
      share();
      return result;
    }
    return result.finally(share) as T;
  };
  return {
    ...cache,
    put: (bytes, options) => sharing(() => cache.put(bytes, options)),
    putFile: (path) => sharing(() => cache.putFile(path)),
    putFiles: (files, options) => sharing(() => cache.putFiles(files, options)),
  };
}

/** The folders of a cache that are there; those of DVC 2's layout are never made anew. */
function foldersOf(folder: string): readonly string[] {
  const objects = join(folder, "files", "md5");
  const above = [folder, join(folder, "files"), objects].filter((path) => existsSync(path));
  return above.length < 3 ? above : [...above, ...readdirSync(objects).map((name) => join(objects, name))];
}

/** Makes a folder in the cache, and those above it that are missing; open to the group where the cache is. */
export function makeCacheFolder({ shared }: { readonly shared: boolean }, folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (!shared || first === undefined) return;
  for (let at = folder; at.startsWith(first); at = dirname(at)) chmodSync(at, folderMode);
}
