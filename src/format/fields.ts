import { FormatError } from "./format-error.ts";
import type { YamlSource } from "./yaml-parse.ts";
import { isYamlMap, YamlFloat, YamlTimestamp } from "./yaml-value.ts";

/** One mapping of a parsed file, read key by key; messages carry file, line and key. */
export class Fields {
  private readonly source: YamlSource;
  private readonly file: string;
  private readonly path: readonly (string | number)[];
  private readonly map: ReadonlyMap<unknown, unknown>;

  constructor(
    value: unknown,
    source: YamlSource,
    at: { readonly file: string; readonly path?: readonly (string | number)[] },
  ) {
    this.source = source;
    this.file = at.file;
    this.path = at.path ?? [];
    if (!isYamlMap(value)) throw this.fault([], `want a mapping, got ${kindOf(value)}`);
    this.map = value instanceof Map ? value : new Map(Object.entries(value));
  }

  /** "cases.csv.dvc:2: outs[0].md5: want 32 hex digits, got 31" */
  fault(keys: readonly (string | number)[], message: string): FormatError {
    const path = [...this.path, ...keys];
    const name = path.map((key, i) => (typeof key === "number" ? `[${key}]` : i === 0 ? key : `.${key}`)).join("");
    return new FormatError(`${this.file}:${this.source.lineOf(path)}: ${name === "" ? "" : `${name}: `}${message}`);
  }

  keys(): readonly string[] {
    return [...this.map.keys()].map(String);
  }

  /** @throws {FormatError} a key that the format does not know: DVC refuses the file too */
  only(known: ReadonlySet<string>): void {
    const strange = this.keys().find((key) => !known.has(key));
    if (strange !== undefined) throw this.fault([strange], `DVC knows no such key; put your own data under "meta"`);
  }

  get(key: string): unknown {
    return this.map.get(key);
  }

  text(key: string): string | null {
    const value = this.get(key) ?? null;
    if (value === null || typeof value === "string") return value;
    throw this.fault([key], `want a text, got ${kindOf(value)}`);
  }

  requiredText(key: string): string {
    const value = this.text(key);
    if (value === null) throw this.fault([key], "is missing");
    return value;
  }

  count(key: string): number | null {
    const value = this.get(key) ?? null;
    if (value === null) return null;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
    throw this.fault([key], `want a whole number >= 0, got ${kindOf(value)}`);
  }

  flag(key: string, missing: boolean): boolean {
    const value = this.get(key) ?? missing;
    if (typeof value === "boolean") return value;
    throw this.fault([key], `want true or false, got ${kindOf(value)}`);
  }

  /** The mappings of a list; none when the key is missing. */
  list(key: string): readonly Fields[] {
    const value = this.get(key) ?? [];
    if (!Array.isArray(value)) throw this.fault([key], `want a list, got ${kindOf(value)}`);
    return value.map(
      (item: unknown, i) => new Fields(item, this.source, { file: this.file, path: [...this.path, key, i] }),
    );
  }

  /** The mapping under a key; null when missing. */
  fields(key: string): Fields | null {
    const value = this.get(key) ?? null;
    return value === null ? null : new Fields(value, this.source, { file: this.file, path: [...this.path, key] });
  }
}

function kindOf(value: unknown): string {
  if (value === undefined || value === null) return "nothing";
  if (value instanceof YamlTimestamp) return `the date ${value.text}; put it in quotes`;
  if (value instanceof YamlFloat) return String(value.value);
  if (Array.isArray(value)) return "a list";
  return isYamlMap(value) ? "a mapping" : JSON.stringify(typeof value === "bigint" ? String(value) : value);
}
