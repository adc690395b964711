import { type FlowStatus, type Plan, plainStep } from "../../src/flow/index.ts";
import type { ComparisonRecord, MetricPoint, RunRecord } from "../../src/track/index.ts";

/** A run record with what a test does not care about filled in. */
export function run(given: Partial<RunRecord> & { readonly id: string }): RunRecord {
  return {
    name: `run-${given.id}`,
    experimentId: "1",
    experiment: "seir",
    status: "FINISHED",
    lifecycle: "active",
    user: "ada",
    startMs: 1_000,
    endMs: 1_410,
    parentId: null,
    artifactFolder: "/tmp/artifacts",
    params: {},
    metrics: {},
    tags: {},
    inputs: [],
    ...given,
  };
}

export function point(value: number, step = 0): MetricPoint {
  return { value, step, timeMs: 1_000 + step };
}

export function comparison(runs: readonly RunRecord[], given: Partial<ComparisonRecord> = {}): ComparisonRecord {
  return { experiment: "seir", runs, total: runs.length, baseline: null, histories: {}, ...given };
}

/** Many runs with two differing params, one equal one and a curve each. */
export function grid(count: number, points = 0): ComparisonRecord {
  const runs = Array.from({ length: count }, (_, index) =>
    run({
      id: index.toString(16).padStart(32, "0"),
      startMs: 1_000 + index,
      params: { beta: String(1 + index / 100), gamma: String((index % 7) / 10), sigma: "0.5" },
      metrics: { rmse: point(40 - index / 1_000, points), r0: point(3 + index) },
    }),
  );
  const history = (index: number): readonly MetricPoint[] =>
    Array.from({ length: points }, (_, step) => point(100 / (1 + step) + index, step));
  const rmse = Object.fromEntries(runs.map((one, index) => [one.id, history(index)]));
  return comparison(runs, { baseline: runs[0]?.id ?? null, histories: points > 1 ? { rmse } : {} });
}

/** load -> fitOne x 9 -> pick, as it stands while fitOne runs again. */
export function seirFlow(given: Partial<FlowStatus> = {}): FlowStatus {
  const step = plainStep;
  const plan: Plan = {
    format: 1,
    name: "fit-seir",
    params: { betas: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
    steps: [
      { ...step, id: "load", name: "load", maps: [], inputs: { path: { from: "file", path: "data/cases.csv" } } },
      {
        ...step,
        id: "fitOne",
        name: "fitOne",
        maps: ["map-1"],
        inputs: { data: { from: "step", step: "load", path: [] }, beta: { from: "item", map: "map-1", path: [] } },
      },
      { ...step, id: "pick", name: "pick", maps: [], inputs: { fits: { from: "step", step: "fitOne", path: [] } } },
    ],
    maps: [{ id: "map-1", over: { from: "param", param: "betas", path: [] }, maps: [], when: [], max: 4 }],
    loops: [],
    whens: [],
    notes: [],
    schedule: null,
    tags: {},
    project: null,
    output: { from: "step", step: "pick", path: [] },
  };
  return {
    plan,
    state: "running",
    steps: [
      { step: "load", state: "cached", reason: "same code and inputs", done: 1, cached: 1, total: 1, error: null },
      { step: "fitOne", state: "running", reason: "helper scale() changed", done: 7, cached: 0, total: 9, error: null },
      { step: "pick", state: "waiting", reason: "waits for fitOne", done: 0, cached: 0, total: 1, error: null },
    ],
    tasks: [
      { step: "load", item: null, state: "cached", startMs: null, endMs: null },
      { step: "fitOne", item: 0, state: "done", startMs: 1_000, endMs: 1_800 },
      { step: "fitOne", item: 7, state: "running", startMs: 1_900, endMs: null },
    ],
    startMs: 1_000,
    endMs: null,
    runId: "abcdef0123456789abcdef0123456789",
    error: null,
    notes: [],
    ...given,
  };
}
