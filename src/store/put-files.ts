import { mkdirSync, readdirSync, rmdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { FileCopy } from "./copy-file.ts";
import { syncDataBelow, syncNames, temporaryName, temporaryPattern } from "./files.ts";
import type { SizedFile } from "./hashed-file.ts";
import { isShort, putShort } from "./put-short.ts";
import { inlinePutter, type Putter, threadPutter } from "./put-threads.ts";
import type { Group, SeenFile } from "./stage-file.ts";

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
  /**
   * Takes the folders whose new names are not on the disk yet, where the caller sees to that by `syncNames`: once for many calls.
   * Without it they are when this one returns.
   */
  readonly names?: Set<string>;
}

/**
 * Keeps files as one group: all bytes aside, to the disk, then their names. A crash or a power cut loses the group, never
 * leaves an object that is not what its name says.
 *
 * @param folder the store's folder, above `files/md5/`
 * @param files   as they were when they were looked at; those that are only named are looked at now
 * @returns in the order of `files`
 * @throws {FileChangedError} a file was written to meanwhile
 */
export async function putFiles(
  folder: string,
  files: readonly (string | SeenFile)[],
  options: PutOptions = {},
): Promise<readonly PutFile[]> {
  if (files.length === 0) return [];
  const seen = files.map(look);
  const [first] = seen;
  if (first !== undefined && seen.length === 1 && isShort(first)) return [await putOne(folder, first, options)];
  return withAside(join(folder, "tmp"), async (aside) => {
    const putter = openPutter(seen, options);
    try {
      const group = { folder, aside };
      const md5 = (index: number): string | null => options.digests?.[index] ?? null;
      const digests = await putter.stage(
        group,
        seen.map(({ path, bytes, mtimeMs }, index) => ({ path, bytes, mtimeMs, index, md5: md5(index) })),
      );
      await place(putter, group, { count: seen.length, later: options.names ?? null });
      return seen.map(({ path, bytes }, i) => ({ path, md5: digests[i] ?? "", bytes }));
    } finally {
      await putter.close();
    }
  });
}

async function putOne(folder: string, file: SeenFile, { signal, digests, names }: PutOptions): Promise<PutFile> {
  signal?.throwIfAborted();
  const digest = await putShort(folder, file, { wanted: digests?.[0] ?? null, names: names ?? null });
  return { path: file.path, md5: digest, bytes: file.bytes };
}

function look(file: string | SeenFile): SeenFile {
  if (typeof file !== "string") return file;
  const { size, mtimeMs } = statSync(file);
  return { path: file, bytes: size, mtimeMs };
}

interface Placing {
  readonly count: number;
  readonly later: Set<string> | null;
}

async function place(putter: Putter, group: Group, { count, later }: Placing): Promise<void> {
  const names = readdirSync(group.aside);
  if (names.length === 0) return;
  await syncDataBelow(group.aside, count);
  await putter.place(group, names);
  const objects = join(group.folder, "files", "md5");
  const folders = new Set([objects, ...names.map((name) => join(objects, name))]);
  if (later === null) await syncNames(folders, group.folder);
  else for (const folder of folders) later.add(folder);
}

/**
 * Copies files, each verified while it is copied; what is at their places is replaced at once. Not brought to the disk: for what
 * can be copied again.
 *
 * @returns of each, in their order, whether it holds the bytes of its digest; what does not is not copied
 */
export async function copyFiles(copies: readonly FileCopy[], options: PutOptions = {}): Promise<readonly boolean[]> {
  if (copies.length === 0) return [];
  const putter = openPutter(copies, options);
  try {
    return await putter.copy(copies);
  } finally {
    await putter.close();
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

/**
 * Lends a new folder below `parent`, both made for it and taken away afterwards. What a killed process left there is taken away by
 * the next one, when it is so old that nobody can be writing to it.
 */
export async function withAside<T>(parent: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = join(parent, temporaryName());
  mkdirSync(folder, { recursive: true });
  try {
    return await work(folder);
  } finally {
    clear(folder);
  }
}

function clear(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  const parent = dirname(folder);
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const madeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    if (temporaryPattern.test(name) && Date.now() - madeMs > dayMs) rmSync(path, { recursive: true, force: true });
  }
  try {
    rmdirSync(parent);
  } catch {
    // Something else is in the folder.
  }
}
