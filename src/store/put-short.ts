import { closeSync, fdatasync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { md5 } from "./digest.ts";
import { syncNames, temporaryName, writeAll } from "./files.ts";
import { pieceBytes } from "./md5/index.ts";
import { createFile } from "./new-file.ts";
import { holds, objectPath } from "./object-path.ts";
import { countRead } from "./read-counter.ts";
import { FileChangedError, type SeenFile } from "./stage-file.ts";

/** Whether a file is read and written in a blink, so that no folder aside is worth making for it. */
export function isShort({ bytes }: SeenFile): boolean {
  return bytes < pieceBytes;
}

export interface PutShortOptions {
  /** The digest that the file must have to be kept; null where anything is welcome. */
  readonly wanted: string | null;
  /** Takes the folders whose new names are not on the disk yet; without it they are. */
  readonly names: Set<string> | null;
}

/**
 * Keeps one short file and gives its digest: in memory, then aside in the folder where it will lie, to the disk, and under its name.
 *
 * @throws {FileChangedError}
 */
export async function putShort(folder: string, file: SeenFile, { wanted, names }: PutShortOptions): Promise<string> {
  const bytes = readWhole(file);
  const digest = md5(bytes);
  const path = objectPath(folder, digest);
  if ((wanted ?? digest) === digest && !holds(path, bytes.length)) await place(folder, path, { bytes, names });
  return digest;
}

function readWhole({ path, bytes, mtimeMs }: SeenFile): Uint8Array {
  // One byte more than there should be: a file that grew is another one.
  const buffer = Buffer.allocUnsafe(bytes + 1);
  const file = openSync(path, "r");
  try {
    let filled = 0;
    for (let read = -1; read !== 0 && filled < buffer.length; filled += read) {
      read = readSync(file, buffer, filled, buffer.length - filled, null);
    }
    const after = fstatSync(file);
    if (filled !== bytes || after.size !== bytes || after.mtimeMs !== mtimeMs) throw new FileChangedError(path);
  } finally {
    closeSync(file);
  }
  countRead(bytes);
  return buffer.subarray(0, bytes);
}

interface Content extends Pick<PutShortOptions, "names"> {
  readonly bytes: Uint8Array;
}

async function place(folder: string, path: string, { bytes, names }: Content): Promise<void> {
  const own = dirname(path);
  const folders = new Set([own]);
  if (mkdirSync(own, { recursive: true }) !== undefined) folders.add(join(folder, "files", "md5"));
  const aside = join(own, temporaryName());
  try {
    await writeAside(aside, bytes);
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  if (names === null) await syncNames(folders, folder);
  else for (const name of folders) names.add(name);
}

const sync = promisify(fdatasync);

async function writeAside(path: string, bytes: Uint8Array): Promise<void> {
  const file = createFile(path, 0o444);
  try {
    writeAll(file, bytes);
    await sync(file);
  } finally {
    closeSync(file);
  }
}
