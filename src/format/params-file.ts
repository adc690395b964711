import { createRequire } from "node:module";
import type * as Toml from "smol-toml";
import { FormatError } from "./format-error.ts";
import { parsePythonLiterals } from "./python-literals.ts";
import { parseYaml } from "./yaml-parse.ts";
import { YamlFloat, type YamlKey, YamlTimestamp, type YamlValue } from "./yaml-value.ts";

const require = createRequire(import.meta.url);
// Loaded with the first TOML file.
const toml = (): typeof Toml => require("smol-toml") as typeof Toml;

/**
 * What a params or metrics file holds, by its ending as DVC does: `.json`, `.toml`, `.py` (literals only, nothing is run), else YAML.
 * An empty file is an empty mapping. Integers and floats stay apart: `1.0` is a {@link YamlFloat}, integers past 2^53 are bigints.
 *
 * @param path for the ending and for messages
 * @throws {FormatError} "params.json:3: …"
 */
export function parseParamsFile(text: string, path: string): YamlValue {
  const value = parserOf(path)(text, path);
  return value === null || value === "" || value === 0 || value === false ? {} : value;
}

function parserOf(path: string): (text: string, path: string) => YamlValue {
  const lower = path.toLowerCase();
  if (lower.endsWith(".json")) return parseJson;
  if (lower.endsWith(".toml")) return parseToml;
  return lower.endsWith(".py") ? parsePythonLiterals : parseYaml;
}

// biome-ignore lint/complexity/useMaxParams: JSON.parse calls it so
type Reviver = (this: unknown, key: string, value: unknown, context?: { readonly source?: string }) => unknown;
// TypeScript's library does not know the third argument yet: https://github.com/tc39/proposal-json-parse-with-source
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

function parseJson(text: string, path: string): YamlValue {
  try {
    return parseWithSource(text, (_, value, context) => {
      return typeof value === "number" ? jsonNumber(context?.source ?? String(value)) : value;
    }) as YamlValue;
  } catch (error) {
    // Python reads NaN and Infinity too.
    if (/(NaN|Infinity)/.test(text))
      return parseYaml(
        text.replace(
          /(?<![\w"])(-?)(NaN|Infinity)(?![\w"])/g,
          (_, sign: string, name: string) => `${sign}${name === "NaN" ? ".nan" : ".inf"}`,
        ),
        path,
      );
    throw new FormatError(`${path}: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
}

function jsonNumber(source: string): YamlValue {
  const value = Number(source);
  if (/[.eE]/.test(source)) return Number.isInteger(value) ? new YamlFloat(value) : value;
  return Number.isSafeInteger(value) ? value : BigInt(source);
}

function parseToml(text: string, path: string): YamlValue {
  try {
    return fromToml(toml().parse(text, { integersAsBigInt: true }));
  } catch (error) {
    if (error instanceof FormatError) throw error;
    const { line, column } = error as { readonly line?: number; readonly column?: number };
    const at = line === undefined ? path : `${path}:${line}:${column}`;
    const first = (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
    throw new FormatError(`${at}: ${first}.`, { cause: error });
  }
}

function fromToml(value: unknown): YamlValue {
  if (typeof value === "bigint") {
    const small = Number(value);
    return Number.isSafeInteger(small) ? small : value;
  }
  if (typeof value === "number") return Number.isInteger(value) ? new YamlFloat(value) : value;
  if (value instanceof toml().TomlDate) return new YamlTimestamp(value.toISOString());
  if (Array.isArray(value)) return value.map(fromToml);
  if (typeof value === "object" && value !== null) {
    return new Map<YamlKey, YamlValue>(Object.entries(value).map(([key, item]) => [key, fromToml(item)]));
  }
  return value as YamlValue;
}
