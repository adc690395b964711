import { type Beside, decode, encode, sha256 } from "../encoding/index.ts";
import { pathText } from "../plan/index.ts";

/** A value as the codec writes it; the text of a kept result is read only when somebody needs it. */
export interface Value {
  /** Of the text. */
  readonly digest: string;
  /** What the lineage knows a result by: its digest together with what made it, as many steps give the same `true`. */
  readonly mark?: string;
  /** Reads the long arrays that its text points to. */
  readonly beside?: Beside;
  /** Its text with words for what lies there in place of each path of this machine; absent: it has no such path. */
  readonly portable?: () => string;
  /** It stands in place of a result: what a step gives when all of its tries failed. */
  readonly caught?: true;
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

/** What a step gives when all of its tries failed. */
export function caughtValue(plain: unknown): Value {
  return { ...plainValue(plain, "catch"), caught: true };
}

/** The text of a value that is the same in each folder. */
export function portableText(value: Value): string {
  return value.portable === undefined ? value.text() : value.portable();
}

/** The list of values, written without reading them twice. */
export function listOf(values: readonly Value[]): Value {
  const digest = sha256(`list ${values.map((value) => value.digest).join(" ")}`);
  return { digest, ...textsOf(values, (texts) => `[${texts.join(",")}]`), ...besideOf(values) };
}

/** The record of values by name. */
export function recordOf(fields: Readonly<Record<string, Value>>): Value {
  const [names, values] = [Object.keys(fields), Object.values(fields)];
  const digest = sha256(`record ${JSON.stringify(Object.entries(fields).map(([key, value]) => [key, value.digest]))}`);
  const write = (texts: readonly string[]): string =>
    `{${names.map((key, i) => `${JSON.stringify(key)}:${texts[i]}`).join(",")}}`;
  return { digest, ...textsOf(values, write), ...besideOf(values) };
}

function textsOf(
  values: readonly Value[],
  write: (texts: readonly string[]) => string,
): Pick<Value, "text" | "portable"> {
  const text = (): string => write(values.map((value) => value.text()));
  if (values.every(({ portable }) => portable === undefined)) return { text };
  return { text, portable: () => write(values.map(portableText)) };
}

// What has no path of this machine in it is the same value wherever it came from.
function partValue(text: string, portable: string | null): Value {
  if (portable === null || portable === text) return valueOfText(text);
  return { ...valueOfText(text, sha256(portable)), portable: () => portable };
}

function besideOf(values: readonly Value[]): Pick<Value, "beside"> {
  const found = values.find(({ beside }) => beside !== undefined)?.beside;
  return found === undefined ? {} : { beside: found };
}

/** A part of a text that was read as JSON: still as the text has it, or as the value that it stands for. */
type Node = { readonly json: unknown } | { readonly plain: unknown };

/**
 * A part of a value. Only the way to it is read: what is beside the text stays there.
 *
 * @param path keys and indices, empty for all of it
 * @param name the value's in messages
 * @throws {TypeError} the value has no such part
 */
export function partOf(value: Value, path: readonly (string | number)[], name: string): Value {
  if (path.length === 0) return value;
  let node: Node = { json: JSON.parse(value.text()) };
  path.forEach((key, depth) => {
    const whole = `${name}${pathText(path.slice(0, depth))}`;
    node = opened(node, value.beside ?? null);
    const part = "json" in node ? node.json : node.plain;
    if (typeof part !== "object" || part === null)
      throw new TypeError(`${whole} is ${String(part)}; it has no ${JSON.stringify(key)}`);
    const found: unknown = key in part ? Reflect.get(part, key) : undefined;
    if (!(key in part) || tagOf(found)?.[0] === "hole")
      throw new TypeError(`${whole} has no ${JSON.stringify(key)}; it has ${known(part)}`);
    node = "json" in node ? { json: found } : { plain: found };
  });
  const last: Node = node;
  if ("plain" in last) return plainValue(last.plain, `${name}${pathText(path)}`);
  const portable = value.portable === undefined ? null : partOf(portableOf(value), path, name).text();
  return { ...partValue(JSON.stringify(last.json), portable), ...besideOf([value]) };
}

function portableOf(value: Value): Value {
  return { digest: value.digest, text: () => portableText(value), ...besideOf([value]) };
}

// What the text tags is read as what it is: a map, a list of numbers; records and lists stand in the text as they are.
function opened(node: Node, beside: Beside | null): Node {
  if ("plain" in node || tagOf(node.json) === null) return node;
  return { plain: decode(JSON.stringify(node.json), beside) };
}

function tagOf(json: unknown): readonly unknown[] | null {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return null;
  const words: unknown = Object.hasOwn(json, "~") ? Reflect.get(json, "~") : null;
  return Array.isArray(words) && Object.keys(json).length === 1 ? words : null;
}

function known(part: object): string {
  if (Array.isArray(part)) return `${part.length} items`;
  return Object.keys(part).slice(0, 10).join(", ") || "no fields";
}

/** The items of a list. @throws {TypeError} the value is no list */
export function itemsOf(value: Value, name: string): readonly Value[] {
  const text = value.text();
  const list: unknown = JSON.parse(text);
  if (!Array.isArray(list)) {
    throw new TypeError(
      `f.map() goes over a list, and ${name} is ${text.length > 60 ? `${text.slice(0, 60)} …` : text}`,
    );
  }
  const missing = { "~": ["undefined"] };
  const items = list.map((item: unknown) => JSON.stringify(tagOf(item)?.[0] === "hole" ? missing : item));
  const portable = value.portable === undefined ? null : itemsOf(portableOf(value), name).map((item) => item.text());
  return items.map((item, i) => ({ ...partValue(item, portable?.[i] ?? null), ...besideOf([value]) }));
}
