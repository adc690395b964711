import type { MetricColumn, ParamColumn, RunRow, RunsView } from "./bundle.ts";
import { formatColumn, formatDelta, formatDuration } from "./numbers.ts";

/** A comparison as cells: what every front end shows, in the order it shows it. */
export interface RunsTable {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
  /** What is equal in all rows, said once: "sigma 0.5", "data cases.csv 3f2a". */
  readonly same: readonly string[];
}

export interface TableColumn {
  readonly key: string;
  readonly kind: "run" | "param" | "metric" | "delta" | "time" | "data";
  readonly title: string;
  readonly right: boolean;
  /** Name of the metric that the column is of, else null. */
  readonly metric: string | null;
}

export interface TableRow {
  readonly run: RunRow;
  readonly cells: readonly TableCell[];
}

export interface TableCell {
  readonly text: string;
  /** The full value where `text` is shortened, the error of a failed run; else null. */
  readonly title: string | null;
  /** What a sort goes by; null goes last. */
  readonly sort: number | string | null;
  readonly mark: "best" | "better" | "worse" | "quiet" | "none";
}

export interface TableOptions {
  /** Columns that are equal in all rows too. */
  readonly all?: boolean;
}

type Column = TableColumn & { readonly cells: readonly TableCell[] };

/** The cells of a comparison: differing params, metrics with the difference to the baseline behind the first, time, data. */
export function runsTable(view: RunsView, options: TableOptions = {}): RunsTable {
  const shown = view.params.filter((param) => options.all === true || (param.differs && !isDigest(param, view.runs)));
  const data = dataColumn(view.runs);
  // One run has nothing to be equal to: all of it is shown.
  const dataDiffers =
    new Set(data.cells.map((cell) => cell.text)).size > 1 || view.runs.length < 2 || options.all === true;
  const columns: readonly Column[] = [
    runColumn(view),
    ...shown.map((param) => paramColumn(param, view.runs)),
    ...view.metrics.flatMap((metric) => metricColumns(metric, view)),
    timeColumn(view.runs),
    ...(dataDiffers && view.runs.some((run) => run.data.length > 0) ? [data] : []),
  ];
  return {
    columns: columns.map(({ cells: _, ...column }) => column),
    rows: view.runs.map((run, index) => ({ run, cells: columns.flatMap((column) => column.cells[index] ?? []) })),
    same: options.all === true ? [] : sameFacts(view, dataDiffers ? null : (data.cells[0]?.text ?? null)),
  };
}

/** The metric that stands for a run where there is room for one; null without metrics. */
export function primaryMetric(view: RunsView): MetricColumn | null {
  return view.metrics[0] ?? null;
}

function sameFacts(view: RunsView, data: string | null): readonly string[] {
  const told = view.params.filter((param) => !param.differs && !isDigest(param, view.runs));
  const params = told.map((param) => `${param.name} ${param.value ?? ""}`);
  return [...params, ...(data === null || data === "" ? [] : [`data ${data}`])];
}

/** Whether a param is no more than the digest of the data that a run used, which stands with the data. */
function isDigest({ name, value }: ParamColumn, runs: readonly RunRow[]): boolean {
  const digests = runs.map((run) => ({ run, text: value ?? run.params[name] }));
  return (
    name.endsWith(".md5") &&
    digests.every(({ run, text }) => text === undefined || run.data.some(({ digest }) => digest === text))
  );
}

function runColumn(view: RunsView): Column {
  const best = primaryMetric(view)?.best ?? null;
  const cells = view.runs.map((run): TableCell => {
    const state = run.state === "FINISHED" ? "" : ` ${run.state.toLowerCase()}`;
    const role = `${run.id === best ? " ★" : ""}${run.id === view.baseline ? " baseline" : ""}`;
    return { text: `${run.name}${role}${state}`, title: run.error, sort: run.name, mark: "none" };
  });
  return { key: "run", kind: "run", title: "Run", right: false, metric: null, cells };
}

function paramColumn(param: ParamColumn, runs: readonly RunRow[]): Column {
  const values = runs.map((run) => (param.differs ? (run.params[param.name] ?? null) : param.value));
  const numeric = values.every((value) => value === null || isNumber(value));
  const cells = values.map((value): TableCell => {
    if (value === null) return missing;
    const text = numeric ? shortNumber(value) : value;
    const sort = numeric ? Number(value) : value;
    return { text, title: text === value && text.length < 40 ? null : value, sort, mark: "none" };
  });
  return { key: `param:${param.name}`, kind: "param", title: param.name, right: numeric, metric: null, cells };
}

const missing: TableCell = { text: "–", title: null, sort: null, mark: "quiet" };

function isNumber(text: string): boolean {
  return text.trim() !== "" && Number.isFinite(Number(text));
}

/** A param as it was written, but for the noise of binary fractions: 0.30000000000000004 is 0.3. */
function shortNumber(text: string): string {
  return text.length <= 8 ? text : String(Number(Number(text).toPrecision(6)));
}

function metricColumns(metric: MetricColumn, view: RunsView): readonly Column[] {
  const values = view.runs.map((run) => run.metrics[metric.name] ?? null);
  const texts = formatColumn(values);
  const cells = view.runs.map((run, index): TableCell => {
    const value = values[index] ?? null;
    if (value === null) return missing;
    return {
      text: texts[index] ?? "",
      title: `${metric.name} ${value}`,
      sort: typeof value === "number" ? value : null,
      mark: run.id === metric.best ? "best" : "none",
    };
  });
  const title = metric.goal === null ? metric.name : `${metric.name} ${metric.goal === "min" ? "↓" : "↑"}`;
  const column: Column = {
    key: `metric:${metric.name}`,
    kind: "metric",
    title,
    right: true,
    metric: metric.name,
    cells,
  };
  return metric === view.metrics[0] ? [column, ...deltaColumns(metric, view, texts)] : [column];
}

function deltaColumns(metric: MetricColumn, view: RunsView, texts: readonly string[]): readonly Column[] {
  const at = view.runs.findIndex((run) => run.id === view.baseline);
  const base = view.runs[at]?.metrics[metric.name];
  if (typeof base !== "number") return [];
  const cells = view.runs.map((run, index): TableCell => {
    const value = run.metrics[metric.name];
    if (typeof value !== "number") return missing;
    const difference = value - base;
    const text = formatDelta(difference, texts[index] ?? "");
    return { text, title: null, sort: difference, mark: deltaMark(difference, metric.goal) };
  });
  return [{ key: "delta", kind: "delta", title: "Δ baseline", right: true, metric: metric.name, cells }];
}

function deltaMark(difference: number, goal: MetricColumn["goal"]): TableCell["mark"] {
  if (difference === 0) return "quiet";
  if (goal === null) return "none";
  return difference < 0 === (goal === "min") ? "better" : "worse";
}

function timeColumn(runs: readonly RunRow[]): Column {
  const cells = runs.map((run): TableCell => {
    if (run.endMs === null) return { ...missing, text: run.state === "RUNNING" ? "running" : "–" };
    const spent = run.endMs - run.startMs;
    return { text: formatDuration(spent), title: null, sort: spent, mark: "none" };
  });
  return { key: "time", kind: "time", title: "Time", right: true, metric: null, cells };
}

function dataColumn(runs: readonly RunRow[]): Column {
  const cells = runs.map((run): TableCell => {
    const text = run.data.map((input) => `${input.name} ${input.digest.slice(0, 4)}`).join(", ");
    const title = run.data.map((input) => `${input.name} ${input.digest}`).join("\n");
    return text === "" ? { ...missing, text: "" } : { text, title, sort: text, mark: "quiet" };
  });
  return { key: "data", kind: "data", title: "Data", right: true, metric: null, cells };
}
