import { chmodSync, closeSync, fdatasyncSync, openSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { temporaryName, writeAll } from "../store/index.ts";

/**
 * Replaces a file at once: a reader or a crash finds the old content or the new one. After a power cut it is the old one until the
 * folder is synced, which one call for many files, or for many times the same one, does.
 *
 * @param options.data the content is on the disk before it gets its name; without it, the file is worth nothing after a power cut
 */
export function replaceFile(path: string, text: string, options: { readonly data: boolean }): void {
  const aside = join(dirname(path), temporaryName());
  try {
    const file = openSync(aside, "wx");
    try {
      writeAll(file, Buffer.from(text));
      if (options.data) fdatasyncSync(file);
    } finally {
      closeSync(file);
    }
    const mode = statSync(path, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined) chmodSync(aside, mode & 0o777);
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
}
