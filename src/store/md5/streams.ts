import { createHash } from "node:crypto";
import { addressOf, blockBytes, dataOf, laneBytes, lanes, stateOf } from "./layout.ts";
import { type Machine, machine } from "./machine.ts";

/** Bytes to be hashed, asked for piece by piece. */
export interface ByteStream {
  /** Puts the next bytes into `into`, {@link pieceBytes} of room, and says how many; fewer than fit only at the end. */
  read(into: Uint8Array): number;
  /** Called at the end, while what the last `read` gave is still in its place. @param md5 32 hex digits */
  end(md5: string): void;
  /** Called once for each stream that was taken, also when another one failed. */
  close(): void;
}

/** What a stream is asked for at once. */
export const pieceBytes: number = laneBytes;

let busy = false;

/**
 * Hashes streams until there are no more, several at once where the processor can: one thread does three to four times
 * what OpenSSL does of one stream after the other. Blocking.
 *
 * @param next the next stream; null at the end, and then always
 */
export function hashStreams(next: () => ByteStream | null): void {
  const engine = machine();
  // The module has one memory: what a stream hashes while it is asked is done one by one.
  if (engine === null || busy) hashOneByOne(next);
  else hashTogether(engine, next);
}

/** With OpenSSL: also for one long stream, which has nothing to lie beside. */
export function hashOneByOne(next: () => ByteStream | null): void {
  const piece = new Uint8Array(pieceBytes);
  for (let stream = next(); stream !== null; stream = next()) {
    try {
      const hash = createHash("md5");
      let read = pieceBytes;
      while (read === pieceBytes) {
        read = stream.read(piece);
        hash.update(piece.subarray(0, read));
      }
      stream.end(hash.digest("hex"));
    } finally {
      stream.close();
    }
  }
}

function hashTogether(engine: Machine, next: () => ByteStream | null): void {
  busy = true;
  const all = Array.from({ length: lanes }, (_, i) => new Lane(engine, i));
  try {
    for (;;) {
      for (const lane of all) lane.advance(next);
      const blocks = Math.min(...all.map((lane) => lane.waiting));
      if (blocks === Number.POSITIVE_INFINITY) return;
      for (const lane of all) lane.place(blocks);
      engine.rounds(blocks);
    }
  } finally {
    busy = false;
    for (const lane of all) lane.close();
  }
}

// RFC 1321, section 3.3.
const initialState = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];

/** One of the streams that are hashed at once. */
class Lane {
  readonly #engine: Machine;
  readonly #index: number;
  readonly #data: Uint8Array;
  #stream: ByteStream | null = null;
  #blocks = 0;
  #address = 0;
  #length = 0;
  #isPadded = false;

  constructor(engine: Machine, index: number) {
    this.#engine = engine;
    this.#index = index;
    this.#data = new Uint8Array(engine.memory, dataOf(index), laneBytes + 2 * blockBytes);
  }

  /** Blocks that can be hashed without reading; infinitely many, of nobody, where there is no stream. */
  get waiting(): number {
    return this.#stream === null ? Number.POSITIVE_INFINITY : this.#blocks;
  }

  /** Sees to it that there are blocks to hash, as long as there are streams. */
  advance(next: () => ByteStream | null): void {
    while (this.#blocks === 0) {
      if (this.#stream !== null && this.#isPadded) this.#end(this.#stream);
      if (this.#stream === null) {
        const stream = next();
        if (stream === null) return;
        this.#begin(stream);
      }
      this.#fill();
    }
  }

  /** Tells the module where the next `blocks` are. */
  place(blocks: number): void {
    const { words } = this.#engine;
    if (this.#stream === null) {
      // Whatever lies there goes into a state that nobody asks for.
      words[addressOf(this.#index) / 4] = dataOf(this.#index);
      return;
    }
    words[addressOf(this.#index) / 4] = this.#address;
    this.#address += blocks * blockBytes;
    this.#blocks -= blocks;
  }

  close(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  #begin(stream: ByteStream): void {
    this.#stream = stream;
    this.#length = 0;
    this.#isPadded = false;
    initialState.forEach((value, word) => {
      this.#engine.words[stateOf(this.#index, word) / 4] = value;
    });
  }

  #fill(): void {
    const read = this.#stream?.read(this.#data.subarray(0, laneBytes)) ?? 0;
    this.#length += read;
    this.#isPadded = read < laneBytes;
    this.#blocks = (this.#isPadded ? this.#pad(read) : read) / blockBytes;
    this.#address = dataOf(this.#index);
  }

  /** RFC 1321, sections 3.1 and 3.2: a bit, zeros, and the length in bits, to whole blocks. */
  #pad(read: number): number {
    const end = Math.ceil((read + 9) / blockBytes) * blockBytes;
    this.#data.fill(0, read, end);
    this.#data[read] = 0x80;
    const tail = new DataView(this.#data.buffer, this.#data.byteOffset + end - 8, 8);
    tail.setUint32(0, (this.#length * 8) >>> 0, true);
    tail.setUint32(4, Math.floor(this.#length / 2 ** 29), true);
    return end;
  }

  #end(stream: ByteStream): void {
    const digest = Buffer.alloc(16);
    for (let word = 0; word < 4; word++)
      digest.writeUInt32LE(this.#engine.words[stateOf(this.#index, word) / 4] ?? 0, word * 4);
    stream.end(digest.toString("hex"));
    this.close();
  }
}
