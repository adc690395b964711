import { type Beside, CodecError, decode, encode } from "../encoding/index.ts";
import { arrayFile, arrayOf, isLongArray, keptObjects, readObject } from "../keep/index.ts";
import { mayBeModel, modelFiles, modelOf } from "./models.ts";
import { keepable } from "./part-limit.ts";
import { sharedParts } from "./shared-parts.ts";
import { isStepFile, type KeptFile, keepFile, StepFile, standingFile } from "./step-file.ts";
import { type TableWords, tableFile, tableKind, tableOf } from "./tables.ts";
import type { ValuePlace } from "./value-place.ts";

type Words = readonly unknown[];

/**
 * The text of a value as {@link encode} writes it, and beside it, as objects that are on the disk when it resolves: long
 * arrays (NumPy files), tables (Arrow files), models and files.
 *
 * @throws {CodecError} a part that cannot be kept, by its path
 */
export async function encodeValue(value: unknown, place: ValuePlace, root?: string): Promise<string> {
  const writer = new BesideWriter(place);
  const text = encode(value, root, writer);
  if (writer.waiting.size === 0) return text;
  await writer.keepAll();
  return encode(value, root, writer);
}

/** The value of a text that {@link encodeValue} wrote: a fresh copy at each call. @throws {DamagedResultError} */
export async function decodeValue(text: string, place: ValuePlace): Promise<unknown> {
  if (!text.includes('{"~":["')) return decode(text);
  const reader = new BesideReader();
  const value = decode(text, reader);
  if (reader.met.size === 0) return value;
  await reader.makeAll(place);
  return decode(text, reader);
}

class BesideWriter implements Beside {
  /** Parts that have no words yet, with their paths. */
  readonly waiting = new Map<object, string>();
  readonly #words = new Map<object, Words>();
  readonly #place: ValuePlace;

  constructor(place: ValuePlace) {
    this.#place = place;
  }

  write(part: object, path: string): Words | null {
    const known = this.#words.get(part);
    if (known !== undefined) return known;
    if (!isLongArray(part) && !isStepFile(part) && tableKind(part) === null && !mayBeModel(part)) return null;
    this.waiting.set(part, path);
    return [];
  }

  read(): unknown {
    return undefined;
  }

  async keepAll(): Promise<void> {
    for (const [part, path] of this.waiting) this.#words.set(part, await this.#keep(part, path));
  }

  async #keep(part: object, path: string): Promise<Words> {
    const { folder } = this.#place;
    if (isLongArray(part)) {
      const { name, kind, bytes } = arrayFile(part);
      return [name, this.#put(keepable(bytes, path)), kind];
    }
    if (isStepFile(part)) return this.#file(part, path);
    const kind = tableKind(part);
    if (kind !== null) {
      const { bytes, words } = tableFile(part, { kind, path, folder });
      return ["table", this.#put(keepable(bytes, path)), kind, words];
    }
    const { flavor, facts, files } = await modelFiles(part, path);
    return ["model", ...files.map(([, bytes]) => this.#put(bytes)), files.map(([name]) => name), flavor, facts];
  }

  async #file(part: StepFile, path: string): Promise<Words> {
    try {
      const { md5, name, bytes } = await keepFile(part.path, this.#place);
      return ["file", md5, name, bytes];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      throw new CodecError(
        path,
        `is file(${JSON.stringify(part.path)}), and there is no such file. Write it before the step returns.`,
      );
    }
  }

  #put(bytes: Uint8Array): string {
    const digest = keptObjects(this.#place.objects).put(bytes);
    sharedParts.share(digest, bytes);
    return digest;
  }
}

const names: ReadonlySet<unknown> = new Set(["npy", "bytes", "table", "model", "file"]);

class BesideReader implements Beside {
  /** Words that were met, by their text. */
  readonly met = new Map<string, Words>();
  readonly #parts = new Map<string, unknown>();

  write(): null {
    return null;
  }

  read(words: Words): unknown {
    // Before there was anything beside a text, nothing had two of these names: they are told by the digest behind them.
    if (!names.has(words[0]) || typeof words[1] !== "string") return undefined;
    const key = JSON.stringify(words);
    if (!this.#parts.has(key)) this.met.set(key, words);
    return this.#parts.get(key) ?? null;
  }

  async makeAll(place: ValuePlace): Promise<void> {
    for (const [key, words] of this.met) this.#parts.set(key, await made(words, place));
  }
}

async function made([name, digest, ...rest]: Words, place: ValuePlace): Promise<unknown> {
  const md5 = String(digest);
  const { folder } = place;
  switch (name) {
    case "table":
      return tableOf(bytesOf(md5, place), { kind: String(rest[0]), words: rest[1] as TableWords, folder });
    case "file": {
      const kept: KeptFile = { md5, name: String(rest[0]), bytes: Number(rest[1]) };
      return new StepFile(standingFile(kept, place));
    }
    case "model":
      return modelOf(modelWords([md5, ...rest], place));
    default:
      return arrayOf(String(name), String(rest[0]), bytesOf(md5, place));
  }
}

function modelWords(words: Words, place: ValuePlace): Parameters<typeof modelOf>[0] {
  const paths = words.find(Array.isArray) as readonly string[];
  const [flavor, facts] = words.slice(paths.length + 1);
  const files = paths.map((path, i) => [path, bytesOf(String(words[i]), place)] as const);
  return { flavor: String(flavor), facts: facts as Readonly<Record<string, unknown>>, files };
}

/** The bytes of an object, nobody else's. */
function bytesOf(digest: string, place: ValuePlace): Uint8Array {
  return sharedParts.copy(digest) ?? new Uint8Array(readObject(keptObjects(place.objects), digest));
}
