import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** The bytes of all files in a folder, at any depth; 0 where there is none. */
export function bytesBelow(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + lstatSync(join(entry.parentPath, entry.name)).size, 0);
}
