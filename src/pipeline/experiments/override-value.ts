import { pythonText, YamlFloat, type YamlValue } from "../../format/index.ts";
import { ExperimentError } from "./error.ts";

/** What stands behind the `=` of an override: one value, or several to try. */
export type OverrideValue =
  | { readonly kind: "value"; readonly value: YamlValue }
  | { readonly kind: "sweep"; readonly values: readonly YamlValue[] };

/**
 * Reads a value in Hydra's grammar (hydra/grammar/OverrideParser.g4): numbers, texts with or without quotes, lists, mappings,
 * `null`; and to try several, `a,b`, `choice(…)`, `range(…)`, `sort(…)`.
 *
 * @param whole the override that it stands in, for messages
 * @throws {ExperimentError}
 */
export function parseOverrideValue(text: string, whole: string): OverrideValue {
  return new ValueReader(text, whole).all();
}

class ValueReader {
  private readonly text: string;
  private readonly whole: string;
  private at = 0;

  constructor(text: string, whole: string) {
    this.text = text;
    this.whole = whole;
  }

  all(): OverrideValue {
    this.space();
    if (this.at === this.text.length) return { kind: "value", value: "" };
    const first = this.element();
    this.space();
    if (this.at === this.text.length) return first;
    const values = [one(first, this)];
    while (this.take(",")) values.push(one(this.element(), this));
    this.space();
    if (this.at < this.text.length) throw this.fault(`'${this.text.slice(this.at)}' is not expected here`);
    return { kind: "sweep", values };
  }

  fault(why: string): ExperimentError {
    return new ExperimentError(`Invalid \`--set-param\` value '${this.whole}': ${why}.`);
  }

  private element(): OverrideValue {
    this.space();
    const next = this.text[this.at] ?? "";
    if (next === '"' || next === "'") return { kind: "value", value: this.quoted(next) };
    if (next === "[") return { kind: "value", value: this.list() };
    if (next === "{") return { kind: "value", value: this.mapping() };
    const [call = "", name = ""] = /^([A-Za-z_][\w]*)\(/.exec(this.text.slice(this.at)) ?? [];
    if (call !== "") {
      this.at += call.length;
      return this.called(name);
    }
    return { kind: "value", value: this.primitive() };
  }

  private list(): YamlValue {
    this.at += 1;
    const items: YamlValue[] = [];
    if (this.take("]")) return items;
    do items.push(one(this.element(), this));
    while (this.take(","));
    if (!this.take("]")) throw this.fault("a list is not closed");
    return items;
  }

  private mapping(): YamlValue {
    this.at += 1;
    const entries = new Map<string, YamlValue>();
    if (this.take("}")) return entries;
    do {
      this.space();
      const quote = this.text[this.at] ?? "";
      const key = quote === '"' || quote === "'" ? this.quoted(quote) : pythonText(this.primitive(":"));
      if (!this.take(":")) throw this.fault(`a value is missing behind '${key}'`);
      entries.set(key, one(this.element(), this));
    } while (this.take(","));
    if (!this.take("}")) throw this.fault("a mapping is not closed");
    return entries;
  }

  private quoted(quote: string): string {
    let text = "";
    for (this.at += 1; this.at < this.text.length; this.at += 1) {
      const character = this.text[this.at] ?? "";
      const next = this.text[this.at + 1];
      if (character === "\\" && (next === quote || next === "\\")) {
        text += next;
        this.at += 1;
      } else if (character === quote) {
        this.at += 1;
        return text;
      } else text += character;
    }
    throw this.fault("a quote is not closed");
  }

  private primitive(end = ""): YamlValue {
    let text = "";
    let plain = true;
    for (; this.at < this.text.length; this.at += 1) {
      const character = this.text[this.at] ?? "";
      if (character === "\\" && /[\\()[\]{}:=, \t]/.test(this.text[this.at + 1] ?? "")) {
        this.at += 1;
        text += this.text[this.at] ?? "";
        plain = false;
      } else if (/[,)\]}]/.test(character) || character === end) break;
      else if (/[([{"'=]/.test(character) && !(character === "{" && text.endsWith("$"))) {
        throw this.fault(`'${character}' wants quotes around the text`);
      } else text += character;
    }
    const trimmed = text.trim();
    if (trimmed === "" && plain) throw this.fault("a value is missing");
    return plain ? scalarOf(trimmed) : trimmed;
  }

  private called(name: string): OverrideValue {
    const positional: YamlValue[] = [];
    const named = new Map<string, YamlValue>();
    let inner: readonly YamlValue[] | null = null;
    if (!this.take(")")) {
      do {
        this.space();
        const [key = "", word = ""] = /^([A-Za-z_]\w*)\s*=/.exec(this.text.slice(this.at)) ?? [];
        this.at += key.length;
        const value = this.element();
        if (value.kind === "sweep") inner = value.values;
        else if (key === "") positional.push(value.value);
        else named.set(word, value.value);
      } while (this.take(","));
      if (!this.take(")")) throw this.fault(`${name}( is not closed`);
    }
    return { kind: "sweep", values: this.sweep(name, { positional: inner ?? positional, named }) };
  }

  private sweep(name: string, { positional, named }: Arguments): readonly YamlValue[] {
    if (name === "choice" && named.size === 0 && positional.length > 0) return positional;
    if (name === "range") return this.range(positional, named);
    if (name === "sort" && positional.length > 0) {
      const sorted = positional.toSorted(compareValues);
      return named.get("reverse") === true ? sorted.reverse() : sorted;
    }
    throw this.fault(
      `${name}() is not known with these arguments; there are choice(a, b), range(start, stop, step), sort(…)`,
    );
  }

  private range(positional: readonly YamlValue[], named: ReadonlyMap<string, YamlValue>): readonly YamlValue[] {
    const [first, second, third] = positional;
    const only = second === undefined && named.get("stop") === undefined;
    const start = only ? 0 : (named.get("start") ?? first ?? 0);
    const stop = only ? first : (named.get("stop") ?? (named.has("start") ? first : second));
    const step = named.get("step") ?? third ?? 1;
    const numbers = [start, stop, step].map((value) => (value === undefined ? Number.NaN : numberOf(value)));
    const [from = Number.NaN, to = Number.NaN, by = Number.NaN] = numbers;
    if (numbers.some((number) => !Number.isFinite(number)) || by === 0)
      throw this.fault("range() wants start, stop, step");
    const float = [start, stop, step].some((value) => value instanceof YamlFloat || !Number.isInteger(Number(value)));
    const values = steps(from, to, by);
    if (values.length > 10_000) throw this.fault(`range() gives ${values.length} values; 10000 is the most`);
    return values.map((value) => (float ? new YamlFloat(value) : value));
  }

  private take(character: string): boolean {
    this.space();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private space(): void {
    while (/[ \t]/.test(this.text[this.at] ?? "")) this.at += 1;
  }
}

interface Arguments {
  readonly positional: readonly YamlValue[];
  readonly named: ReadonlyMap<string, YamlValue>;
}

function one(value: OverrideValue, reader: ValueReader): YamlValue {
  if (value.kind === "value") return value.value;
  throw reader.fault("several values to try cannot stand inside of another value");
}

/** A text without quotes as Hydra types it: `null`, booleans, integers, floats, else a text. */
function scalarOf(text: string): YamlValue {
  if (/^null$/i.test(text)) return null;
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  const digits = text.replaceAll("_", "");
  if (/^[+-]?(0|[1-9](_?\d)*)$/.test(text)) {
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits.replace(/^\+/, ""));
  }
  if (
    /^[+-]?((\d(_?\d)*)?\.\d(_?\d)*|\d(_?\d)*\.)([eE][+-]?\d(_?\d)*)?$|^[+-]?\d(_?\d)*[eE][+-]?\d(_?\d)*$/.test(text)
  ) {
    return new YamlFloat(Number(digits));
  }
  if (/^[+-]?inf$/i.test(text)) return new YamlFloat(text.startsWith("-") ? -Infinity : Infinity);
  if (/^[+-]?nan$/i.test(text)) return new YamlFloat(Number.NaN);
  return text;
}

function numberOf(value: YamlValue): number {
  return value instanceof YamlFloat ? value.value : typeof value === "number" ? value : Number.NaN;
}

/** As Python counts with decimals: `range(0, 0.3, 0.1)` is 0, 0.1, 0.2, not 0.30000000000000004 in the end. */
function steps(from: number, to: number, by: number): readonly number[] {
  const digits = Math.max(...[from, to, by].map((number) => decimals(number)));
  const scale = 10 ** digits;
  const [first, last, step] = [from, to, by].map((number) => Math.round(number * scale)) as [number, number, number];
  const count = Math.max(0, Math.ceil((last - first) / step));
  return Array.from({ length: Math.min(count, 10_001) }, (_, i) =>
    Number(((first + i * step) / scale).toFixed(digits)),
  );
}

function decimals(number: number): number {
  const [, fraction = "", exponent = "0"] = /^-?\d+(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(number)) ?? [];
  return Math.min(15, Math.max(0, fraction.length - Number(exponent)));
}

function compareValues(a: YamlValue, b: YamlValue): number {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (!Number.isNaN(left) && !Number.isNaN(right)) return left - right;
  return pythonText(a) < pythonText(b) ? -1 : 1;
}
