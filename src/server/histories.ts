import type { MetricPoint, RunRecord, RunStore } from "../track/index.ts";

/** Points by metric, then by run id. */
export type Histories = Readonly<Record<string, Readonly<Record<string, readonly MetricPoint[]>>>>;

/** The series of some runs; metrics with a single point are left out: they are a number, not a curve. */
export async function historiesOf(store: RunStore, runs: readonly RunRecord[]): Promise<Histories> {
  const histories: Record<string, Record<string, readonly MetricPoint[]>> = {};
  for (const run of runs) {
    for (const key of Object.keys(run.metrics)) {
      const points = await store.metricHistory(run.id, key);
      if (points.length < 2) continue;
      histories[key] ??= {};
      histories[key][run.id] = points;
    }
  }
  return histories;
}
