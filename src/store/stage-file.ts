import { createHash, hash } from "node:crypto";
import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
} from "node:fs";
import { dirname } from "node:path";
import { StemmaError } from "../error.ts";
import { writeAll } from "./files.ts";
import { holds, objectPath } from "./object-path.ts";

/** A file on its way into the store: `staged` says whether its bytes wait at `aside`, or were in the store already. */
export interface StagedFile {
  readonly aside: string;
  readonly md5: string;
  readonly bytes: number;
  readonly staged: boolean;
}

export interface StageJob {
  readonly source: string;
  /** A free path in the store's file system. */
  readonly aside: string;
}

/** A file changed while it was read; nothing was kept of it. */
export class FileChangedError extends StemmaError {
  constructor(path: string) {
    super("FILE_CHANGED", `${path} changed while it was being read. Run it again when nothing writes to the file.`);
  }
}

const blockBytes = 1024 * 1024;
const block: Buffer = Buffer.allocUnsafeSlow(blockBytes);

/** Hashes a file and writes it aside from the same buffer, so that what is kept is what was hashed. Blocking. */
export function stageFile(job: StageJob, folder: string): StagedFile {
  const source = openSync(job.source, "r");
  try {
    const before = fstatSync(source);
    const open: OpenJob = { ...job, folder, source, size: before.size };
    const staged = before.size <= blockBytes ? stageSmall(open) : stageLarge(open, job);
    if (changed(before, fstatSync(source)) || staged.bytes !== before.size) {
      rmSync(job.aside, { force: true });
      throw new FileChangedError(job.source);
    }
    return staged;
  } finally {
    closeSync(source);
  }
}

function changed(before: Stats, after: Stats): boolean {
  return before.size !== after.size || before.mtimeMs !== after.mtimeMs;
}

interface OpenJob {
  readonly source: number;
  readonly size: number;
  readonly aside: string;
  readonly folder: string;
}

function stageSmall(job: OpenJob): StagedFile {
  const bytes = block.subarray(0, readUpTo(job.source, job.size));
  const digest = hash("md5", bytes, "hex");
  const staged = !holds(objectPath(job.folder, digest), bytes.length);
  if (staged) writeObject(job.aside, (file) => writeAll(file, bytes));
  return { aside: job.aside, md5: digest, bytes: bytes.length, staged };
}

function stageLarge(open: OpenJob, job: StageJob): StagedFile {
  const { digest, bytes } = cloned(job) ? hashClone(job.aside) : copyAndHash(open.source, job.aside);
  const staged = !holds(objectPath(open.folder, digest), bytes);
  if (!staged) rmSync(job.aside, { force: true });
  return { aside: job.aside, md5: digest, bytes, staged };
}

// A clone (XFS, btrfs, APFS) shares the blocks with the source and no longer follows it: hashing it is safe and free of a copy.
function cloned(job: StageJob): boolean {
  try {
    copyFileSync(job.source, job.aside, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    rmSync(job.aside, { force: true });
    return false;
  }
}

function hashClone(path: string): { readonly digest: string; readonly bytes: number } {
  const file = openSync(path, "r");
  try {
    fchmodSync(file, 0o444);
    return pump(file, () => {});
  } finally {
    closeSync(file);
  }
}

function copyAndHash(source: number, aside: string): { readonly digest: string; readonly bytes: number } {
  return writeObject(aside, (file) => pump(source, (bytes) => writeAll(file, bytes)));
}

// A umask that takes reading away would leave a mode that DVC does not trust.
const needsMode = (process.umask() & 0o444) !== 0;

function writeObject<T>(path: string, write: (file: number) => T): T {
  const file = openSync(path, "wx", 0o444);
  try {
    const result = write(file);
    if (needsMode) fchmodSync(file, 0o444);
    return result;
  } finally {
    closeSync(file);
  }
}

function pump(file: number, take: (bytes: Buffer) => void): { readonly digest: string; readonly bytes: number } {
  const running = createHash("md5");
  let total = 0;
  for (let read = readUpTo(file, blockBytes); read > 0; read = readUpTo(file, blockBytes)) {
    const bytes = block.subarray(0, read);
    running.update(bytes);
    take(bytes);
    total += read;
  }
  return { digest: running.digest("hex"), bytes: total };
}

function readUpTo(file: number, limit: number): number {
  let filled = 0;
  while (filled < limit) {
    const read = readSync(file, block, filled, limit - filled, null);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

export interface Move {
  readonly from: string;
  readonly to: string;
}

/** Gives staged files their names. Blocking. */
export function placeFiles(moves: readonly Move[]): void {
  const made = new Set<string>();
  for (const { from, to } of moves) {
    const folder = dirname(to);
    if (!made.has(folder)) mkdirSync(folder, { recursive: true });
    made.add(folder);
    renameSync(from, to);
  }
}
