import type { LineageGraph } from "../lineage/index.ts";
import type { ArtifactEntry, MetricPoint, RunRecord } from "../track/index.ts";
import type { RunAnswer } from "./bundle.ts";
import { graphView } from "./graph-view.ts";
import { curve, runRow } from "./runs-view.ts";

/** What a run's page is made of. */
export interface RunFacts {
  readonly run: RunRecord;
  /** Points by metric. */
  readonly histories: Readonly<Record<string, readonly MetricPoint[]>>;
  readonly artifacts: readonly ArtifactEntry[];
  readonly lineage: LineageGraph;
  /** Other runs in the lineage, for their names. */
  readonly others?: readonly RunRecord[];
}

/** One run as its page gets it: everything it has, curves thinned to 240 points, artifacts to 500. */
export function runAnswer(facts: RunFacts): RunAnswer {
  const { run } = facts;
  const curves = Object.entries(facts.histories).map(([metric, points]) => ({ metric, points: curve(points) }));
  return {
    run: runRow(run),
    experiment: run.experiment,
    user: run.user,
    tags: run.tags,
    curves: curves.filter((one) => one.points.length > 1).slice(0, 24),
    artifacts: facts.artifacts.slice(0, 500).map(({ path, folder, bytes }) => ({ path, folder, bytes })),
    lineage: graphView(facts.lineage, {
      title: run.name,
      runs: [run, ...(facts.others ?? [])],
      focus: `run:${run.id}`,
    }),
  };
}
