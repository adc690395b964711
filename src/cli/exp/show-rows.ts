import { StemmaError } from "../../error.ts";
import { isFloat, pythonFloat, pythonText, type YamlValue } from "../../format/index.ts";
import {
  type ExperimentState,
  flatValues,
  type ShownBaseline,
  type ShownExperiment,
  type ViewValues,
} from "../../pipeline/index.ts";
import { localTime } from "./show-json.ts";

export interface TableOptions {
  /** Significant digits of floats; all of them when null. */
  readonly digits: number | null;
  /** Where there is no value. */
  readonly fill: string;
  /** Times as 2026-11-21T15:50:08. */
  readonly iso: boolean;
  readonly sort: { readonly by: string; readonly descending: boolean } | null;
}

/** Texts by column; every row has all columns. */
export interface ExperimentTable {
  readonly columns: readonly { readonly name: string; readonly kind: "about" | "metric" | "param" | "dep" }[];
  readonly rows: readonly ReadonlyMap<string, string>[];
  readonly fill: string;
}

const about = ["Experiment", "rev", "typ", "Created", "parent", "State", "Executor"];

/** The table of `dvc exp show` (dvc/repo/experiments/show.py, tabulate). @throws {StemmaError} no column to sort by, or several */
export function experimentTable(shown: readonly ShownBaseline[], options: TableOptions): ExperimentTable {
  const states = shown.flatMap((baseline) => [
    baseline,
    ...(baseline.experiments ?? []).flatMap(({ states: own }) => own.slice(0, 1)),
  ]);
  const metrics = namesOf(states.flatMap(({ data }) => (data === null ? [] : [data.metrics])));
  const params = namesOf(states.flatMap(({ data }) => (data === null ? [] : [data.params])));
  const deps = [...new Set(states.flatMap(({ data }) => [...(data?.deps.keys() ?? [])]))].toSorted();
  const counts = new Map(about.map((name) => [name, 1]));
  // A file's metrics take the place of its params of the same path, as they do where DVC counts.
  for (const names of new Map([...metrics, ...params]).values()) {
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const title = (file: string, name: string): string => (counts.get(name) === 1 ? name : `${file}:${name}`);
  const titles = (names: Names): readonly string[] =>
    [...names].flatMap(([file, own]) => [...own].map((name) => title(file, name)));
  const named = { metrics, params, deps, title, options };
  return {
    columns: [
      ...about.map((name) => ({ name, kind: "about" as const })),
      ...titles(metrics).map((name) => ({ name, kind: "metric" as const })),
      ...titles(params).map((name) => ({ name, kind: "param" as const })),
      ...deps.map((name) => ({ name, kind: "dep" as const })),
    ],
    rows: shown.flatMap((baseline) => rowsOf(baseline, named)),
    fill: options.fill,
  };
}

/** By file: the keys there are, in the order of their first sight. */
type Names = ReadonlyMap<string, ReadonlySet<string>>;

function namesOf(all: readonly ViewValues[]): Names {
  const names = new Map<string, Set<string>>();
  for (const values of all) {
    for (const [file, own] of values) {
      const known = names.get(file) ?? new Set<string>();
      names.set(file, known);
      for (const key of flatValues(own).keys()) if (key !== "") known.add(key);
    }
  }
  return names;
}

interface Named {
  readonly metrics: Names;
  readonly params: Names;
  readonly deps: readonly string[];
  readonly title: (file: string, name: string) => string;
  readonly options: TableOptions;
}

function rowsOf(baseline: ShownBaseline, named: Named): readonly ReadonlyMap<string, string>[] {
  const isSha = /^[0-9a-f]{40}$/.test(baseline.revision);
  const short = isSha ? baseline.revision.slice(0, 7) : baseline.revision;
  const first = row(baseline, named, { Experiment: "", rev: baseline.name ?? short, typ: "baseline", parent: "" });
  const experiments = sorted(baseline.experiments ?? [], named);
  return [
    first,
    ...experiments.flatMap(({ name, states: [state], task }, i) => {
      if (state === undefined) return [];
      const typ = i === experiments.length - 1 ? "branch_base" : "branch_commit";
      const own = { Experiment: name ?? "", rev: state.revision.slice(0, 7), typ, parent: "" };
      const executor = task === null || task.state === "failed" ? {} : { Executor: "Dvc-task" };
      const shown = task === null ? {} : { State: stateName(task.state), ...executor };
      return [row(state, named, { ...own, ...shown })];
    }),
  ];
}

/** "Queued" */
export function stateName(state: string): string {
  return state.slice(0, 1).toUpperCase() + state.slice(1);
}

function row(
  { data }: ExperimentState,
  { metrics, params, deps, title, options }: Named,
  own: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  const { fill } = options;
  const cells = new Map(about.map((name) => [name, own[name] ?? fill]));
  if (data === null) return cells;
  if (data.timeMs !== null) cells.set("Created", shownTime(data.timeMs, options.iso));
  for (const [names, values] of [
    [metrics, data.metrics],
    [params, data.params],
  ] as const) {
    for (const [file, keys] of names) {
      const read = values.get(file);
      if (read === undefined) continue;
      const flat = flatValues(read);
      for (const key of keys) {
        const value = flat.get(key) ?? null;
        const missing = "error" in read ? "!" : fill;
        cells.set(title(file, key), value === null ? missing : shownValue(value, options.digits));
      }
    }
  }
  for (const path of deps) if (data.deps.has(path)) cells.set(path, data.deps.get(path)?.md5 ?? fill);
  return cells;
}

/** As DVC shows when something was made: the time of a commit of today, else its date. */
export function shownTime(timeMs: number, iso: boolean): string {
  if (iso) return localTime(timeMs);
  const time = new Date(timeMs);
  const today = time.toDateString() === new Date().toDateString();
  if (!today) return time.toLocaleDateString("en-US", { month: "short", day: "2-digit", year: "numeric" });
  return time.toLocaleTimeString("en-US", { hour: "2-digit", minute: "2-digit" }).replace(/\u202f/g, " ");
}

/** A value in a table; floats with so many significant digits, as Python's `%g`. */
export function shownValue(value: YamlValue, digits: number | null): string {
  return digits !== null && isFloat(value) ? significant(Number(value), digits) : pythonText(value);
}

/** Python's `f"{value:.{digits}g}"`. */
export function significant(value: number, digits: number): string {
  if (!Number.isFinite(value)) return pythonFloat(value);
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", power = "0"] = value.toExponential(digits - 1).split("e");
  const exponent = Number(power);
  const short = (text: string): string => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (exponent >= -4 && exponent < digits) return short(value.toFixed(digits - 1 - exponent));
  const two = String(Math.abs(exponent)).padStart(2, "0");
  return `${short(mantissa)}e${exponent < 0 ? "-" : "+"}${two}`;
}

function sorted(
  experiments: readonly ShownExperiment[],
  { metrics, params, options }: Named,
): readonly ShownExperiment[] {
  if (options.sort === null) return experiments;
  const { by, descending } = options.sort;
  const { kind, file, name } = sortColumn(by, { metrics, params });
  const valueAt = ({ states: [state] }: ShownExperiment): YamlValue =>
    flatValues(state?.data?.[kind].get(file)).get(name) ?? null;
  const sign = descending ? -1 : 1;
  return experiments.toSorted((a, b) => sign * compare(valueAt(a), valueAt(b)));
}

/** Those without a value are the greatest. */
function compare(a: YamlValue, b: YamlValue): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  const [left, right] = [Number(a), Number(b)];
  if (typeof a !== "string" && typeof b !== "string") return left - right;
  const [one, other] = [pythonText(a), pythonText(b)];
  return one === other ? 0 : one < other ? -1 : 1;
}

interface SortColumn {
  readonly kind: "metrics" | "params";
  readonly file: string;
  readonly name: string;
}

function sortColumn(by: string, names: Pick<Named, "metrics" | "params">): SortColumn {
  const all = (["metrics", "params"] as const).flatMap((kind) =>
    [...names[kind]].flatMap(([file, own]) => [...own].map((name): SortColumn => ({ kind, file, name }))),
  );
  const full = all.filter(({ file, name }) => `${file}:${name}` === by);
  const found = full.length > 0 ? full : all.filter(({ name }) => name === by || `:${name}` === by);
  const [only] = found;
  if (only !== undefined && found.length === 1) return only;
  const matched = found.map(({ file, name }) => `${file}:${name}`).join(", ");
  throw new StemmaError(
    "INVALID_ARGUMENT",
    only === undefined ? `Unknown sort column '${by}'` : `Ambiguous sort column '${by}' matched '${matched}'`,
  );
}
