import { drawable } from "../host/index.ts";
import { openDatabase, type Project } from "../store/index.ts";
import { metricNames } from "./comparison-columns.ts";
import { Comparison, runNamed } from "./comparison-value.ts";
import { currentReader } from "./current-reader.ts";
import { ExperimentNotFoundError, RunNotFoundError } from "./errors.ts";
import { goalOf } from "./goal.ts";
import { runRow } from "./local/index.ts";
import type { MetricPoint, RunRecord } from "./record.ts";
import type { RunReader } from "./run-reader.ts";
import { flushWriters, pointsFrom, readSeries, thinned } from "./series/index.ts";

export { type BestOptions, Comparison, type CurvePoint, type CurveSource, type RunDelta } from "./comparison-value.ts";

export interface RunsOptions {
  /** MLflow's filter: "metrics.rmse < 30 AND params.model = 'seir'". */
  readonly filter?: string;
  /** MLflow's order: "metrics.rmse ASC"; newest first where absent. */
  readonly orderBy?: string | readonly string[];
  /** Runs at most, 1 to 50,000; 1000 where absent, 100 in a comparison. */
  readonly limit?: number;
}

export interface CompareOptions extends RunsOptions {
  /** Id or name of the run that differences are taken to; it stands first where the filter leaves it out. */
  readonly baseline?: string;
}

/** Records of runs: a list that draws itself as a table. What is made of it with `map` and the like is a plain array. */
export class RunList extends Array<RunRecord> {
  /** Their experiment; null for all. */
  experiment: string | null = null;
}

Object.defineProperty(RunList, Symbol.species, { value: Array });
drawable(RunList.prototype, "runs");

/** The runs of an experiment, or of all. @throws {ExperimentNotFoundError} @throws {FilterError} */
export function runsOf(project: Project, experiment: string | undefined, options: RunsOptions = {}): RunList {
  const reader = currentReader(project);
  const list = new RunList();
  list.experiment = experiment ?? null;
  const ids = experiment === undefined ? reader.experiments().map(({ id }) => id) : [experimentId(reader, experiment)];
  if (ids.length > 0) list.push(...found(reader, ids, { limit: 1000, ...options }));
  return list;
}

/** Runs of a comparison whose curves are there at once, which is as many as a chart shows. */
const runsWithCurves = 24;
/** Points of one curve at most: three for each pixel of a wide chart. `run.histories()` has all. */
const curvePoints = 2000;

/**
 * The runs of an experiment side by side: in the order asked for, else the best first, by the first metric whose name says
 * what is better. @throws {ExperimentNotFoundError} @throws {FilterError} @throws {RunNotFoundError} */
export function compareRuns(project: Project, experiment: string, options: CompareOptions = {}): Comparison {
  const reader = currentReader(project);
  const ids = [experimentId(reader, experiment)];
  const newest = found(reader, ids, { limit: 100, ...options });
  const ordered = options.orderBy === undefined ? bestFirst(newest) : newest;
  const { runs, baseline } = withBaseline(reader, ordered, { wanted: options.baseline, ids });
  const total = reader.countRuns({ experimentIds: ids, filter: options.filter ?? "" });
  const histories = reader.histories(
    runs.slice(0, runsWithCurves).map(({ id }) => id),
    curvePoints,
  );
  return new Comparison({ experiment, runs, total, baseline, histories }, (metric) => curvesOf(reader, runs, metric));
}

function curvesOf(
  reader: RunReader,
  runs: readonly RunRecord[],
  metric: string,
): Readonly<Record<string, readonly MetricPoint[]>> {
  const having = runs.filter((run) => run.metrics[metric] !== undefined).map(({ id }) => id);
  if (reader.server !== null) return reader.histories(having, curvePoints)[metric] ?? {};
  flushWriters();
  const database = openDatabase(reader.project);
  return Object.fromEntries(
    having.map((id) => {
      const key = { row: runRow(database, id).id, id };
      return [id, pointsFrom(thinned(readSeries(reader.project, key, metric), curvePoints))];
    }),
  );
}

function found(reader: RunReader, experimentIds: readonly string[], options: RunsOptions): readonly RunRecord[] {
  const { filter = "", orderBy = [], limit = 1000 } = options;
  const order = typeof orderBy === "string" ? [orderBy] : orderBy;
  return reader.searchRuns({ experimentIds, filter, orderBy: order, limit }).runs;
}

function experimentId(reader: RunReader, name: string): string {
  const record = reader.experimentByName(name);
  if (record === null)
    throw new ExperimentNotFoundError(
      name,
      reader
        .experiments()
        .map((one) => one.name)
        .sort(),
    );
  return record.id;
}

interface Based {
  readonly runs: readonly RunRecord[];
  /** Id of the baseline. */
  readonly baseline: string | null;
}

function withBaseline(
  reader: RunReader,
  runs: readonly RunRecord[],
  { wanted, ids }: { readonly wanted: string | undefined; readonly ids: readonly string[] },
): Based {
  if (wanted === undefined) return { runs, baseline: null };
  if (runs.some(({ id, name }) => id === wanted || name === wanted))
    return { runs, baseline: runNamed(runs, wanted).id };
  const outside = /^[0-9a-f]{32}$/.test(wanted) ? reader.run(wanted) : (named(reader, wanted, ids) ?? null);
  if (outside === null) throw new RunNotFoundError(wanted);
  return { runs: [outside, ...runs], baseline: outside.id };
}

function named(reader: RunReader, name: string, experimentIds: readonly string[]): RunRecord | undefined {
  if (name.includes("'")) return undefined;
  return reader.searchRuns({ experimentIds, filter: `attributes.run_name = '${name}'`, limit: 1 }).runs[0];
}

/** Best first, runs without the metric last; as they are where no metric's name says what is better. */
function bestFirst(runs: readonly RunRecord[]): readonly RunRecord[] {
  const metric = metricNames(runs).find((name) => goalOf(name) !== null);
  if (metric === undefined) return runs;
  const sign = goalOf(metric) === "min" ? 1 : -1;
  const rank = (run: RunRecord): number => {
    const value = run.metrics[metric]?.value ?? Number.NaN;
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value;
  };
  // Not by difference: that of two infinities is no number.
  return runs.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}
