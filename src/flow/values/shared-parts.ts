import { objectsIn } from "../keep/index.ts";

/** The bytes of an object, in memory that all threads see. */
export interface SharedPart {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

const keptBytes = 512 * 1024 * 1024;

/**
 * Parts of values that this thread has at hand: a table goes from the thread that made it to the one that needs it without
 * being copied, written out or read. They are on the disk too; the ones that were not used for longest are forgotten.
 */
export class SharedParts {
  readonly #parts = new Map<string, Uint8Array>();
  #bytes = 0;

  /** Keeps what another thread sent. */
  keep(parts: readonly SharedPart[]): void {
    for (const { digest, bytes } of parts) this.#add(digest, bytes);
  }

  /** Keeps bytes that this thread made, and gives them as all threads see them. */
  share(digest: string, bytes: Uint8Array): void {
    if (this.#parts.has(digest)) return;
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    this.#add(digest, shared);
  }

  /** The parts of a value that are at hand: what goes with its text to another thread. */
  of(text: string): readonly SharedPart[] {
    return objectsIn(text).flatMap((digest) => {
      const bytes = this.#parts.get(digest);
      return bytes === undefined ? [] : [{ digest, bytes }];
    });
  }

  /** Bytes of one's own: what a step does to them, no other one sees. */
  copy(digest: string): Uint8Array | null {
    const known = this.#parts.get(digest);
    if (known === undefined) return null;
    // To the end of the line.
    this.#parts.delete(digest);
    this.#parts.set(digest, known);
    return new Uint8Array(known);
  }

  clear(): void {
    this.#parts.clear();
    this.#bytes = 0;
  }

  #add(digest: string, bytes: Uint8Array): void {
    if (this.#parts.has(digest)) return;
    this.#parts.set(digest, bytes);
    this.#bytes += bytes.length;
    for (const [other, { length }] of this.#parts) {
      if (this.#bytes <= keptBytes) break;
      this.#parts.delete(other);
      this.#bytes -= length;
    }
  }
}

/** Those of this thread. */
export const sharedParts: SharedParts = new SharedParts();
