import {
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from "node:fs";
import { join } from "node:path";
import { StemmaError } from "../error.ts";
import { type FileJob, HashedFile, type LongFile } from "./hashed-file.ts";
import { hashAll } from "./md5/index.ts";
import { createFile, errorCode, writeFile } from "./new-file.ts";
import { holds, objectPath } from "./object-path.ts";

/** A file as it was when it was looked at: one that is another when it has been read was written to meanwhile. */
export interface SeenFile {
  readonly path: string;
  readonly bytes: number;
  readonly mtimeMs: number;
}

export interface StageJob extends SeenFile {
  /** Its place in the group. */
  readonly index: number;
  /** What the file must hold to be kept; null where anything is welcome. */
  readonly md5: string | null;
}

/**
 * Files that get their names together. Until then each waits below `aside` in a folder of the name that it will lie in, so that a
 * folder which the store does not have yet gets its name with all that is in it.
 */
export interface Group {
  /** The store's folder, above `files/md5/`. */
  readonly folder: string;
  /** In the store's file system. */
  readonly aside: string;
}

/** A file changed while it was read; nothing was kept of it. */
export class FileChangedError extends StemmaError {
  constructor(path: string) {
    super("FILE_CHANGED", `${path} changed while it was being read. Run it again when nothing writes to the file.`);
  }
}

/**
 * Hashes files and writes those that the store lacks aside, from the same buffer, so that what is kept is what was hashed. Blocking.
 *
 * @returns the MD5 of each, in the order of the jobs
 * @throws {FileChangedError}
 */
export function stageFiles(group: Group, jobs: readonly StageJob[]): readonly string[] {
  const digests: string[] = [];
  const there = foldersOf(group);
  const streams = jobs.map((job, i) => {
    const end = (md5: string): void => {
      digests[i] = md5;
    };
    return { bytes: job.bytes, open: () => new HashedFile(stagedJob({ group, there, job }, end)) };
  });
  hashAll(streams);
  return digests;
}

/** The folders of objects that the store has: what would lie in another one is not there. */
function foldersOf({ folder }: Group): ReadonlySet<string> {
  try {
    return new Set(readdirSync(join(folder, "files", "md5")));
  } catch (error) {
    if (errorCode(error) === "ENOENT") return new Set();
    throw error;
  }
}

interface Staging {
  readonly group: Group;
  readonly there: ReadonlySet<string>;
  readonly job: StageJob;
}

function stagedJob(staging: Staging, end: (md5: string) => void): FileJob {
  const { group, job } = staging;
  const unnamed = join(group.aside, `unnamed-${job.index}`);
  return {
    path: job.path,
    bytes: job.bytes,
    open: (source) => openLong(job, unnamed, source),
    end: (md5, { source, length, whole }) => {
      if (isChanged(job, source, length)) throw new FileChangedError(job.path);
      const wanted = isWanted(staging, md5);
      if (wanted && whole !== null) writeAside(group, md5, whole);
      else if (wanted) nameAside(group, md5, unnamed);
      else if (whole === null) rmSync(unnamed);
      end(md5);
    },
  };
}

function isChanged({ bytes, mtimeMs }: StageJob, source: number, length: number): boolean {
  const after = fstatSync(source);
  return length !== bytes || after.size !== bytes || after.mtimeMs !== mtimeMs;
}

function isWanted({ group, there, job }: Staging, md5: string): boolean {
  if (job.md5 !== null && job.md5 !== md5) return false;
  return !there.has(md5.slice(0, 2)) || !holds(objectPath(group.folder, md5), job.bytes);
}

// From here on a clone of the file, where the file system has that, is cheaper than to write its bytes.
const cloneBytes = 1024 * 1024;

/** A clone (XFS, btrfs, APFS) shares the blocks with the source and no longer follows it: hashing it is safe and free of a copy. */
function openLong(job: StageJob, aside: string, source: number): LongFile {
  if (job.bytes < cloneBytes || !cloned(job.path, aside)) return { input: source, output: createFile(aside, 0o444) };
  const input = openSync(aside, "r");
  fchmodSync(input, 0o444);
  return { input, output: null };
}

function cloned(path: string, aside: string): boolean {
  try {
    copyFileSync(path, aside, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // Most file systems have none; what else is wrong with the file is found out by reading it.
    rmSync(aside, { force: true });
    return false;
  }
}

/** Writes a file of its final name and mode below `aside`; where it is already, an equal file was before it. */
function writeAside(group: Group, md5: string, bytes: Uint8Array): void {
  const folder = `${group.aside}/${md5.slice(0, 2)}`;
  const path = `${folder}/${md5.slice(2)}`;
  try {
    writeFile(path, bytes, 0o444);
  } catch (error) {
    if (errorCode(error) === "EEXIST") return;
    if (errorCode(error) !== "ENOENT") throw error;
    mkdirSync(folder, { recursive: true });
    writeAside(group, md5, bytes);
  }
}

function nameAside({ aside }: Group, md5: string, path: string): void {
  const folder = join(aside, md5.slice(0, 2));
  mkdirSync(folder, { recursive: true });
  renameSync(path, join(folder, md5.slice(2)));
}

/** Gives the staged files their names: of the folders `names` below `aside`. Blocking. */
export function placeFolders({ folder, aside }: Group, names: readonly string[]): void {
  const objects = join(folder, "files", "md5");
  mkdirSync(objects, { recursive: true });
  for (const name of names) placeFolder(join(aside, name), join(objects, name));
}

/** What rename(2) says where a folder is already, or where it is none, and Windows. */
const taken: ReadonlySet<string | null> = new Set(["ENOTEMPTY", "EEXIST", "ENOTDIR", "EPERM"]);

// One rename for all files of a folder that the store does not have yet, or has empty.
function placeFolder(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!taken.has(errorCode(error))) throw error;
    mkdirSync(to, { recursive: true });
    for (const name of readdirSync(from)) renameSync(`${from}/${name}`, `${to}/${name}`);
  }
}
