import { compareCodePoints } from "./code-points.ts";
import { pythonFloat } from "./python-number.ts";
import { isYamlMap, YamlFloat, type YamlMap, YamlTimestamp, type YamlValue } from "./yaml-value.ts";

/** The entries of a mapping in their order, the keys as they are. */
export function yamlEntries(map: YamlMap): readonly (readonly [unknown, YamlValue])[] {
  return map instanceof Map ? [...map] : Object.entries(map);
}

/** Whether a value is a float to Python: `1.0` is, `1` is not. */
export function isFloat(value: unknown): value is number | YamlFloat {
  return (
    value instanceof YamlFloat || (typeof value === "number" && !Number.isSafeInteger(value)) || Object.is(value, -0)
  );
}

/** What Python's `str()` makes of a value: `None`, `True`, `1.0`, `[1, 'a']`. */
export function pythonText(value: unknown): string {
  return typeof value === "string" ? value : pythonRepr(value);
}

/** What Python's `repr()` makes of a value: a text in quotes, the rest as {@link pythonText}. */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (isFloat(value)) return pythonFloat(Number(value));
  if (value instanceof YamlTimestamp) return value.text;
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  if (isYamlMap(value)) {
    return `{${yamlEntries(value)
      .map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`)
      .join(", ")}}`;
  }
  return String(value);
}

const shortEscapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t" };

// Python takes double quotes only where a text has single ones and no double ones (unicodeobject.c, unicode_repr).
function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = Array.from(text, (character) => {
    if (character === quote) return `\\${character}`;
    const short = shortEscapes[character];
    if (short !== undefined) return short;
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || (code >= 0x7f && code < 0xa1) || code === 0xad)
      return `\\x${code.toString(16).padStart(2, "0")}`;
    if (!/[\p{C}\p{Zl}\p{Zp}\p{Zs}]/u.test(character) || character === " ") return character;
    return code <= 0xffff ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return quote + inner.join("") + quote;
}

export interface JsonOptions {
  /** Keys by code point, at every depth. */
  readonly sorted?: boolean;
  /** Keys to leave out, at every depth. */
  readonly without?: ReadonlySet<string>;
}

/** What Python's `json.dumps` makes of a value: `, ` and `: ` between, ASCII only, `1.0` a float. */
export function pythonJson(value: unknown, options: JsonOptions = {}): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return asciiJson(value);
  if (isFloat(value)) return pythonFloat(Number(value)).replace("inf", "Infinity").replace("nan", "NaN");
  if (value instanceof YamlTimestamp) return asciiJson(value.text);
  if (Array.isArray(value)) return `[${value.map((item) => pythonJson(item, options)).join(", ")}]`;
  if (!isYamlMap(value)) return String(value);
  const entries = yamlEntries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) => [jsonKey(key), item] as const)
    .filter(([key]) => options.without?.has(key) !== true);
  const ordered = options.sorted === true ? entries.toSorted(([a], [b]) => compareCodePoints(a, b)) : entries;
  return `{${ordered.map(([key, item]) => `${asciiJson(key)}: ${pythonJson(item, options)}`).join(", ")}}`;
}

function jsonKey(key: unknown): string {
  if (typeof key === "string") return key;
  if (key === null) return "null";
  return isFloat(key) ? pythonFloat(Number(key)) : String(key);
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Whether Python's `==` holds: `1 == 1.0 == True`, mappings in any order, a tuple as a list. */
export function pythonEqual(a: unknown, b: unknown): boolean {
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => pythonEqual(item, b[i]));
  }
  if (isYamlMap(a)) return isYamlMap(b) && equalMaps(a, b);
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== null || right !== null) return left !== null && right !== null && left === right;
  if (a instanceof YamlTimestamp) return b instanceof YamlTimestamp && a.text === b.text;
  return (a ?? null) === (b ?? null);
}

function equalMaps(a: YamlMap, b: YamlMap): boolean {
  const left = yamlEntries(a);
  const right = new Map(yamlEntries(b).map(([key, item]) => [mapKey(key), item]));
  if (left.length !== right.size) return false;
  return left.every(([key, item]) => right.has(mapKey(key)) && pythonEqual(item, right.get(mapKey(key))));
}

function mapKey(key: unknown): unknown {
  const number = numberOf(key);
  return number === null ? key : `number ${number}`;
}

/** A number in one form for comparing; booleans are numbers to Python. NaN equals nothing, not even itself. */
function numberOf(value: unknown): number | bigint | null {
  if (typeof value === "boolean") return value ? 1 : 0;
  if (value instanceof YamlFloat) return value.value;
  if (typeof value === "bigint") return BigInt(Number(value)) === value ? Number(value) : value;
  return typeof value === "number" ? value : null;
}
