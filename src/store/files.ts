import { randomBytes } from "node:crypto";
import {
  closeSync,
  fchmodSync,
  fdatasyncSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { open } from "node:fs/promises";
import { dirname, join } from "node:path";

export interface WriteOptions {
  /** Permission bits; without it those of the file that is replaced, else the umask's. */
  readonly mode?: number;
}

/**
 * Writes a file so that a reader, a crash or a power cut finds either the old content or the new one, never a part:
 * aside in the same folder, to the disk, then under its name. Makes missing folders.
 */
export function writeDurable(path: string, bytes: Uint8Array | string, options: WriteOptions = {}): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const aside = join(folder, temporaryName());
  try {
    writeAside(aside, bytes, { mode: options.mode ?? modeOf(path) });
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, { force: true });
    throw error;
  }
  syncFolder(folder);
}

/** A name that no other writer takes, hidden, of a length that every file system holds. */
export function temporaryName(): string {
  return `.${randomBytes(12).toString("hex")}.tmp`;
}

/** What {@link temporaryName} gives. */
export const temporaryPattern: RegExp = /^\.[0-9a-f]{24}\.tmp$/;

function writeAside(path: string, bytes: Uint8Array | string, options: { readonly mode: number | null }): void {
  const file = openSync(path, "wx");
  try {
    writeAll(file, typeof bytes === "string" ? Buffer.from(bytes) : bytes);
    if (options.mode !== null) fchmodSync(file, options.mode);
    fdatasyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Writes all bytes at the file's position; a single write may take only a part. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
}

function modeOf(path: string): number | null {
  return (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777 || null;
}

/** Makes the names in a folder durable. Where folders cannot be opened (Windows) the system does it by itself. */
export function syncFolder(folder: string): void {
  if (process.platform === "win32") return;
  const handle = openSync(folder, "r");
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Above this many files one `sync -f` of the whole file system is cheaper than one fdatasync each. */
export const groupSize = 64;

/**
 * Brings the data of many files written aside to the disk.
 *
 * @param files  all in the file system of `folder`, closed
 */
export async function syncData(files: readonly string[], folder: string): Promise<void> {
  if (files.length > groupSize && (await syncFileSystem(folder))) return;
  for (let i = 0; i < files.length; i += atOnce) await Promise.all(files.slice(i, i + atOnce).map(syncFile));
}

/**
 * Brings the data of all files below a folder to the disk.
 *
 * @param count how many there are, at most
 */
export async function syncDataBelow(folder: string, count: number): Promise<void> {
  if (count > groupSize && (await syncFileSystem(folder))) return;
  const items = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = items.filter((item) => item.isFile());
  await syncData(
    files.map(({ parentPath, name }) => join(parentPath, name)),
    folder,
  );
}

// Journals of one file system are written one after the other; more at once only wait.
const atOnce = 8;

async function syncFile(path: string): Promise<void> {
  const file = await open(path, "r");
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

async function syncWhole(folder: string): Promise<void> {
  const file = await open(folder, "r");
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the names durable that were just given in many folders, all in the file system of `folder`. */
export async function syncNames(folders: ReadonlySet<string>, folder: string): Promise<void> {
  if (folders.size > groupSize && (await syncFileSystem(folder))) return;
  // As in syncFolder().
  if (process.platform === "win32") return;
  const paths = [...folders];
  for (let i = 0; i < paths.length; i += atOnce) await Promise.all(paths.slice(i, i + atOnce).map(syncWhole));
}

// Node has no syncfs(2); coreutils' sync does (busybox's ignores -f and syncs all, which serves as well).
async function syncFileSystem(folder: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  // Not at the top: what only starts processes is a third of what a thread loads.
  const { execFile } = await import("node:child_process");
  return new Promise((resolve) => {
    execFile("sync", ["-f", folder], (error) => resolve(error === null));
  });
}
