import { decode } from "../../encoding/index.ts";
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
  // What is more than JSON (dates, maps, bytes, a key that an assignment would not set) is read again.
  if (text.includes('{"~":[') || text.includes('"__proto__"')) return (place) => decodeValue(text, place);
  const value = decode(text);
  const copier = copierOf(value);
  return () => copier(value);
}

type Copier = (value: unknown) => unknown;

const same: Copier = (value) => value;

/** What copies a value of plain JSON, several times as fast as reading it again: where parts cannot change, none is looked at. */
function copierOf(value: unknown): Copier {
  if (typeof value !== "object" || value === null) return same;
  const parts = Object.entries(value).flatMap(([key, part]): [string, Copier][] => {
    const copier = copierOf(part);
    return copier === same ? [] : [[key, copier]];
  });
  if (!Array.isArray(value)) return recordCopier(parts);
  if (parts.length === 0) return (list) => (list as unknown[]).slice();
  // A table's rows, most often.
  if (parts.length === value.length && parts.every(([, copier]) => copier === flat)) return copyRows;
  return (list) => {
    const copy = (list as unknown[]).slice();
    for (const [key, copier] of parts) copy[Number(key)] = copier(copy[Number(key)]);
    return copy;
  };
}

function recordCopier(parts: readonly (readonly [string, Copier])[]): Copier {
  if (parts.length === 0) return flat;
  return (record) => {
    const copy: Record<string, unknown> = { ...(record as object) };
    for (const [key, copier] of parts) copy[key] = copier(copy[key]);
    return copy;
  };
}

const flat: Copier = (record) => ({ ...(record as object) });

function copyRows(value: unknown): unknown {
  const rows = value as readonly object[];
  const copy = new Array<object>(rows.length);
  for (let i = 0; i < rows.length; i++) copy[i] = { ...rows[i] };
  return copy;
}
