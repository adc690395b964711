import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { md5Pattern } from "./digest.ts";

/** Where an object of a store is, or would be; `digest` is 32 hex digits, with `.dir` for a folder's listing. */
export function objectPath(folder: string, digest: string): string {
  checkDigest(digest);
  return join(folder, "files", "md5", digest.slice(0, 2), digest.slice(2));
}

function checkDigest(digest: string): void {
  if (!md5Pattern.test(digest)) throw new RangeError(`"${digest}" is no MD5; want 32 lower-case hex digits`);
}

/** Whether an object is there in its full size: after a power cut a store written by others may hold empty ones. */
export function holds(path: string, bytes: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === bytes;
}

/** To read a name of a folder takes a tenth of the time of asking for a file by its path. */
const namesPerLook = 10;

/** Which objects are there: from the names in the store's folders, where these hold little else, else one by one. */
export function heldObjects(folder: string, digests: readonly string[]): ReadonlySet<string> {
  digests.forEach(checkDigest);
  const byFolder = Map.groupBy(digests, (digest) => digest.slice(0, 2));
  const held = new Set<string>();
  // Objects are spread evenly: what the folders before held tells what the next one will.
  let names = 0;
  let read = 0;
  for (const [start, wanted] of byFolder) {
    if (wanted.length < 2 || names > namesPerLook * wanted.length * read) {
      for (const digest of wanted) if (existsSync(objectPath(folder, digest))) held.add(digest);
      continue;
    }
    const there = namesIn(join(folder, "files", "md5", start));
    names += there.size;
    read++;
    for (const digest of wanted) if (there.has(digest.slice(2))) held.add(digest);
  }
  return held;
}

function namesIn(folder: string): ReadonlySet<string> {
  try {
    return new Set(readdirSync(folder));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return new Set();
    throw error;
  }
}
