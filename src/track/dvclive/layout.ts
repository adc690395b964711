import {
  isYamlMap,
  printYaml,
  pythonFloat,
  pythonJson,
  YamlFloat,
  type YamlKey,
  type YamlMap,
  type YamlValue,
} from "../../format/index.ts";
import type { MetricPoint } from "../record.ts";

/** Points by the metric's name. */
export type Histories = Readonly<Record<string, readonly MetricPoint[]>>;

/** `metrics.json`: the last value of each metric, `a/b` as a mapping, and the greatest step (dvclive/live.py, make_summary). */
export function printSummary(histories: Histories): string {
  const summary = new Map<YamlKey, YamlValue>();
  for (const [name, points] of Object.entries(histories)) {
    const last = points.at(-1);
    if (last !== undefined) putAt(summary, name.split("/"), loggedValue(last.value, isFloats(points)));
  }
  const steps = Object.values(histories).flatMap((points) => points.map(({ step }) => step));
  const greatest = steps.reduce((most, step) => Math.max(most, step), 0);
  const several = Object.values(histories).some((points) => points.length > 1);
  if (greatest > 0 || several) summary.set("step", greatest);
  return `${indented(summary, "")}\n`;
}

/** `plots/metrics/NAME.tsv`: the step and the value of each point (dvclive/plots/metric.py). */
export function printHistory(name: string, points: readonly MetricPoint[]): string {
  const floats = isFloats(points);
  const title = name.slice(name.lastIndexOf("/") + 1);
  const lines = points.map(({ step, value }) => `${step}\t${text(loggedValue(value, floats))}\n`);
  return `step\t${csvText(title)}\n${lines.join("")}`;
}

/** `params.yaml`: dotted names as mappings. @param params texts; what is no text is JSON */
export function printParams(params: Readonly<Record<string, string>>): string {
  const values = new Map<YamlKey, YamlValue>();
  for (const [name, value] of Object.entries(params)) putAt(values, name.split("."), paramValue(value));
  return printYaml(values);
}

/** What a `dvc.yaml` names of a run. Paths are relative to it. */
export function shownFiles(
  dir: string,
  has: { readonly params: boolean; readonly metrics: boolean; readonly plots: boolean; readonly images: boolean },
): YamlMap {
  const plots: YamlValue[] = [
    ...(has.plots ? [new Map([[`${dir}/plots/metrics`, new Map([["x", "step"]])]])] : []),
    ...(has.images ? [`${dir}/plots/images`] : []),
  ];
  return new Map<YamlKey, YamlValue>([
    ...(has.params ? [["params", [`${dir}/params.yaml`]] as const] : []),
    ...(has.metrics ? [["metrics", [`${dir}/metrics.json`]] as const] : []),
    ...(plots.length > 0 ? [["plots", plots] as const] : []),
  ]);
}

/** A `dvc.yaml` with those named in it in the place of an earlier run's; what else it names stays (dvclive/dvc.py, update_dvcyaml). */
export function withShownFiles(before: YamlMap, shown: YamlMap, dir: string): YamlMap {
  const entries = (map: YamlMap): readonly (readonly [YamlKey, YamlValue])[] =>
    map instanceof Map ? [...map] : (Object.entries(map) as [string, YamlValue][]);
  const after = new Map<YamlKey, YamlValue>(entries(before));
  for (const key of ["params", "metrics", "plots"]) {
    const old = after.get(key);
    const own = (Array.isArray(old) ? (old as readonly YamlValue[]) : []).filter((entry) => !isOf(entry, `${dir}/`));
    const added = new Map(entries(shown)).get(key);
    const all = [...own, ...(Array.isArray(added) ? (added as readonly YamlValue[]) : [])];
    if (all.length > 0) after.set(key, all);
    else after.delete(key);
  }
  return after;
}

function isOf(entry: YamlValue, dir: string): boolean {
  if (typeof entry === "string") return entry.includes(dir);
  if (!isYamlMap(entry)) return false;
  const keys = entry instanceof Map ? [...entry.keys()] : Object.keys(entry);
  return keys.length === 1 && String(keys[0]).includes(dir);
}

// Python knows floats from integers; a series with one value that is no whole number is one of floats.
function isFloats(points: readonly MetricPoint[]): boolean {
  return points.some(({ value }) => Number.isFinite(value) && !Number.isInteger(value));
}

function loggedValue(value: number, float: boolean): YamlValue {
  if (!Number.isFinite(value)) return pythonFloat(value);
  return float || !Number.isSafeInteger(value) ? new YamlFloat(value) : value;
}

function text(value: YamlValue): string {
  return value instanceof YamlFloat ? pythonFloat(value.value) : String(value);
}

/** As Python's csv module writes a cell between tabs. */
function csvText(cell: string): string {
  return /["\t\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** A text that is JSON of something else than a text or a mapping is that. */
function paramValue(param: string): YamlValue {
  if (!/^(-?\d|\[|true$|false$|null$)/.test(param)) return param;
  try {
    const value: unknown = JSON.parse(param, (_, item: unknown) => item);
    if (typeof value === "number" && !Number.isSafeInteger(value)) return new YamlFloat(value);
    return value as YamlValue;
  } catch (error) {
    if (error instanceof SyntaxError) return param;
    throw error;
  }
}

/** Puts a value at the end of a path; where something else than a mapping is in the way, at the joined name. */
function putAt(into: Map<YamlKey, YamlValue>, path: readonly string[], value: YamlValue): void {
  const [first = "", ...rest] = path;
  const inner = into.get(first);
  if (rest.length === 0 || (inner !== undefined && !(inner instanceof Map))) into.set(path.join("."), value);
  else {
    const next = inner instanceof Map ? (inner as Map<YamlKey, YamlValue>) : new Map<YamlKey, YamlValue>();
    into.set(first, next);
    putAt(next, rest, value);
  }
}

/** Python's `json.dump(…, indent=4)`. */
function indented(value: YamlValue, before: string): string {
  if (!(value instanceof Map)) return pythonJson(value);
  if (value.size === 0) return "{}";
  const inner = `${before}    `;
  const items = [...value].map(([key, item]) => `${inner}${pythonJson(String(key))}: ${indented(item, inner)}`);
  return `{\n${items.join(",\n")}\n${before}}`;
}
