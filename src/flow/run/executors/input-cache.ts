import { decode } from "../../codec.ts";
import { decodeValue, type ValuePlace } from "../../values/index.ts";
import { Shelf } from "./shelf.ts";
import type { SentInput } from "./worker-message.ts";

/** Text of inputs that a worker keeps for its next jobs; who sends them counts along, and so knows which it has. */
export const workerBytes: number = 128 * 1024 * 1024;

/** A fresh copy at each call: what a step changes in its inputs, the next one must not see. */
type Copies = (place: ValuePlace) => unknown;

/** The inputs of a worker's jobs. A long one that many items share is read once; each item gets a copy of it. */
export class InputCache {
  readonly #kept = new Shelf<Copies>(workerBytes);

  /** The step's record of inputs. */
  async record(inputs: readonly SentInput[], place: ValuePlace): Promise<unknown> {
    const record: Record<string, unknown> = {};
    for (const input of inputs) {
      // "__proto__" as a name is data too.
      const field = { value: await this.#value(input, place), writable: true, enumerable: true, configurable: true };
      Object.defineProperty(record, input.name, field);
    }
    return record;
  }

  #value({ digest, text }: SentInput, place: ValuePlace): unknown {
    if (typeof text === "string") return decodeValue(text, place);
    const known = this.#kept.get(digest ?? "");
    if (known !== undefined) return known(place);
    if (digest === null || text === null) throw new RangeError("An input that this worker should have is not there");
    const copies = copiesOf(Buffer.from(text.buffer, text.byteOffset, text.byteLength).toString("utf8"));
    this.#kept.put(digest, copies, text.byteLength);
    return copies(place);
  }
}

function copiesOf(text: string): Copies {
  // What is more than JSON (dates, maps, bytes) is read again: its copy would take as long.
  if (text.includes('{"~":[')) return (place) => decodeValue(text, place);
  const value = decode(text);
  return () => copyOf(value);
}

/** A copy of plain JSON, three times as fast as reading it again. */
function copyOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const list: unknown[] = value.slice();
    for (let i = 0; i < list.length; i++) if (typeof list[i] === "object") list[i] = copyOf(list[i]);
    return list;
  }
  const record: Record<string, unknown> = { ...value };
  for (const key in record) if (typeof record[key] === "object") record[key] = copyOf(record[key]);
  return record;
}
