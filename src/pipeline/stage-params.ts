import { readFileSync, statSync } from "node:fs";
import {
  isYamlMap,
  parseParamsFile,
  pythonEqual,
  pythonText,
  type YamlMap,
  type YamlValue,
  yamlEntries,
} from "../format/index.ts";
import { PipelineError } from "./pipeline-error.ts";
import type { PipelineStage, StageParams } from "./stage.ts";

/** How a param differs from what `dvc.lock` says; DVC's own words. */
export type ParamState = "deleted" | "new" | "modified";

/** Values by dotted key; null when there is no such file. */
export type ParamValues = ReadonlyMap<string, YamlValue>;

/**
 * The values of the params that a stage reads from one file; keys that are missing are left out.
 *
 * @throws {PipelineError} a folder
 * @throws {FormatError} a file that cannot be read
 */
export function readStageParams(params: StageParams): ParamValues | null {
  const stat = statSync(params.absolute, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (stat.isDirectory()) throw new PipelineError(`'${params.given}' is a directory, expected a parameters file`);
  return selectParams(parseParamsFile(readFileSync(params.absolute, "utf8"), params.given), params.keys);
}

/** The values at some dotted keys; all top-level ones without keys. */
export function selectParams(value: YamlValue, keys: readonly string[]): ParamValues {
  if (keys.length === 0) {
    return new Map(isYamlMap(value) ? yamlEntries(value).map(([key, item]) => [pythonText(key), item] as const) : []);
  }
  const found = keys.map((key) => [key, valueAt(value, key.split("."))] as const);
  return new Map(found.filter((entry): entry is readonly [string, YamlValue] => entry[1] !== undefined));
}

function valueAt(value: YamlValue, path: readonly string[]): YamlValue | undefined {
  const [first, ...rest] = path;
  if (first === undefined) return value;
  if (Array.isArray(value)) {
    const item: YamlValue | undefined = /^-?\d+$/.test(first) ? value.at(Number(first)) : undefined;
    return item === undefined ? undefined : valueAt(item, rest);
  }
  if (!isYamlMap(value)) return undefined;
  const entry = yamlEntries(value).find(([key]) => pythonText(key) === first);
  return entry === undefined ? undefined : valueAt(entry[1], rest);
}

/** What `dvc.lock` says about the params of one file; null when it says nothing. */
export function lockedParams(stage: PipelineStage, params: StageParams): ParamValues | null {
  const locked = stage.lock?.params.get(params.given);
  if (locked === undefined) return null;
  const values = new Map(yamlEntries(locked).map(([key, value]) => [pythonText(key), value] as const));
  if (params.keys.length === 0) return values;
  return new Map([...values].filter(([key]) => params.keys.includes(key)));
}

/**
 * How the params of one file differ from what the stage last saw (dvc/dependency/param.py, workspace_status).
 *
 * @returns one word for the whole file, or a word a key; null when nothing differs
 */
export function paramsState(
  stage: PipelineStage,
  params: StageParams,
): ParamState | ReadonlyMap<string, ParamState> | null {
  const now = readStageParams(params);
  if (now === null) return "deleted";
  const before = lockedParams(stage, params);
  if (before === null) return "new";
  const keys = params.keys.length > 0 ? params.keys : [...new Set([...now.keys(), ...before.keys()])];
  const states = new Map<string, ParamState>();
  for (const key of keys) {
    if (!now.has(key)) states.set(key, "deleted");
    else if (!before.has(key)) states.set(key, "new");
    else if (!pythonEqual(now.get(key), before.get(key))) states.set(key, "modified");
  }
  return states.size === 0 ? null : states;
}

/**
 * The values for `dvc.lock`.
 *
 * @throws {PipelineError} the file or a key is missing
 */
export function savedParams(params: StageParams): YamlMap {
  const values = readStageParams(params);
  if (values === null) throw new PipelineError(`dependency '${params.given}' does not exist`);
  const missing = params.keys.filter((key) => !values.has(key));
  if (missing.length > 0) {
    throw new PipelineError(`Parameters '${missing.join(", ")}' are missing from '${params.given}'.`);
  }
  return values;
}
