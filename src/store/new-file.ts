import { closeSync, constants, fchmodSync, openSync } from "node:fs";
import { writeAll } from "./files.ts";

const { O_CREAT, O_EXCL, O_WRONLY } = constants;
const umask = process.umask();

/** Makes a file of exactly this mode and opens it for writing. @throws `EEXIST` when there is one */
export function createFile(path: string, mode: number): number {
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL, mode);
  // A umask that takes reading away would leave a mode that DVC does not trust.
  if ((mode & umask) !== 0) fchmodSync(file, mode);
  return file;
}

/** Makes a file of exactly this mode. @throws `EEXIST` when there is one */
export function writeFile(path: string, bytes: Uint8Array, mode: number): void {
  const file = createFile(path, mode);
  try {
    writeAll(file, bytes);
  } finally {
    closeSync(file);
  }
}

/** The system's name of what went wrong: `ENOENT`, …; null of another error. */
export function errorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
