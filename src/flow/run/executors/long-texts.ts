import type { Value } from "../../value.ts";
import { workerBytes } from "./input-cache.ts";
import { Shelf } from "./shelf.ts";
import type { SentInput } from "./worker-message.ts";

/** From this length on an input is sent once to each worker. */
const longText = 64 * 1024;

/** Long inputs as bytes that all threads see: written once, however many workers and items read them. */
let texts = new Shelf<Uint8Array>(512 * 1024 * 1024);

/** Gives the memory back, when no flow runs. */
export function forgetTexts(): void {
  texts = new Shelf(512 * 1024 * 1024);
}

/** What one worker has of the long inputs. */
export class SentTexts {
  readonly #sent = new Shelf<true>(workerBytes);

  /** The inputs as they go into a job: those that the worker has by their digest only. */
  inputs(values: Readonly<Record<string, Value>>): readonly SentInput[] {
    return Object.entries(values).map(([name, value]) => this.#one(name, value));
  }

  #one(name: string, value: Value): SentInput {
    const { digest } = value;
    if (this.#sent.get(digest) !== undefined) return { name, digest, text: null };
    const bytes = texts.get(digest) ?? longBytes(value);
    if (typeof bytes === "string") return { name, digest: null, text: bytes };
    this.#sent.put(digest, true, bytes.byteLength);
    return { name, digest, text: bytes };
  }
}

function longBytes(value: Value): Uint8Array | string {
  const text = value.text();
  if (text.length < longText) return text;
  const bytes = new Uint8Array(new SharedArrayBuffer(Buffer.byteLength(text)));
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(text, "utf8");
  texts.put(value.digest, bytes, bytes.byteLength);
  return bytes;
}
