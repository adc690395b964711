import { drawable } from "../host/index.ts";
import { type ArqueroModule, type ArqueroTable, arqueroTable, tableOf } from "./comparison-arquero.ts";
import {
  type ColumnsOptions,
  type ComparisonColumns,
  columnsOf,
  differingParams,
  metricNames,
  paramNames,
} from "./comparison-columns.ts";
import type { ComparisonRecord } from "./comparison-record.ts";
import { csvText, latexText, markdownText, type PrintedTable } from "./comparison-text.ts";
import { RunNotFoundError } from "./errors.ts";
import { goalOf } from "./goal.ts";
import { ValueError } from "./params.ts";
import type { MetricPoint, RunRecord } from "./record.ts";

/** Which way a metric is better. */
export interface BestOptions {
  /** Without it the name decides: "rmse" is better low, "accuracy" high. */
  readonly goal?: "min" | "max";
}

/** What one run does otherwise than the baseline. */
export interface RunDelta {
  readonly run: RunRecord;
  /** Its latest value minus that of the baseline, for metrics that both have. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Params that differ; null where one has none. */
  readonly params: Readonly<Record<string, { readonly from: string | null; readonly to: string | null }>>;
}

/** One point of a curve with its run: a row for Vega-Lite and data frames. */
export interface CurvePoint extends MetricPoint {
  /** The run's name. */
  readonly run: string;
  readonly id: string;
}

/** The curve of one metric, by the id of the run. */
export type CurveSource = (metric: string) => Readonly<Record<string, readonly MetricPoint[]>>;

/** Runs side by side; as the last expression of a cell a table with the metrics' curves. A list of its runs, too. */
export class Comparison {
  readonly record: ComparisonRecord;
  readonly #curves: CurveSource;

  /** @param curves where curves come from that the record has not */
  constructor(record: ComparisonRecord, curves: CurveSource = (metric) => record.histories[metric] ?? {}) {
    this.record = record;
    this.#curves = curves;
  }

  /** In the order asked for, else the best first. */
  get runs(): readonly RunRecord[] {
    return this.record.runs;
  }

  /** The run that differences are taken to; null where none was named. */
  get baseline(): RunRecord | null {
    return this.runs.find(({ id }) => id === this.record.baseline) ?? null;
  }

  /** Names of all params. */
  get params(): readonly string[] {
    return paramNames(this.runs);
  }

  /** Names of the params that are not the same in all runs. */
  get differing(): readonly string[] {
    return differingParams(this.runs);
  }

  /** Names of all metrics but those of the system. */
  get metrics(): readonly string[] {
    return metricNames(this.runs);
  }

  [Symbol.iterator](): IterableIterator<RunRecord> {
    return this.runs[Symbol.iterator]();
  }

  /**
   * The run with the best latest value of a metric; null where none has one that is a number.
   *
   * @throws {ValueError} neither `goal` nor the name tells which way is better
   */
  best(metric: string, options: BestOptions = {}): RunRecord | null {
    const goal = options.goal ?? goalOf(metric);
    if (goal === null)
      throw new ValueError(
        `Whether ${metric} is better low or high is not known from its name; write best("${metric}", { goal: "min" }) or "max".`,
      );
    return this.runs[bestRow(this.runs, metric, goal)] ?? null;
  }

  /**
   * What each other run does otherwise than a baseline.
   *
   * @param baseline id or name of a run here; that of `track.compare()` where absent
   * @throws {RunNotFoundError} @throws {ValueError} none is named
   */
  delta(baseline?: string): readonly RunDelta[] {
    const base = baseline === undefined ? this.baseline : runNamed(this.runs, baseline);
    if (base === null)
      throw new ValueError(`No baseline is named; write delta("${this.runs[0]?.name ?? "the run's name"}").`);
    return this.runs.filter((run) => run !== base).map((run) => deltaOf(base, run));
  }

  /** Every point of a metric's curves, run by run, at most 2000 of a run, as logged. */
  curves(metric: string): readonly CurvePoint[] {
    const byRun = this.#curves(metric);
    return this.runs.flatMap((run) =>
      (byRun[run.id] ?? latestAlone(run, metric)).map((point) => ({ run: run.name, id: run.id, ...point })),
    );
  }

  /** Column by column, all params and metrics where none are named; for `aq.table()` and charts. */
  toColumns(options: ColumnsOptions = {}): ComparisonColumns {
    return columnsOf(this.runs, { params: options.params ?? this.params, metrics: options.metrics ?? this.metrics });
  }

  /**
   * A table of arquero with the columns of {@link toColumns}.
   *
   * @param arquero the module, `import * as aq from "arquero"`: then the table comes at once and with its own type
   * @throws {MissingPackageError} it is not given and not installed
   */
  toArquero<Table>(arquero: ArqueroModule<Table>): Table;
  toArquero(): Promise<ArqueroTable>;
  toArquero<Table>(arquero?: ArqueroModule<Table>): Table | Promise<ArqueroTable> {
    return arquero === undefined ? arqueroTable(this.toColumns()) : tableOf(arquero, this.toColumns());
  }

  /** CSV with the columns of {@link toColumns}, numbers in full. */
  toCSV(options: ColumnsOptions = {}): string {
    return csvText(this.toColumns(options));
  }

  /** A Markdown table of the params that differ and the metrics, where none are named. */
  toMarkdown(options: ColumnsOptions = {}): string {
    return markdownText(this.#printed(options));
  }

  /** A LaTeX table of the params that differ and the metrics, where none are named; it wants `\usepackage{booktabs}`. */
  toLaTeX(options: ColumnsOptions = {}): string {
    return latexText(this.#printed(options));
  }

  #printed(options: ColumnsOptions): PrintedTable {
    const metrics = options.metrics ?? this.metrics;
    const all = this.toColumns({ params: options.params ?? this.differing, metrics });
    // That all runs have finished needs no column.
    const left = new Set(["id", "start", "seconds", ...(this.runs.every(isFinished) ? ["status"] : [])]);
    const columns = Object.fromEntries(Object.entries(all).filter(([name]) => !left.has(name)));
    const goals = new Map<string, "min" | "max">();
    const best = new Map<string, number>();
    for (const metric of metrics) {
      const goal = goalOf(metric);
      const column = `metrics.${metric}` in columns ? `metrics.${metric}` : metric;
      if (goal === null) continue;
      goals.set(column, goal);
      if (this.runs.length > 1) best.set(column, bestRow(this.runs, metric, goal));
    }
    return { columns, best, goals };
  }
}

function isFinished({ status }: RunRecord): boolean {
  return status === "FINISHED";
}

drawable(Comparison.prototype, "comparison");

/** Place of the run with the best finite value; -1 where none has one. */
function bestRow(runs: readonly RunRecord[], metric: string, goal: "min" | "max"): number {
  const sign = goal === "min" ? 1 : -1;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (const [row, run] of runs.entries()) {
    const value = run.metrics[metric]?.value;
    if (value === undefined || Number.isNaN(value)) continue;
    if (best === -1 || sign * value < least) {
      best = row;
      least = sign * value;
    }
  }
  return best;
}

/** A run by its id or name. @throws {RunNotFoundError} */
export function runNamed(runs: readonly RunRecord[], wanted: string): RunRecord {
  const run = runs.find(({ id }) => id === wanted) ?? runs.find(({ name }) => name === wanted);
  if (run === undefined) throw new RunNotFoundError(wanted);
  return run;
}

function deltaOf(base: RunRecord, run: RunRecord): RunDelta {
  const both = metricNames([run]).filter((name) => base.metrics[name] !== undefined);
  const changed = differingParams([base, run]);
  return {
    run,
    metrics: Object.fromEntries(
      both.map((name) => [name, (run.metrics[name]?.value ?? Number.NaN) - (base.metrics[name]?.value ?? Number.NaN)]),
    ),
    params: Object.fromEntries(
      changed.map((name) => [name, { from: base.params[name] ?? null, to: run.params[name] ?? null }]),
    ),
  };
}

function latestAlone(run: RunRecord, metric: string): readonly MetricPoint[] {
  const point = run.metrics[metric];
  return point === undefined ? [] : [point];
}
