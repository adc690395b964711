import type { LineageGraph, LineageNode } from "../lineage/index.ts";
import type { RunRecord } from "../track/index.ts";

/** Nodes of one kind that say the same but for a number: the items of a map, their results, their runs, the files of those. */
export interface NodeGroup {
  readonly id: string;
  /** What its nodes are called, without the number. */
  readonly label: string;
  readonly nodes: readonly LineageNode[];
}

/** Fewer are drawn one by one: items of a map, and runs that have nothing in common but their experiment. */
const least = { items: 3, runs: 6 } as const;

interface Key {
  readonly key: string;
  readonly label: string;
  readonly least: number;
}

/**
 * The groups of a graph; a node stands in one at most.
 *
 * @param focus id of the node that the graph is about; it always stands by itself
 */
export function groupNodes(
  graph: LineageGraph,
  runs: ReadonlyMap<string, RunRecord>,
  focus: string | null,
): readonly NodeGroup[] {
  const found = new Map<string, { readonly key: Key; readonly nodes: LineageNode[] }>();
  for (const node of graph.nodes) {
    const key = node.id === focus ? null : keyOf(node, runs);
    if (key === null) continue;
    const group = found.get(key.key) ?? { key, nodes: [] };
    group.nodes.push(node);
    found.set(key.key, group);
  }
  return [...found.values()]
    .filter(({ key, nodes }) => nodes.length >= key.least)
    .map(({ key, nodes }) => ({ id: `group:${key.key}`, label: key.label, nodes }));
}

function keyOf({ of }: LineageNode, runs: ReadonlyMap<string, RunRecord>): Key | null {
  switch (of.kind) {
    case "step":
      return { key: `step:${of.flow}/${of.step}`, label: of.step, least: least.items };
    case "value": {
      const name = of.name.replace(/\[\d+(, ?\d+)*\]$/, "");
      return name === of.name ? null : { key: `value:${name}`, label: name, least: least.items };
    }
    case "run":
      return runKey(runs.get(of.id));
    case "artifact": {
      const run = runKey(runs.get(of.run));
      return run === null ? null : { key: `artifact:${run.key}/${of.path}`, label: of.path, least: run.least };
    }
    default:
      return null;
  }
}

function runKey(run: RunRecord | undefined): Key | null {
  if (run === undefined) return null;
  const step = run.tags["stemma.flow.step"];
  if (step !== undefined) return { key: `run:${run.parentId}/${step}`, label: step, least: least.items };
  return { key: `run:${run.parentId}/${run.experiment}`, label: run.experiment, least: least.runs };
}
