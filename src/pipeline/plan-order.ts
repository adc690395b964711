import { inOrder, reach, type StageGraph, subGraph } from "./graph.ts";
import { type GraphStage, stageId } from "./stage.ts";

export interface OrderOptions {
  /** Only the targets, without what they need. */
  readonly singleItem?: boolean;
  /** The whole pipelines that the targets are in. */
  readonly pipeline?: boolean;
  /** The targets and what depends on them, without what they need. */
  readonly downstream?: boolean;
}

/** Stages to look at, each behind those that it needs, and the graph that counts among them. */
export interface PlanOrder {
  readonly stages: readonly GraphStage[];
  readonly graph: StageGraph;
}

/** In which order to look at stages (dvc/repo/reproduce.py, plan_repro). A frozen stage needs nothing. @param targets all without any */
export function planOrder(whole: StageGraph, targets: readonly GraphStage[], options: OrderOptions): PlanOrder {
  const graph = withoutFrozen(whole);
  if (options.singleItem === true) return { stages: targets, graph: subGraph(graph, new Set()) };
  if (targets.length === 0) return { stages: inOrder(graph), graph };
  const around = (stage: GraphStage): readonly GraphStage[] => [...graph.needs(stage), ...graph.feeds(stage)];
  const next = options.pipeline === true ? around : options.downstream === true ? graph.feeds : graph.needs;
  const kept = reach(targets, next);
  return { stages: inOrder(subGraph(graph, kept)), graph };
}

function withoutFrozen(graph: StageGraph): StageGraph {
  const isFrozen = (stage: GraphStage): boolean => (stage.kind === "stage" ? stage.frozen : stage.record.frozen);
  const frozen = new Set(graph.stages.filter(isFrozen).map(stageId));
  return {
    stages: graph.stages,
    needs: (stage) => (frozen.has(stageId(stage)) ? [] : graph.needs(stage)),
    feeds: (stage) => graph.feeds(stage).filter((other) => !frozen.has(stageId(other))),
  };
}
