import type { Json } from "../../track/index.ts";

/** Items and fields of one list or record that are written. */
const shownParts = 20;
const shownLetters = 80;

/** A value's own text, in which a reader would not know it, as they would write it, in at most 80 letters. */
export function shownValue(text: string): string {
  const words = givenText(JSON.parse(text) as Json);
  return words.length > shownLetters ? `${words.slice(0, shownLetters)} …` : words;
}

/** What a given value is, as a reader knows it: `table of 5000 rows`, `Float64Array(3)`, `{"at":Date 2024-05-03T00:00:00.000Z}`. */
export function givenText(value: Json): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${some(value.map((item) => () => givenText(item)))}]`;
  const words = wordsOf(value);
  if (words !== null) return taggedText(words);
  return `{${some(
    Object.entries(value).map(
      ([key, part]) =>
        () =>
          `${JSON.stringify(key)}:${givenText(part)}`,
    ),
  )}}`;
}

/** What the items of a map cannot be taken from, in words: "a Float64Array(3)". Null for a list. */
export function noListText(text: string): string | null {
  if (text.startsWith("[")) return null;
  const value = JSON.parse(text) as Json;
  const words = typeof value === "object" && value !== null && !Array.isArray(value) ? wordsOf(value) : null;
  const name = words === null ? "" : String(words[0] === "npy" || words[0] === "bytes" ? words[2] : words[0]);
  const isIterable = /(Array|Set|Map|Buffer)$/.test(name) && name !== "ArrayBuffer";
  return isIterable ? `a ${shownValue(text)}. Make it one: Array.from(…)` : shownValue(text);
}

// What JSON cannot say, as the codec writes it.
function wordsOf(value: object): readonly unknown[] | null {
  const words: unknown = Reflect.get(value, "~");
  return Array.isArray(words) ? words : null;
}

function some(parts: readonly (() => string)[]): string {
  const shown = parts.slice(0, shownParts).map((part) => part());
  return [...shown, ...(parts.length > shownParts ? ["…"] : [])].join(",");
}

function taggedText([name, first, second, facts, ...more]: readonly unknown[]): string {
  switch (name) {
    case "table":
      return `table of ${String(Reflect.get(Object(facts), "rows"))} rows`;
    case "npy":
    case "bytes":
      return String(second);
    case "file":
      return `file ${String(second)}`;
    case "bigint":
      return `${String(first)}n`;
    case "Date":
      return typeof first === "number" ? `Date ${new Date(first).toISOString()}` : "Date";
    case "RegExp":
      return `/${String(first)}/${String(second)}`;
    case "Set":
    case "Map": {
      const items = [first, second, facts, ...more];
      return `${name}(${items.filter((item) => item !== undefined).length})`;
    }
    default:
      return typeof first === "string" && itemBytes(String(name)) > 0
        ? `${String(name)}(${Buffer.byteLength(first, "base64") / itemBytes(String(name))})`
        : String(name);
  }
}

/** Bytes of an item of a typed array of that name; 0: it is none. */
function itemBytes(name: string): number {
  if (name === "Buffer" || name === "ArrayBuffer" || name === "DataView") return 1;
  const bits = /^(?:Uint|Int|BigInt|BigUint|Float)(8|16|32|64)(?:Clamped)?Array$/.exec(name)?.[1];
  return Number(bits ?? 0) / 8;
}
