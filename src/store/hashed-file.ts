import { closeSync, openSync, readSync } from "node:fs";
import { writeAll } from "./files.ts";
import { type ByteStream, hashAll, pieceBytes } from "./md5/index.ts";
import { countRead } from "./read-counter.ts";

/** A file, and how long it was when it was looked at. */
export interface SizedFile {
  readonly path: string;
  readonly bytes: number;
}

/** A file that is hashed, and what becomes of the bytes that were. */
export interface FileJob extends SizedFile {
  /** Called at the start for a file that is read in pieces. */
  readonly open: (source: number) => LongFile;
  /** Called when the digest is known; the files are still open. */
  readonly end: (md5: string, read: ReadFile) => void;
}

/** Where the pieces of a long file come from, and where they go: null when they are there already. */
export interface LongFile {
  readonly input: number;
  readonly output: number | null;
}

export interface ReadFile {
  readonly source: number;
  /** Bytes that were read, of a short file no more than it had when it was looked at. */
  readonly length: number;
  /** All of a short file; null of one that was written in pieces. */
  readonly whole: Uint8Array | null;
}

/** A file that is hashed: a short one is in memory when its digest is known, so that nothing is written in vain. */
export class HashedFile implements ByteStream {
  readonly #job: FileJob;
  readonly #source: number;
  readonly #isShort: boolean;
  #long: LongFile | null = null;
  #piece: Uint8Array = new Uint8Array();
  #length = 0;

  constructor(job: FileJob) {
    this.#job = job;
    this.#isShort = job.bytes < pieceBytes;
    this.#source = openSync(job.path, "r");
    try {
      if (!this.#isShort) this.#long = job.open(this.#source);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  read(into: Uint8Array): number {
    const room = this.#isShort ? into.subarray(0, this.#job.bytes) : into;
    const read = readUpTo(this.#long?.input ?? this.#source, room);
    this.#piece = into.subarray(0, read);
    this.#length += read;
    const output = this.#long?.output ?? null;
    if (output !== null) writeAll(output, this.#piece);
    return read;
  }

  end(md5: string): void {
    const whole = this.#isShort ? this.#piece : null;
    this.#job.end(md5, { source: this.#source, length: this.#length, whole });
  }

  close(): void {
    closeSync(this.#source);
    if (this.#long === null) return;
    if (this.#long.input !== this.#source) closeSync(this.#long.input);
    if (this.#long.output !== null) closeSync(this.#long.output);
  }
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

/** Fills `into` as far as the file reaches. */
function readUpTo(file: number, into: Uint8Array): number {
  let filled = 0;
  while (filled < into.length) {
    const read = readSync(file, into, filled, into.length - filled, null);
    if (read === 0) break;
    filled += read;
  }
  countRead(filled);
  return filled;
}
