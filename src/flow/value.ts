import { decode, encode } from "./codec.ts";
import { sha256 } from "./digest.ts";
import { pathText } from "./ref.ts";

/** A value as the codec writes it; the text of a kept result is read only when somebody needs it. */
export interface Value {
  /** Of the text. */
  readonly digest: string;
  /** What the lineage knows a result by: its digest together with what made it, as many steps give the same `true`. */
  readonly mark?: string;
  text(): string;
}

/** A value whose text is at hand. */
export function valueOfText(text: string, digest: string = sha256(text)): Value {
  return { digest, text: () => text };
}

/** A plain value. @throws {CodecError} */
export function plainValue(plain: unknown, name: string): Value {
  return valueOfText(encode(plain, name));
}

/** The list of values, written without reading them twice. */
export function listOf(values: readonly Value[]): Value {
  const text = (): string => `[${values.map((value) => value.text()).join(",")}]`;
  return { digest: sha256(`list ${values.map((value) => value.digest).join(" ")}`), text };
}

/** The record of values by name. */
export function recordOf(fields: Readonly<Record<string, Value>>): Value {
  const entries = Object.entries(fields);
  const text = (): string => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value.text()}`).join(",")}}`;
  return { digest: sha256(`record ${JSON.stringify(entries.map(([key, value]) => [key, value.digest]))}`), text };
}

/**
 * A part of a value.
 *
 * @param path keys and indices, empty for all of it
 * @param name the value's in messages
 * @throws {TypeError} the value has no such part
 */
export function partOf(value: Value, path: readonly (string | number)[], name: string): Value {
  if (path.length === 0) return value;
  let part = decode(value.text());
  path.forEach((key, depth) => {
    const whole = `${name}${pathText(path.slice(0, depth))}`;
    if (typeof part !== "object" || part === null)
      throw new TypeError(`${whole} is ${String(part)}; it has no ${JSON.stringify(key)}`);
    if (!(key in part)) throw new TypeError(`${whole} has no ${JSON.stringify(key)}; it has ${known(part)}`);
    part = Reflect.get(part, key);
  });
  return plainValue(part, `${name}${pathText(path)}`);
}

function known(part: object): string {
  if (Array.isArray(part)) return `${part.length} items`;
  return Object.keys(part).slice(0, 10).join(", ") || "no fields";
}

/** The items of a list. @throws {TypeError} the value is no list */
export function itemsOf(value: Value, name: string): readonly Value[] {
  const list = decode(value.text());
  if (!Array.isArray(list)) {
    const text = value.text();
    throw new TypeError(
      `f.map() goes over a list, and ${name} is ${text.length > 60 ? `${text.slice(0, 60)} …` : text}`,
    );
  }
  return list.map((item, i) => plainValue(item, `${name}[${i}]`));
}
