import { closeSync, ftruncateSync, mkdirSync, openSync } from "node:fs";
import { crc32 } from "node:zlib";
import { StemmaError } from "../../error.ts";
import { writeAll } from "../../store/index.ts";
import { frameHeadBytes, pointBytes, type Segment, segmentOf } from "./tail.ts";

const framePoints = 256;
const flushMs = 50;
/** About 65,000 points: folded in some 10 ms. */
const segmentBytes = 2 * 1024 * 1024;

/** A point could not be written and was not taken. Those before it are kept, and written as soon as that is possible. */
export class TailWriteError extends StemmaError {
  constructor(path: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    super(
      "TAIL_WRITE",
      `A metric point could not be written to ${path}: ${reason}. Points logged before it are kept; make room on the disk, then log it again.`,
      { cause },
    );
  }
}

export interface TailOptions {
  /** The folder of all tails. */
  readonly folder: string;
  readonly run: string;
  /** Hex digits that no other writer of the run has. */
  readonly writer: string;
  /** Each point in the file before `add` returns. */
  readonly eachCall: boolean;
  /** Called with a segment that is full; its points can go to the database. */
  readonly onFull: (segment: Segment) => void;
}

/** When a point was: its step and time, and what the clock says as it is logged. */
export interface When {
  readonly step: number;
  readonly timeMs: number;
  readonly nowMs: number;
}

/**
 * Writes the tail of a run. A point has reached the file after 256 of them or 50 ms, looked at in {@link TailWriter.add}
 * because a busy loop fires no timer, or at the end of the cell; `eachCall` makes it each call.
 */
export class TailWriter {
  readonly #options: TailOptions;
  readonly #buffer = new ArrayBuffer(frameHeadBytes + framePoints * pointBytes);
  readonly #points = new Float64Array(this.#buffer, frameHeadBytes);
  readonly #frames: Frame[] = [];
  readonly #indices = new Map<string, number>();
  #newNames: string[] = [];
  #count = 0;
  #firstMs = 0;
  #lastName = "";
  #lastIndex = -1;
  #number = 0;
  #file: number | null = null;
  #length = 0;

  constructor(options: TailOptions) {
    this.#options = options;
  }

  /** Whether points wait for {@link flush}. */
  get isDirty(): boolean {
    return this.#count > 0;
  }

  /**
   * Takes one point. Nothing of `when` is kept, so that a caller can use one record again and again.
   *
   * @throws {TailWriteError} the point is not taken
   */
  add(name: string, value: number, when: When): void {
    // Full only after a flush that failed.
    if (this.#count === framePoints) this.flush();
    const points = this.#points;
    const at = this.#count * 4;
    points[at] = name === this.#lastName && this.#lastIndex !== -1 ? this.#lastIndex : this.#indexOf(name);
    points[at + 1] = when.step;
    points[at + 2] = when.timeMs;
    points[at + 3] = value;
    if (this.#count++ === 0) this.#firstMs = when.nowMs;
    if (this.#count === framePoints || when.nowMs - this.#firstMs >= flushMs || this.#options.eachCall)
      this.#flushWithLast();
  }

  #flushWithLast(): void {
    try {
      this.flush();
    } catch (error) {
      this.#count--;
      throw error;
    }
  }

  /** Brings all points to the file. @throws {TailWriteError} the points are kept */
  flush(): void {
    if (this.#count === 0) return;
    const frame = this.#wholeFrame();
    try {
      writeAll(this.#open(), frame);
    } catch (error) {
      // Half a frame would hide all that follow.
      if (this.#file !== null) ftruncateSync(this.#file, this.#length);
      throw new TailWriteError(this.#segment().path, error);
    }
    this.#length += frame.length;
    this.#count = 0;
    this.#newNames = [];
    if (this.#length >= segmentBytes) this.#endSegment();
  }

  /** Flushes and closes the file; a later point opens the next segment. */
  close(): void {
    this.flush();
    this.#closeFile();
  }

  #indexOf(name: string): number {
    let index = this.#indices.get(name);
    if (index === undefined) {
      index = this.#indices.size;
      this.#indices.set(name, index);
      this.#newNames.push(name);
    }
    this.#lastName = name;
    this.#lastIndex = index;
    return index;
  }

  #wholeFrame(): Buffer {
    if (this.#newNames.length > 0) return sealed(this.#frameWithNames(), this.#nameBytes(), this.#count);
    // Views of one length are made once: with `eachCall` they would cost as much as the write.
    const frame = this.#frames[this.#count] ?? frameOf(this.#buffer, frameHeadBytes + this.#count * pointBytes);
    this.#frames[this.#count] = frame;
    return sealed(frame, 0, this.#count);
  }

  #nameBytes(): number {
    return Math.ceil(Buffer.byteLength(JSON.stringify(this.#newNames)) / 8) * 8;
  }

  #frameWithNames(): Frame {
    const nameBytes = this.#nameBytes();
    const pointsLength = this.#count * pointBytes;
    const buffer = new ArrayBuffer(frameHeadBytes + nameBytes + pointsLength);
    Buffer.from(buffer, frameHeadBytes, nameBytes).fill(" ").write(JSON.stringify(this.#newNames));
    new Uint8Array(buffer, frameHeadBytes + nameBytes).set(new Uint8Array(this.#buffer, frameHeadBytes, pointsLength));
    return frameOf(buffer, buffer.byteLength);
  }

  #segment(): Segment {
    return this.#segmentOf(this.#number);
  }

  #segmentOf(number: number): Segment {
    const { folder, run, writer } = this.#options;
    return segmentOf(folder, { run, writer, number });
  }

  #open(): number {
    if (this.#file !== null) return this.#file;
    mkdirSync(this.#options.folder, { recursive: true });
    this.#file = openSync(this.#segmentOf(this.#number + 1).path, "a");
    this.#number++;
    this.#length = 0;
    return this.#file;
  }

  #endSegment(): void {
    const segment = this.#segment();
    this.#closeFile();
    this.#options.onFull(segment);
  }

  #closeFile(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    // Names are counted anew in each segment, so that each can be read alone.
    this.#indices.clear();
    this.#lastIndex = -1;
  }
}

/** A frame and its parts, as views of the same bytes. */
interface Frame {
  readonly bytes: Buffer;
  readonly head: Uint32Array;
  readonly body: Buffer;
}

function frameOf(buffer: ArrayBuffer, length: number): Frame {
  return {
    bytes: Buffer.from(buffer, 0, length),
    head: new Uint32Array(buffer, 0, 4),
    body: Buffer.from(buffer, 8, length - 8),
  };
}

// Native order, which is little-endian wherever Node runs but on IBM Z; a store does not move there and back.
function sealed({ bytes, head, body }: Frame, nameBytes: number, count: number): Buffer {
  head[0] = body.length;
  head[2] = nameBytes;
  head[3] = count;
  head[1] = crc32(body);
  return bytes;
}
