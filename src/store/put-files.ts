import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { syncData, syncNames, temporaryName } from "./files.ts";
import { objectPath } from "./object-path.ts";
import { inlinePutter, type Putter, threadPutter } from "./put-threads.ts";
import type { Move, SizedFile, StagedFile } from "./stage-file.ts";

/** One file that the store keeps now. */
export interface PutFile {
  readonly path: string;
  /** 32 hex digits. */
  readonly md5: string;
  readonly bytes: number;
}

export interface PutOptions {
  /** Stops between two batches; nothing half-written stays. */
  readonly signal?: AbortSignal;
  /** The digest that each file must have: what has another one is not kept. */
  readonly digests?: readonly string[];
}

/**
 * Keeps files as one group: all bytes aside, to the disk, then their names. A crash or a power cut loses the group, never
 * leaves an object that is not what its name says.
 *
 * @param folder the store's folder, above `files/md5/`
 * @returns in the order of `paths`
 * @throws {FileChangedError} a file was written to meanwhile
 */
export async function putFiles(
  folder: string,
  paths: readonly string[],
  options: PutOptions = {},
): Promise<readonly PutFile[]> {
  if (paths.length === 0) return [];
  const files = paths.map((path) => ({ path, bytes: statSync(path).size }));
  const asideFolder = join(folder, "tmp", temporaryName());
  mkdirSync(asideFolder, { recursive: true });
  const putter = openPutter(files, options);
  try {
    const jobs = files.map((file, i) => ({ ...file, aside: join(asideFolder, String(i)) }));
    const staged = await putter.stage(jobs, folder);
    const { digests } = options;
    await place(putter, digests === undefined ? staged : staged.filter(({ md5 }, i) => md5 === digests[i]), folder);
    return staged.map(({ md5, bytes }, i) => ({ path: paths[i] ?? "", md5, bytes }));
  } finally {
    await putter.close();
    clear(asideFolder);
  }
}

/**
 * The MD5 of files, 32 hex digits each, in their order; many files, or long ones, by several threads.
 *
 * @param files with the lengths they had when they were looked at, by which the work is shared
 * @throws the system's error (`ENOENT`, …) when one cannot be read
 */
export async function md5Files(files: readonly SizedFile[], options: PutOptions = {}): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const putter = openPutter(files, options);
  try {
    return await putter.hash(files);
  } finally {
    await putter.close();
  }
}

async function place(putter: Putter, staged: readonly StagedFile[], folder: string): Promise<void> {
  const moves: readonly Move[] = staged
    .filter((file) => file.staged)
    .map((file) => ({ from: file.aside, to: objectPath(folder, file.md5) }));
  if (moves.length === 0) return;
  await syncData(
    moves.map((move) => move.from),
    folder,
  );
  await putter.place(moves);
  await syncNames(new Set([join(folder, "files", "md5"), ...moves.map((move) => dirname(move.to))]), folder);
}

const quickFiles = 4_000;
const quickBytes = 64 * 1024 * 1024;
const quickFileBytes = 8 * 1024 * 1024;

/** This thread, where it is done before others have started (50 to 100 ms) and no file keeps it for longer than a blink. */
function openPutter(files: readonly SizedFile[], { signal = null }: { readonly signal?: AbortSignal | null }): Putter {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const isQuick =
    files.length <= quickFiles && bytes <= quickBytes && files.every((file) => file.bytes <= quickFileBytes);
  return isQuick ? inlinePutter(signal) : threadPutter(signal);
}

const dayMs = 24 * 60 * 60 * 1000;

// What a killed process left is taken away by the next one, when it is so old that nobody can be writing to it.
function clear(asideFolder: string): void {
  rmSync(asideFolder, { recursive: true, force: true });
  const parent = dirname(asideFolder);
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const madeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (basename(path).startsWith(".") && Date.now() - madeMs > dayMs) rmSync(path, { recursive: true, force: true });
  }
  try {
    rmdirSync(parent);
  } catch {
    // Another process is using the folder.
  }
}
