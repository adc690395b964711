import { statSync } from "node:fs";
import { join } from "node:path";
import { md5Pattern } from "./digest.ts";

/** Where an object of a store is, or would be; `digest` is 32 hex digits, with `.dir` for a folder's listing. */
export function objectPath(folder: string, digest: string): string {
  if (!md5Pattern.test(digest)) throw new RangeError(`"${digest}" is no MD5; want 32 lower-case hex digits`);
  return join(folder, "files", "md5", digest.slice(0, 2), digest.slice(2));
}

/** Whether an object is there in its full size: after a power cut a store written by others may hold empty ones. */
export function holds(path: string, bytes: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.size === bytes;
}
