/** A float that has an integer's value: `1.0` in YAML is no `1` to Python. Other floats are plain numbers. */
export class YamlFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  valueOf(): number {
    return this.value;
  }

  toJSON(): number {
    return this.value;
  }
}

/** A mapping; a Map where an object would lose a key's type or order (`1: a`, `true: b`, `__proto__`). */
export type YamlMap = { readonly [key: string]: YamlValue } | ReadonlyMap<YamlKey, YamlValue>;
export type YamlKey = string | number | bigint | boolean | YamlFloat;
export type YamlValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | YamlFloat
  | YamlTimestamp
  | readonly YamlValue[]
  | YamlMap;

/** A date or time as it is written; Python reads it as one, so it stays unquoted. */
export class YamlTimestamp {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toJSON(): string {
    return this.text;
  }
}

/** Whether a value is a mapping: a Map or a plain object, of any realm (a notebook's cell has its own `Object`). */
export function isYamlMap(value: unknown): value is YamlMap {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof Map) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The value as JavaScript knows it: floats are numbers, dates texts, maps objects (keys as text). */
export function plainValue(value: YamlValue): unknown {
  if (value instanceof YamlFloat) return value.value;
  if (value instanceof YamlTimestamp) return value.text;
  if (Array.isArray(value)) return value.map(plainValue);
  if (!isYamlMap(value)) return value;
  const entries: readonly (readonly [unknown, YamlValue])[] = value instanceof Map ? [...value] : Object.entries(value);
  return Object.fromEntries(entries.map(([key, item]) => [String(key), plainValue(item)]));
}
