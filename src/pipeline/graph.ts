import { isAbsolute, relative, sep } from "node:path";
import { joined, PipelineError } from "./pipeline-error.ts";
import { addressOf, type GraphStage, type StageOutput, shownPath, stageId } from "./stage.ts";

/** Which stage needs what which other one makes. */
export interface StageGraph {
  /** In the order of DVC. */
  readonly stages: readonly GraphStage[];
  /** The stages whose outputs a stage depends on, in the order of its dependencies. */
  needs(stage: GraphStage): readonly GraphStage[];
  /** The stages that depend on a stage's outputs. */
  feeds(stage: GraphStage): readonly GraphStage[];
}

/** An output and the stage that makes it. */
export interface OwnedOutput {
  readonly out: StageOutput;
  readonly stage: GraphStage;
}

/**
 * The graph of stages (dvc/repo/graph.py, build_graph).
 *
 * @param folder of the reader, from the project's root; for messages
 * @throws {PipelineError} an output twice or inside of another one, a stage inside of an output, a cycle
 */
export function buildGraph(stages: readonly GraphStage[], folder: string): StageGraph {
  const outs = new OutputTree(stages, folder);
  for (const stage of stages) {
    const around = outs.around(stage.file);
    if (around !== null) {
      throw new PipelineError(
        `stage: '${addressOf(stage, folder)}' is within an output '${shownPath(around.out, folder)}' of another stage`,
      );
    }
  }
  const needs = new Map<string, GraphStage[]>();
  const feeds = new Map<string, GraphStage[]>();
  for (const stage of stages) {
    const found = new Set(
      stage.kind === "data"
        ? []
        : [...stage.deps, ...stage.params].flatMap((dep) => (dep.path === null ? [] : outs.touching(dep.path))),
    );
    const needed = [...new Set([...found].map((owned) => owned.stage))];
    needs.set(stageId(stage), needed);
    for (const other of needed) feeds.set(stageId(other), [...(feeds.get(stageId(other)) ?? []), stage]);
  }
  const graph: StageGraph = {
    stages,
    needs: (stage) => needs.get(stageId(stage)) ?? [],
    feeds: (stage) => feeds.get(stageId(stage)) ?? [],
  };
  checkAcyclic(graph, folder);
  return graph;
}

interface TreeNode {
  readonly children: Map<string, TreeNode>;
  owned: OwnedOutput | null;
}

/** The outputs of all stages by the parts of their paths. */
export class OutputTree {
  private readonly root: TreeNode = { children: new Map(), owned: null };

  constructor(stages: readonly GraphStage[], folder: string) {
    for (const stage of stages) {
      for (const out of stage.outs) if (out.path !== null) this.add({ out, stage }, folder);
    }
  }

  private add(owned: OwnedOutput, folder: string): void {
    let node = this.root;
    for (const part of (owned.out.path ?? "").split("/")) {
      if (node.owned !== null) throw overlap(node.owned, owned, folder);
      let next = node.children.get(part);
      if (next === undefined) {
        next = { children: new Map(), owned: null };
        node.children.set(part, next);
      }
      node = next;
    }
    if (node.owned !== null) throw duplicate(node.owned, owned, folder);
    const inside = firstOf(node);
    if (inside !== null) throw overlap(owned, inside, folder);
    node.owned = owned;
  }

  /** The output that a path is or lies in. */
  around(path: string): OwnedOutput | null {
    return this.walk(path).around;
  }

  /** The outputs that a path is, lies in or holds. */
  touching(path: string): readonly OwnedOutput[] {
    const { around, node } = this.walk(path);
    if (around !== null) return [around];
    return node === null ? [] : allOf(node);
  }

  private walk(path: string): { readonly around: OwnedOutput | null; readonly node: TreeNode | null } {
    let node = this.root;
    for (const part of path.split("/")) {
      if (node.owned !== null) return { around: node.owned, node };
      const next = node.children.get(part);
      if (next === undefined) return { around: null, node: null };
      node = next;
    }
    return { around: node.owned, node };
  }
}

function allOf(node: TreeNode): readonly OwnedOutput[] {
  const own = node.owned === null ? [] : [node.owned];
  return [...own, ...[...node.children.values()].flatMap(allOf)];
}

function firstOf(node: TreeNode): OwnedOutput | null {
  return allOf(node)[0] ?? null;
}

function duplicate(a: OwnedOutput, b: OwnedOutput, folder: string): PipelineError {
  const names = [b, a].map(({ stage }) => `\t- ${addressOf(stage, folder)}`).join("\n");
  return new PipelineError(
    `output '${shownPath(b.out, folder)}' is specified in:\n${names}\nUse \`stemma remove\` with any of the above targets to stop tracking the overlapping output.`,
  );
}

function overlap(parent: OwnedOutput, inside: OwnedOutput, folder: string): PipelineError {
  const line = ({ out, stage }: OwnedOutput): string => `'${shownPath(out, folder)}'('${addressOf(stage, folder)}')`;
  return new PipelineError(
    `The output paths:\n${line(parent)}\n${line(inside)}\noverlap and are thus in the same tracked directory.\nTo keep reproducibility, outputs should be in separate tracked directories or tracked individually.`,
  );
}

function checkAcyclic(graph: StageGraph, folder: string): void {
  const state = new Map<string, "open" | "done">();
  const path: GraphStage[] = [];
  const visit = (stage: GraphStage): void => {
    const id = stageId(stage);
    if (state.get(id) === "done") return;
    if (state.get(id) === "open") {
      const cycle = path.slice(path.findIndex((one) => stageId(one) === id));
      const names = joined(cycle.map((one) => addressOf(one, folder))).replace(" and ", ", ");
      throw new PipelineError(
        `Same item(s) are defined as both a dependency and an output in ${cycle.length === 1 ? "stage" : "stages"}: ${names}.`,
      );
    }
    state.set(id, "open");
    path.push(stage);
    for (const next of graph.needs(stage)) visit(next);
    path.pop();
    state.set(id, "done");
  };
  for (const stage of graph.stages) visit(stage);
}

/** The stages of a walk, each after those that it needs. @param from all without it */
export function inOrder(graph: StageGraph, from: readonly GraphStage[] = graph.stages): readonly GraphStage[] {
  const seen = new Set<string>();
  const ordered: GraphStage[] = [];
  const visit = (stage: GraphStage): void => {
    if (seen.has(stageId(stage))) return;
    seen.add(stageId(stage));
    for (const next of graph.needs(stage)) visit(next);
    ordered.push(stage);
  };
  for (const stage of from) visit(stage);
  return ordered;
}

/** The graph of some of the stages only. */
export function subGraph(graph: StageGraph, kept: ReadonlySet<string>): StageGraph {
  const only = (stages: readonly GraphStage[]): readonly GraphStage[] =>
    stages.filter((stage) => kept.has(stageId(stage)));
  return {
    stages: only(graph.stages),
    needs: (stage) => only(graph.needs(stage)),
    feeds: (stage) => only(graph.feeds(stage)),
  };
}

/** The names of all stages that some stages lead to, themselves among them. */
export function reach(
  from: readonly GraphStage[],
  next: (stage: GraphStage) => readonly GraphStage[],
): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [...from];
  for (let stage = open.pop(); stage !== undefined; stage = open.pop()) {
    if (seen.has(stageId(stage))) continue;
    seen.add(stageId(stage));
    open.push(...next(stage));
  }
  return seen;
}

/** Whether one absolute path is another or lies below it. */
export function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === "" || (way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}
