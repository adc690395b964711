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
import { type ByteStream, hashAll, pieceBytes } from "./md5/index.ts";
import { holds, objectPath } from "./object-path.ts";

/** A file on its way into the store: `staged` says whether its bytes wait at `aside`, or were in the store already. */
export interface StagedFile {
  readonly aside: string;
  readonly md5: string;
  readonly bytes: number;
  readonly staged: boolean;
}

/** A file, and how long it was when it was looked at. */
export interface SizedFile {
  readonly path: string;
  readonly bytes: number;
}

export interface StageJob extends SizedFile {
  /** A free path in the store's file system. */
  readonly aside: string;
}

/** A file changed while it was read; nothing was kept of it. */
export class FileChangedError extends StemmaError {
  constructor(path: string) {
    super("FILE_CHANGED", `${path} changed while it was being read. Run it again when nothing writes to the file.`);
  }
}

/**
 * Hashes files and writes them aside from the same buffer, so that what is kept is what was hashed. Blocking.
 *
 * @returns in the order of the jobs
 * @throws {FileChangedError}
 */
export function stageFiles(jobs: readonly StageJob[], folder: string): readonly StagedFile[] {
  const staged: StagedFile[] = [];
  const keep = (i: number) => (file: StagedFile) => {
    staged[i] = file;
  };
  hashAll(jobs.map((job, i) => ({ bytes: job.bytes, open: () => new StageStream(job, folder, keep(i)) })));
  return staged;
}

/** The MD5 of each file, in their order. Blocking. */
export function digestsOf(files: readonly SizedFile[]): readonly string[] {
  const digests: string[] = [];
  const open = (path: string, i: number): ByteStream => {
    const file = openSync(path, "r");
    return {
      read: (into) => readUpTo(file, into),
      end: (md5) => {
        digests[i] = md5;
      },
      close: () => closeSync(file),
    };
  };
  hashAll(files.map(({ path, bytes }, i) => ({ bytes, open: () => open(path, i) })));
  return digests;
}

// From here on a clone of the file, where the file system has that, is cheaper than to write its bytes.
const cloneBytes = 1024 * 1024;

/** A file that is hashed, and written aside while it is. */
class StageStream implements ByteStream {
  readonly #job: StageJob;
  readonly #folder: string;
  readonly #keep: (file: StagedFile) => void;
  readonly #source: number;
  readonly #before: Stats;
  /** What is read: the source, or a clone of it. */
  #input: number;
  /** Where the pieces go; null where there is nothing to write, or not yet. */
  #output: number | null = null;
  #piece: Uint8Array = new Uint8Array();
  #length = 0;

  constructor(job: StageJob, folder: string, keep: (file: StagedFile) => void) {
    this.#job = job;
    this.#folder = folder;
    this.#keep = keep;
    this.#source = openSync(job.path, "r");
    this.#input = this.#source;
    try {
      this.#before = fstatSync(this.#source);
      if (!this.#isSmall && !this.#clone()) this.#output = createAside(job.aside);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** All of it is in memory when its digest is known: what the store has already is not written at all. */
  get #isSmall(): boolean {
    return this.#before.size < pieceBytes;
  }

  read(into: Uint8Array): number {
    const read = readUpTo(this.#input, this.#isSmall ? into.subarray(0, this.#before.size) : into);
    this.#piece = into.subarray(0, read);
    this.#length += read;
    if (this.#output !== null) writeAll(this.#output, this.#piece);
    return read;
  }

  end(md5: string): void {
    const { path, aside } = this.#job;
    if (changed(this.#before, fstatSync(this.#source)) || this.#length !== this.#before.size) {
      rmSync(aside, { force: true });
      throw new FileChangedError(path);
    }
    const staged = !holds(objectPath(this.#folder, md5), this.#length);
    if (staged && this.#isSmall) this.#writeSmall();
    if (!staged && !this.#isSmall) rmSync(aside);
    this.#keep({ aside, md5, bytes: this.#length, staged });
  }

  close(): void {
    closeSync(this.#source);
    if (this.#input !== this.#source) closeSync(this.#input);
    if (this.#output !== null) closeSync(this.#output);
  }

  #writeSmall(): void {
    this.#output = createAside(this.#job.aside);
    writeAll(this.#output, this.#piece);
  }

  // A clone (XFS, btrfs, APFS) shares the blocks with the source and no longer follows it: hashing it is safe and free of a copy.
  #clone(): boolean {
    if (this.#before.size < cloneBytes || !cloned(this.#job)) return false;
    this.#input = openSync(this.#job.aside, "r");
    fchmodSync(this.#input, 0o444);
    return true;
  }
}

function changed(before: Stats, after: Stats): boolean {
  return before.size !== after.size || before.mtimeMs !== after.mtimeMs;
}

function cloned({ path, aside }: StageJob): boolean {
  try {
    copyFileSync(path, aside, constants.COPYFILE_FICLONE_FORCE);
    return true;
  } catch {
    // Most file systems have none; what else is wrong with the file is found out by reading it.
    rmSync(aside, { force: true });
    return false;
  }
}

// A umask that takes reading away would leave a mode that DVC does not trust.
const needsMode = (process.umask() & 0o444) !== 0;

function createAside(path: string): number {
  const file = openSync(path, "wx", 0o444);
  if (needsMode) fchmodSync(file, 0o444);
  return file;
}

/** Fills `into` as far as the file reaches. */
function readUpTo(file: number, into: Uint8Array): number {
  let filled = 0;
  while (filled < into.length) {
    const read = readSync(file, into, filled, into.length - filled, null);
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
