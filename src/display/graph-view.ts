import type { Activity, Entity, LineageGraph, LineageNode } from "../lineage/index.ts";
import { goalOf, type RunRecord } from "../track/index.ts";
import type { GraphEdge, GraphNode, GraphView, NodeState } from "./bundle.ts";
import { groupNodes, type NodeGroup } from "./graph-groups.ts";

import { formatBytes, formatNumber } from "./numbers.ts";
import { shortened } from "./plain-text.ts";

export interface GraphOptions {
  readonly title?: string;
  /** What is known of the runs in the graph, for their names, states and values. */
  readonly runs?: readonly RunRecord[];
  /** Id of the node that the graph is about; it always stands by itself. */
  readonly focus?: string;
  /** Nodes at most, 200 where it is not said: what a notebook keeps. */
  readonly nodes?: number;
}

/** Nodes of a view where nothing else is asked for; what is further from the first node is counted in `total`. */
const nodeLimit = 200;

/** Lineage as the front ends get it: what was used, what it became, run by run; many of a kind as one stack. */
export function graphView(graph: LineageGraph, options: GraphOptions = {}): GraphView {
  const runs = new Map((options.runs ?? []).map((run) => [run.id, run]));
  const groups = groupNodes(graph, runs, options.focus ?? null);
  const groupOf = new Map(groups.flatMap((group) => group.nodes.map((node) => [node.id, group] as const)));
  const nodes = graph.nodes.flatMap((node): readonly GraphNode[] => {
    const group = groupOf.get(node.id);
    if (group === undefined) return [{ ...quiet, id: node.id, ...described(node, runs) }];
    return group.nodes[0] === node ? [stack(group, runs)] : [];
  });
  const kept = nodes.slice(0, options.nodes ?? nodeLimit);
  const ids = new Set(kept.map((node) => node.id));
  const ends = (id: string): string => groupOf.get(id)?.id ?? id;
  const edges = graph.edges.map(({ from, to }) => ({ from: ends(from), to: ends(to) }));
  return {
    kind: "graph",
    title: options.title ?? "Lineage",
    nodes: kept,
    edges: uniqueEdges(edges.filter(({ from, to }) => from !== to && ids.has(from) && ids.has(to))),
    total: nodes.length,
  };
}

/** One node for many: how many they are, and the state that needs attention most. */
function stack(group: NodeGroup, runs: ReadonlyMap<string, RunRecord>): GraphNode {
  const count = group.nodes.length;
  const members = group.nodes.map((node) => ({ ...quiet, ...described(node, runs) }));
  const state = (["failed", "running", "waiting"] as const).find((one) =>
    members.some((member) => member.state === one),
  );
  const kind = members[0]?.kind ?? "value";
  const words = { step: "steps", value: "results", run: "runs", artifact: "files" } as const;
  const failed = members.filter((member) => member.state === "failed").length;
  const detail = `${count} ${kind in words ? words[kind as keyof typeof words] : "things"}`;
  return {
    ...quiet,
    id: group.id,
    kind: kind === "step" ? "map" : kind,
    label: `${lastName(group.label)} × ${count}`,
    detail: failed === 0 ? detail : `${detail}, ${failed} failed`,
    state: state ?? "done",
    count,
  };
}

type Description = Pick<GraphNode, "kind" | "label" | "detail"> & Partial<GraphNode>;

const quiet = { state: "done", progress: null, run: null, count: 1 } as const;

function described(node: LineageNode, runs: ReadonlyMap<string, RunRecord>): Description {
  const of: Activity | Entity = node.of;
  switch (of.kind) {
    case "run":
      return runNode(of.id, runs.get(of.id));
    case "step":
      return { kind: "step", label: of.step, detail: of.flow };
    case "cell":
      return { kind: "cell", label: `cell ${shortened(of.cell, 12)}`, detail: lastName(of.notebook) };
    case "data":
      return { kind: "data", label: lastName(of.path), detail: `${of.md5.slice(0, 6)} · ${formatBytes(of.bytes)}` };
    case "value":
      return { kind: "value", label: of.name, detail: of.digest.slice(0, 6) };
    case "artifact":
      return { kind: "artifact", label: lastName(of.path), detail: artifactDetail(of.run, of.path, runs), run: of.run };
    case "model":
      // A logged model is named by its id, a version in the registry by its number.
      return {
        kind: "model",
        label: of.name,
        detail: of.version.startsWith("m-") ? `logged, ${of.version.slice(2, 8)}` : `version ${of.version}`,
      };
  }
}

function artifactDetail(run: string, path: string, runs: ReadonlyMap<string, RunRecord>): string {
  const folder = path.includes("/") ? `${path.slice(0, path.lastIndexOf("/"))} · ` : "";
  return `${folder}${runs.get(run)?.name ?? "artifact"}`;
}

function runNode(id: string, run: RunRecord | undefined): Description {
  if (run === undefined) return { kind: "run", label: id.slice(0, 8), detail: "run", run: id };
  return { kind: "run", label: run.name, detail: runDetail(run), state: runStates[run.status], run: id };
}

const runStates = {
  RUNNING: "running",
  SCHEDULED: "waiting",
  FINISHED: "done",
  FAILED: "failed",
  KILLED: "failed",
} as const satisfies Record<string, NodeState>;

function runDetail(run: RunRecord): string {
  if (run.status !== "FINISHED") return `${run.experiment} · ${run.status.toLowerCase()}`;
  const names = Object.keys(run.metrics);
  const name = names.find((key) => goalOf(key) !== null) ?? names[0];
  const point = name === undefined ? undefined : run.metrics[name];
  return point === undefined || name === undefined ? run.experiment : `${name} ${formatNumber(point.value)}`;
}

/** The name of a file without its folders. */
export function lastName(path: string): string {
  return path.split("/").filter(Boolean).at(-1) ?? path;
}

/** Each edge once, in the order of the first. */
export function uniqueEdges(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  return [...new Map(edges.map(({ from, to }) => [`${from}\n${to}`, { from, to }])).values()];
}
