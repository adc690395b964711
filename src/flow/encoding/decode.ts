/**
 * The half of the codec that reads: the value of a text, and what both halves know.
 *
 * This file is copied into exported projects: it imports nothing.
 */

/** A value that text cannot hold; the message begins with the path to it. */
export class CodecError extends TypeError {
  readonly code: string = "NOT_PLAIN_DATA";
  /** `result.model.fit`. */
  readonly path: string;

  constructor(path: string, what: string) {
    super(`${path} ${what}`);
    this.name = "CodecError";
    this.path = path;
  }
}

/** The single key of what JSON cannot say. */
export const tag: string = "~";

/** Parts of a value that lie beside its text: what text cannot hold, and what is too long for it. */
export interface Beside {
  /** The words that stand for a part in the text, names and plain JSON; null where the text itself is to hold it, or to refuse it. */
  write(part: object, path: string): readonly unknown[] | null;
  /** The part that such words stand for; undefined where the first one is none of its names. */
  read(words: readonly unknown[]): unknown;
}

/** The value that `encode()` wrote: a fresh copy at each call. */
export function decode(encoded: string, beside: Beside | null = null): unknown {
  const parsed: unknown = JSON.parse(encoded);
  return encoded.includes('{"~":[') ? revived(parsed, beside) : parsed;
}

function revived(parsed: unknown, beside: Beside | null): unknown {
  if (Array.isArray(parsed)) return revivedList(parsed, beside);
  if (typeof parsed !== "object" || parsed === null) return parsed;
  const content: unknown = Object.hasOwn(parsed, tag) ? Reflect.get(parsed, tag) : null;
  if (Array.isArray(content) && Object.keys(parsed).length === 1) return besideOrNot(content, beside);
  for (const [key, value] of Object.entries(parsed)) {
    if (typeof value === "object") setField(parsed, key, revived(value, beside));
  }
  return parsed;
}

function isHole(value: unknown): boolean {
  const content: unknown =
    typeof value === "object" && value !== null && Object.hasOwn(value, tag) ? Reflect.get(value, tag) : null;
  return Array.isArray(content) && content[0] === "hole";
}

function revivedList(list: unknown[], beside: Beside | null): unknown[] {
  for (let i = 0; i < list.length; i++) {
    if (isHole(list[i])) delete list[i];
    else if (typeof list[i] === "object") list[i] = revived(list[i], beside);
  }
  return list;
}

// "__proto__" as a key is data too.
function setField(record: object, key: string, value: unknown): void {
  Object.defineProperty(record, key, { value, writable: true, enumerable: true, configurable: true });
}

function besideOrNot(words: readonly unknown[], beside: Beside | null): unknown {
  const part = beside?.read(words);
  return part === undefined ? untagged(String(words[0]), words.slice(1), beside) : part;
}

function record(prototype: object | null, fields: readonly unknown[], beside: Beside | null): object {
  const made: object = Object.create(prototype);
  for (let i = 0; i < fields.length; i += 2) setField(made, String(fields[i]), revived(fields[i + 1], beside));
  return made;
}

function untagged(name: string, parts: readonly unknown[], beside: Beside | null): unknown {
  switch (name) {
    case "undefined":
      return undefined;
    case "NaN":
    case "Infinity":
    case "-Infinity":
    case "-0":
      return Number(name);
    case "bigint":
      return BigInt(String(parts[0]));
    case "record":
    case "null prototype":
      return record(name === "record" ? Object.prototype : null, parts, beside);
    case "Date":
      return new Date(Number(revived(parts[0], beside)));
    case "RegExp":
      return Object.assign(new RegExp(String(parts[0]), String(parts[1])), { lastIndex: Number(parts[2]) });
    case "Map":
      return new Map(parts.map((pair) => revived(pair, beside) as [unknown, unknown]));
    case "Set":
      return new Set(parts.map((item) => revived(item, beside)));
    default:
      return bytes(name, String(parts[0]));
  }
}

const viewName = /^((Big)?(Int|Uint)|Float)\d+(Clamped)?Array$|^DataView$/;

function bytes(name: string, encoded: string): unknown {
  const content = Buffer.from(encoded, "base64");
  if (name === "Buffer") return content;
  const buffer = new Uint8Array(content).buffer;
  if (name === "ArrayBuffer") return buffer;
  if (!viewName.test(name))
    throw new CodecError("text", `holds a "${name}", which this version does not know. Update stemma.`);
  const View = Reflect.get(globalThis, name) as new (buffer: ArrayBuffer) => unknown;
  return new View(buffer);
}
