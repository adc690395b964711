import { drawable } from "../host/index.ts";
import { hasDatabase, openDatabase, type Project } from "../store/index.ts";
import type { ComparisonRecord } from "./comparison-record.ts";
import { ExperimentNotFoundError, RunNotFoundError } from "./errors.ts";
import { goalOf } from "./goal.ts";
import { experimentNames, listExperiments, readExperimentByName, recordsOf, runRow, settle } from "./local/index.ts";
import { ValueError } from "./params.ts";
import type { MetricPoint, RunRecord } from "./record.ts";
import { countRuns, findRuns } from "./search/index.ts";
import { pointsFrom, readSeries, thinned } from "./series/index.ts";

export interface RunsOptions {
  /** MLflow's filter: "metrics.rmse < 30 AND params.model = 'seir'". */
  readonly filter?: string;
  /** MLflow's order: "metrics.rmse ASC"; newest first where absent. */
  readonly orderBy?: string | readonly string[];
  /** Runs at most, 1 to 50,000; 1000 where absent, 100 in a comparison. */
  readonly limit?: number;
}

export interface CompareOptions extends RunsOptions {
  /** Id or name of the run that differences are taken to. */
  readonly baseline?: string;
}

/** Records of runs: a list that draws itself as a table. What is made of it with `map` and the like is a plain array. */
export class RunList extends Array<RunRecord> {
  /** Their experiment; null for all. */
  experiment: string | null = null;
}

Object.defineProperty(RunList, Symbol.species, { value: Array });
drawable(RunList.prototype, "runs");

/** Runs side by side; as the last expression of a cell a table with the metrics' curves. */
export class Comparison {
  readonly record: ComparisonRecord;

  constructor(record: ComparisonRecord) {
    this.record = record;
  }

  get runs(): readonly RunRecord[] {
    return this.record.runs;
  }

  /**
   * The run with the best latest value of a metric; null where none has one that is a number.
   *
   * @param options `goal`: which way is better; without it the name decides ("rmse" is better low, "accuracy" high)
   * @throws {ValueError} the name does not tell
   */
  best(metric: string, options: { readonly goal?: "min" | "max" } = {}): RunRecord | null {
    const goal = options.goal ?? goalOf(metric);
    if (goal === null)
      throw new ValueError(
        `Whether ${metric} is better low or high is not known from its name; write best("${metric}", { goal: "min" }) or "max".`,
      );
    const sign = goal === "min" ? 1 : -1;
    const candidates = this.runs.filter((run) => !Number.isNaN(run.metrics[metric]?.value ?? Number.NaN));
    return candidates.toSorted((a, b) => sign * (latestValue(a, metric) - latestValue(b, metric)))[0] ?? null;
  }
}

drawable(Comparison.prototype, "comparison");

/** The runs of an experiment, or of all. @throws {ExperimentNotFoundError} @throws {FilterError} */
export function runsOf(project: Project, experiment: string | undefined, options: RunsOptions = {}): RunList {
  const list = new RunList();
  list.experiment = experiment ?? null;
  if (experiment === undefined && !hasDatabase(project)) return list;
  const ids = experiment === undefined ? allIds(project) : [experimentId(project, experiment)];
  list.push(...found(project, ids, { limit: 1000, ...options }));
  return list;
}

/**
 * The runs of an experiment side by side: in the order asked for, else the best first, by the first metric whose name says
 * what is better. @throws {ExperimentNotFoundError} @throws {FilterError} @throws {RunNotFoundError} */
export function compareRuns(project: Project, experiment: string, options: CompareOptions = {}): Comparison {
  const ids = [experimentId(project, experiment)];
  const newest = found(project, ids, { limit: 100, ...options });
  const runs = options.orderBy === undefined ? bestFirst(newest) : newest;
  const total = countRuns(project, { experimentIds: ids, filter: options.filter ?? "" });
  const baseline = options.baseline === undefined ? null : baselineOf(runs, options.baseline);
  return new Comparison({ experiment, runs, total, baseline, histories: historiesOf(project, runs) });
}

function found(project: Project, experimentIds: readonly string[], options: RunsOptions): readonly RunRecord[] {
  settle(project);
  const { filter = "", orderBy = [], limit = 1000 } = options;
  const order = typeof orderBy === "string" ? [orderBy] : orderBy;
  return recordsOf(project, findRuns(project, { experimentIds, filter, orderBy: order, limit }).rows);
}

// Without a database none is made: asking must not leave a folder behind.
function experimentId(project: Project, name: string): string {
  if (!hasDatabase(project)) throw new ExperimentNotFoundError(name, []);
  const record = readExperimentByName(project, name);
  if (record === null) throw new ExperimentNotFoundError(name, experimentNames(openDatabase(project)));
  return record.id;
}

function allIds(project: Project): readonly string[] {
  return listExperiments(project).map(({ id }) => id);
}

function baselineOf(runs: readonly RunRecord[], wanted: string): string {
  const run = runs.find(({ id, name }) => id === wanted || name === wanted);
  if (run === undefined) throw new RunNotFoundError(wanted);
  return run.id;
}

/** Points of one curve at most: three for each pixel of a wide chart. `run.histories()` has all. */
const curvePoints = 2000;

function historiesOf(project: Project, runs: readonly RunRecord[]): ComparisonRecord["histories"] {
  const histories: Record<string, Record<string, readonly MetricPoint[]>> = {};
  for (const run of runs) {
    const key = { row: runRow(openDatabase(project), run.id).id, id: run.id };
    for (const name of Object.keys(run.metrics)) {
      const points = pointsFrom(thinned(readSeries(project, key, name), curvePoints));
      if (points.length > 1) histories[name] = { ...histories[name], [run.id]: points };
    }
  }
  return histories;
}

/** Best first, runs without the metric last; as they are where no metric's name says what is better. */
function bestFirst(runs: readonly RunRecord[]): readonly RunRecord[] {
  const names = new Set(runs.flatMap((run) => Object.keys(run.metrics)));
  const metric = [...names].find((name) => goalOf(name) !== null);
  if (metric === undefined) return runs;
  const sign = goalOf(metric) === "min" ? 1 : -1;
  const rank = (run: RunRecord): number => {
    const value = latestValue(run, metric);
    return Number.isNaN(value) ? Number.POSITIVE_INFINITY : sign * value;
  };
  // Not by difference: that of two infinities is no number.
  return runs.toSorted((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
}

function latestValue(run: RunRecord, metric: string): number {
  return run.metrics[metric]?.value ?? Number.NaN;
}
