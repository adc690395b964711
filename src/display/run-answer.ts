import type { LineageGraph } from "../lineage/index.ts";
import type { RunRecord } from "../track/index.ts";
import type { RunAnswer } from "./bundle.ts";
import { graphView } from "./graph-view.ts";
import { type RunParts, runView } from "./run-view.ts";

/** What a run's page is made of, with what it came from. */
export interface RunFacts extends RunParts {
  readonly lineage: LineageGraph;
  /** Other runs in the lineage, for their names. */
  readonly others?: readonly RunRecord[];
  /** Nodes of the lineage at most. */
  readonly nodes?: number;
}

/** One run as its page gets it: everything it has, curves thinned to 240 points, artifacts to 500. */
export function runAnswer(facts: RunFacts): RunAnswer {
  const { run } = facts;
  return {
    ...runView(facts),
    lineage: graphView(facts.lineage, {
      title: run.name,
      runs: [run, ...(facts.others ?? [])],
      focus: `run:${run.id}`,
      ...(facts.nodes === undefined ? {} : { nodes: facts.nodes }),
    }),
  };
}
