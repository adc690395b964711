import {
  isYamlMap,
  parseParamsFile,
  patchYaml,
  pythonEqual,
  pythonJson,
  pythonText,
  type YamlKey,
  type YamlValue,
  yamlEntries,
} from "../../format/index.ts";
import { ExperimentError } from "./error.ts";
import { type OverrideValue, parseOverrideValue } from "./override-value.ts";

/** One `--set-param`: `lr=0.1`, `model.yaml:net.depth=3`, `+new=1`, `++any=1`, `~old`. */
export interface Override {
  /** The params file, from the folder that it was said in. */
  readonly file: string;
  readonly key: readonly string[];
  /** `set` wants the key to be there, `add` wants it not to be; `force` takes both. */
  readonly how: "set" | "add" | "force" | "delete";
  /** null where a key is deleted whatever its value. */
  readonly value: OverrideValue | null;
  readonly text: string;
}

/** An override of one value. */
export interface Assignment extends Omit<Override, "value"> {
  readonly value: YamlValue;
  /** Whether a deletion names the value that it wants to find. */
  readonly checked: boolean;
}

/** Reads `--set-param` (dvc/utils/cli_parse.py, Hydra's grammar). @throws {ExperimentError} */
export function parseOverride(text: string): Override {
  const equals = text.indexOf("=");
  const head = equals === -1 ? text : text.slice(0, equals);
  const colon = head.indexOf(":");
  const file = colon === -1 ? "params.yaml" : text.slice(0, colon);
  const own = colon === -1 ? text : text.slice(colon + 1);
  const [, sign = "", name = ""] = /^(\+\+|\+|~|)\s*([^=]*?)\s*(?:=|$)/s.exec(own) ?? [];
  const key = name.split(".");
  if (file === "" || key.some((part) => !/^[^\s:=,[\]{}()"'~+]+$/.test(part))) {
    throw new ExperimentError(`Invalid \`--set-param\` value '${text}': want [file:]name=value.`);
  }
  const value = equals === -1 ? null : parseOverrideValue(text.slice(equals + 1), text);
  const how = ({ "+": "add", "++": "force", "~": "delete" } as const)[sign] ?? "set";
  if (value === null && how !== "delete") {
    throw new ExperimentError(
      `Invalid \`--set-param\` value '${text}': a value is missing; '${text}=' sets an empty text.`,
    );
  }
  return { file, key, how, value, text };
}

/** Whether the overrides stand for several experiments. */
export function isGrid(overrides: readonly Override[]): boolean {
  return overrides.some(({ value }) => value?.kind === "sweep");
}

/** All combinations of the values to try; the last override changes fastest. Without any: one, of the plain values. */
export function combinations(overrides: readonly Override[]): readonly (readonly Assignment[])[] {
  const choices = overrides.map((override): readonly Assignment[] => {
    const { value, ...rest } = override;
    if (value === null) return [{ ...rest, value: null, checked: false }];
    if (value.kind === "value") return [{ ...rest, value: value.value, checked: true }];
    return value.values.map((one) => ({ ...rest, value: one, checked: true }));
  });
  const count = choices.reduce((product, { length }) => product * length, 1);
  if (count > 10_000) throw new ExperimentError(`The grid has ${count} experiments; 10000 is the most.`);
  return choices.reduce<readonly (readonly Assignment[])[]>(
    (all, next) => all.flatMap((combination) => next.map((one) => [...combination, one])),
    [[]],
  );
}

/** How an assignment is told: `lr=0.1`, `model.yaml:depth=3`. */
export function printAssignment({ file, key, how, value }: Assignment): string {
  const sign = { set: "", add: "+", force: "++", delete: "~" }[how];
  const told =
    how === "delete" ? "" : `=${typeof value === "object" && value !== null ? pythonJson(value) : pythonText(value)}`;
  return `${file === "params.yaml" ? "" : `${file}:`}${sign}${key.join(".")}${told}`;
}

/**
 * A params file with some values set. Of YAML what is the same stays to the byte, comments and order too.
 *
 * @param path of the file: `.yaml`, `.yml` or `.json` can be written
 * @throws {ExperimentError} a key to set is not there, one to add is; another kind of file
 */
export function overridden(text: string, path: string, assignments: readonly Assignment[]): string {
  const before = parseParamsFile(text, path) ?? new Map<YamlKey, YamlValue>();
  if (!isYamlMap(before)) throw new ExperimentError(`${path} holds no mapping; there is nothing to set in it.`);
  const after = assignments.reduce<YamlValue>((value, one) => assigned(value, one, { path, depth: 0 }), before);
  if (/\.ya?ml$/i.test(path)) return patchYaml(text, [], { value: after as ReadonlyMap<YamlKey, YamlValue>, path });
  if (/\.json$/i.test(path)) return printJsonLike(text, after);
  throw new ExperimentError(`${path} cannot be written; keep the params that experiments set in a YAML or JSON file.`);
}

interface Spot {
  readonly path: string;
  readonly depth: number;
}

function assigned(into: YamlValue, assignment: Assignment, { path, depth }: Spot): YamlValue {
  const { key, how, value } = assignment;
  const name = key[depth] ?? "";
  const last = depth === key.length - 1;
  const place = { path, depth: depth + 1 };
  if (Array.isArray(into)) {
    const index = Number(name);
    if (!/^\d+$/.test(name) || index >= into.length) throw missing(assignment, path);
    const item = last ? value : assigned(into[index] ?? null, assignment, place);
    return last && how === "delete" ? into.toSpliced(index, 1) : into.with(index, item);
  }
  const entries = new Map<YamlKey, YamlValue>(isYamlMap(into) ? (yamlEntries(into) as [YamlKey, YamlValue][]) : []);
  const found = [...entries.keys()].find((one) => pythonText(one) === name);
  if (found === undefined && (how === "set" || how === "delete")) throw missing(assignment, path);
  const own = found ?? name;
  const old = entries.get(own);
  if (!last) return entries.set(own, assigned(old ?? null, assignment, place));
  if (how === "delete") {
    if (assignment.checked && !pythonEqual(old, value))
      throw new ExperimentError(`${path}: ${key.join(".")} is ${pythonText(old)}, not ${pythonText(value)}.`);
    entries.delete(own);
    return entries;
  }
  if (how === "add" && old !== undefined && old !== null && !isYamlMap(value) && !Array.isArray(value)) {
    throw new ExperimentError(`${path}: ${key.join(".")} is there already. Set it without the +, or with ++.`);
  }
  return entries.set(own, mergedValue(old, value));
}

/** A mapping goes into a mapping key by key, as OmegaConf updates; whatever else takes the place of what was. */
function mergedValue(old: YamlValue | undefined, value: YamlValue): YamlValue {
  if (!isYamlMap(value) || old === undefined || !isYamlMap(old)) return value;
  const merged = new Map<YamlKey, YamlValue>(yamlEntries(old) as [YamlKey, YamlValue][]);
  for (const [key, item] of yamlEntries(value))
    merged.set(key as YamlKey, mergedValue(merged.get(key as YamlKey), item));
  return merged;
}

/** In one line or indented, with or without an end of the last line, as the file was. */
function printJsonLike(text: string, value: YamlValue): string {
  const indent = /^\s*\{\r?\n([ \t]+)/.exec(text)?.[1];
  const printed = indent === undefined ? pythonJson(value) : indentedJson(value, indent, "");
  return text.endsWith("\n") ? `${printed}\n` : printed;
}

/** As Python writes numbers, which JSON.stringify cannot: 1.0 stays a float, integers of any size stay as they are. */
function indentedJson(value: YamlValue, indent: string, before: string): string {
  const inner = before + indent;
  const block = (open: string, items: readonly string[], close: string): string =>
    items.length === 0 ? open + close : `${open}\n${items.map((item) => inner + item).join(",\n")}\n${before}${close}`;
  if (Array.isArray(value))
    return block(
      "[",
      value.map((item) => indentedJson(item, indent, inner)),
      "]",
    );
  if (!isYamlMap(value)) return pythonJson(value);
  const items = yamlEntries(value).map(
    ([key, item]) => `${JSON.stringify(pythonText(key))}: ${indentedJson(item, indent, inner)}`,
  );
  return block("{", items, "}");
}

function missing({ key, text }: Assignment, path: string): ExperimentError {
  return new ExperimentError(`${path} has no ${key.join(".")}. To add it: -S '+${text.replace(/^~/, "")}'`);
}
