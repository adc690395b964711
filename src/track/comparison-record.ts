import type { MetricPoint, RunRecord } from "./record.ts";

/** Runs side by side: what `track.compare()` found, as plain data. */
export interface ComparisonRecord {
  readonly experiment: string;
  /** In the order to show. */
  readonly runs: readonly RunRecord[];
  /** Runs that matched, which may be more than `runs`. */
  readonly total: number;
  /** Run that the differences are taken to; null for none. */
  readonly baseline: string | null;
  /** By metric, then by run id; only metrics with more than one point, each at most 2000 of them, as logged. */
  readonly histories: Readonly<Record<string, Readonly<Record<string, readonly MetricPoint[]>>>>;
}
