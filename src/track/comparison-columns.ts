import type { RunRecord } from "./record.ts";

/** One value of a comparison's table; null where a run has none. */
export type ComparisonValue = string | number | boolean | Date | null;

/** A comparison column by column, each as long as there are runs. */
export type ComparisonColumns = Readonly<Record<string, readonly ComparisonValue[]>>;

/** Which columns a table has. */
export interface ColumnsOptions {
  /** Params by name, in this order. */
  readonly params?: readonly string[];
  /** Metrics by name, in this order; those of the system only where they are named here. */
  readonly metrics?: readonly string[];
}

/** Params of runs by how often and how early they are met: those of the first run first. */
export function paramNames(runs: readonly RunRecord[]): readonly string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run.params)))];
}

/** Metrics of runs, without those of the system. */
export function metricNames(runs: readonly RunRecord[]): readonly string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(run.metrics)))].filter((name) => !name.startsWith("system/"));
}

/** Params that are not the same text in all runs; a run without it differs. */
export function differingParams(runs: readonly RunRecord[]): readonly string[] {
  const [first] = runs;
  return paramNames(runs).filter((name) => runs.some((run) => run.params[name] !== first?.params[name]));
}

const own = ["run", "id", "status", "start", "seconds"] as const;

/**
 * Runs as columns: `run`, `id`, `status`, `start`, `seconds`, then params, then metrics by their names. A name that is taken has
 * `params.` or `metrics.` before it. Params that are numbers, or flags, in all runs are such.
 */
export function columnsOf(
  runs: readonly RunRecord[],
  { params, metrics }: { readonly params: readonly string[]; readonly metrics: readonly string[] },
): ComparisonColumns {
  const columns = new Map<string, readonly ComparisonValue[]>([
    ["run", runs.map(({ name }) => name)],
    ["id", runs.map(({ id }) => id)],
    ["status", runs.map(({ status }) => status)],
    ["start", runs.map(({ startMs }) => new Date(startMs))],
    ["seconds", runs.map(({ startMs, endMs }) => (endMs === null ? null : (endMs - startMs) / 1_000))],
  ]);
  const taken = new Set<string>([...own, ...metrics.filter((name) => params.includes(name))]);
  const named = (kind: string, name: string): string => (taken.has(name) ? `${kind}.${name}` : name);
  for (const name of params) columns.set(named("params", name), typed(runs.map((run) => run.params[name] ?? null)));
  for (const name of metrics)
    columns.set(
      named("metrics", name),
      runs.map((run) => run.metrics[name]?.value ?? null),
    );
  return fromEntries([...columns]);
}

const isNumber = /^-?(0|[1-9]\d*)(\.\d+)?(e[+-]?\d+)?$/i;

function typed(texts: readonly (string | null)[]): readonly ComparisonValue[] {
  const present = texts.filter((text) => text !== null);
  if (present.every((text) => isNumber.test(text))) return texts.map((text) => (text === null ? null : Number(text)));
  if (present.every((text) => text === "true" || text === "false"))
    return texts.map((text) => (text === null ? null : text === "true"));
  return texts;
}

// A param may be called "__proto__"; an assignment would lose it.
function fromEntries<Value>(entries: readonly (readonly [string, Value])[]): Readonly<Record<string, Value>> {
  return Object.fromEntries(entries);
}
