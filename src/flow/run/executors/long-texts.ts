import { type SharedPart, sharedParts, type Value } from "../../values/index.ts";
import { workerBytes } from "./input-cache.ts";
import { Shelf } from "./shelf.ts";
import type { SentInput } from "./worker-message.ts";

/** From this length on an input is sent once to each worker. */
const longLength = 64 * 1024;

interface LongText {
  readonly bytes: Uint8Array;
  readonly parts: readonly SharedPart[];
}

/** Long inputs as bytes that all threads see: written once, however many workers and items read them. */
let texts = new Shelf<LongText>(512 * 1024 * 1024);

/** Gives the memory back, when no flow runs. */
export function forgetTexts(): void {
  texts = new Shelf(512 * 1024 * 1024);
}

/** Inputs as they go into a job. */
export interface Sent {
  readonly inputs: readonly SentInput[];
  readonly parts: readonly SharedPart[];
}

/** What one worker has of the long inputs. */
export class SentTexts {
  readonly #sent = new Shelf<true>(workerBytes);

  /** The inputs for a job: those that the worker has by their digest only. */
  sent(values: Readonly<Record<string, Value>>): Sent {
    const all = Object.entries(values).map(([name, value]) => this.#one(name, value));
    return { inputs: all.map(({ input }) => input), parts: all.flatMap(({ parts }) => parts) };
  }

  #one(name: string, value: Value): { readonly input: SentInput; readonly parts: readonly SharedPart[] } {
    const { digest } = value;
    if (this.#sent.get(digest) !== undefined) return { input: { name, digest, text: null }, parts: [] };
    const long = texts.get(digest) ?? longText(value);
    if (typeof long === "string") return { input: { name, digest: null, text: long }, parts: sharedParts.of(long) };
    this.#sent.put(digest, true, long.bytes.byteLength);
    return { input: { name, digest, text: long.bytes }, parts: long.parts };
  }
}

function longText(value: Value): LongText | string {
  const text = value.text();
  if (text.length < longLength) return text;
  const bytes = new Uint8Array(new SharedArrayBuffer(Buffer.byteLength(text)));
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).write(text, "utf8");
  const long = { bytes, parts: sharedParts.of(text) };
  texts.put(value.digest, long, bytes.byteLength);
  return long;
}
