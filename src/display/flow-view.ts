import type { Binding, FlowStatus, MapPlan, Plan, StepPlan, StepStatus } from "../flow/index.ts";
import type { FlowView, GraphEdge, GraphNode, GraphView, NodeState, TaskBar } from "./bundle.ts";
import { flowSentence, isFirst } from "./flow-sentence.ts";
import { lastName, uniqueEdges } from "./graph-view.ts";
import { shortened } from "./plain-text.ts";

/** Bars of a timeline at most; the earliest are dropped first, as what runs now matters most. */
const taskLimit = 1_000;

/**
 * A flow as the front ends get it, defined, running or ended.
 *
 * @param nowMs Unix time, for the elapsed time of a flow that runs
 */
export function flowView(status: FlowStatus, nowMs: number = Date.now()): FlowView {
  const counted = status.steps.map((step) => ({
    done: step.done,
    cached: step.cached,
    total: step.total ?? step.done,
  }));
  return {
    kind: "flow",
    name: status.plan.name,
    state: status.state,
    sentence: flowSentence(status),
    done: sum(counted.map((step) => step.done)),
    total: sum(counted.map((step) => step.total)),
    cached: sum(counted.map((step) => step.cached)),
    elapsedMs: status.startMs === null ? 0 : (status.endMs ?? nowMs) - status.startMs,
    run: status.runId,
    error: status.error?.message ?? null,
    graph: flowGraph(status),
    tasks: taskBars(status),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function taskBars(status: FlowStatus): readonly TaskBar[] {
  const started = status.tasks.filter((task) => task.startMs !== null || task.state === "cached");
  return started
    .slice(-taskLimit)
    .map(({ step, item, state, startMs, endMs }) => ({ step, item, state: nodeState(state), startMs, endMs }));
}

function nodeState(state: StepStatus["state"]): NodeState {
  if (state === "skipped") return "waiting";
  return state === "stopped" ? "stale" : state;
}

function flowGraph(status: FlowStatus): GraphView {
  const { plan } = status;
  const states = new Map(status.steps.map((step) => [step.step, step]));
  const parts = plan.steps.map((step) => stepParts(step, plan));
  const run = status.runId === null ? [] : [runNode(status.runId, status)];
  const ends =
    status.runId === null ? [] : sourcesOf(plan.output, plan).map((from) => ({ from, to: `run:${status.runId}` }));
  const sources = parts.flatMap((part) => part.nodes);
  const nodes = [
    ...new Map(sources.map((node) => [node.id, node])).values(),
    ...plan.steps.map((step) => stepNode(step, states.get(step.id))),
    ...run,
  ];
  const edges = uniqueEdges([...parts.flatMap((part) => part.edges), ...ends]);
  return { kind: "graph", title: plan.name, nodes, edges, total: nodes.length };
}

function runNode(id: string, status: FlowStatus): GraphNode {
  const state = { defined: "waiting", running: "running", done: "done", failed: "failed", stopped: "stale" } as const;
  return {
    ...blank,
    id: `run:${id}`,
    kind: "run",
    label: status.plan.name,
    detail: `run ${id.slice(0, 6)}`,
    state: state[status.state],
    run: id,
  };
}

const blank = { state: "done", progress: null, run: null, count: 1 } as const;

function stepNode(step: StepPlan, status: StepStatus | undefined): GraphNode {
  const mapped = step.maps.length > 0;
  const total = status?.total ?? null;
  return {
    ...blank,
    id: `step:${step.id}`,
    kind: mapped ? "map" : "step",
    label: mapped && total !== null ? `${step.name} × ${total}` : step.name,
    detail: shortened(stepDetail(status), 80),
    state: nodeState(status?.state ?? "waiting"),
    count: mapped ? (total ?? 2) : 1,
    progress: mapped && total !== null && total > 0 ? { done: status?.done ?? 0, total } : null,
  };
}

function stepDetail(status: StepStatus | undefined): string {
  if (status === undefined) return "never ran";
  if (status.error !== null) return status.error.message;
  if (status.state === "cached") return "✓ cached";
  if (status.state === "done") return isFirst(status) || status.reason === "" ? "✓ done" : `✓ ${status.reason}`;
  return status.reason === "" ? status.state : status.reason;
}

/** What a step's inputs add to the graph: files and params as nodes, and an edge from each source. */
function stepParts(
  step: StepPlan,
  plan: Plan,
): { readonly nodes: readonly GraphNode[]; readonly edges: readonly GraphEdge[] } {
  const maps = step.maps.flatMap((id) => plan.maps.find((map: MapPlan) => map.id === id)?.over ?? []);
  // What decides about a step is drawn as what it needs.
  const decided = step.when.flatMap(({ when }) => plan.whens.find(({ id }) => id === when)?.on ?? []);
  const bindings = [...Object.values(step.inputs), ...maps, ...decided];
  const nodes = bindings.flatMap((binding) => leaves(binding, plan)).flatMap((leaf) => sourceNode(leaf, plan));
  const from = bindings.flatMap((binding) => sourcesOf(binding, plan));
  return { nodes, edges: from.map((id) => ({ from: id, to: `step:${step.id}` })) };
}

function sourcesOf(binding: Binding, plan: Plan): readonly string[] {
  return leaves(binding, plan).flatMap((leaf) => {
    if (leaf.from === "step") return [`step:${leaf.step}`];
    return sourceNode(leaf, plan).map((node) => node.id);
  });
}

/** What a binding comes from in the end: lists, branches and rounds taken apart; an item stands for what its map goes over. */
function leaves(binding: Binding, plan: Plan, seen: ReadonlySet<Binding> = new Set()): readonly Binding[] {
  // The state of a loop is made of itself.
  if (seen.has(binding)) return [];
  const parts = partsOf(binding, plan);
  const inside = new Set([...seen, binding]);
  return parts === null ? [binding] : parts.flatMap((part) => leaves(part, plan, inside));
}

function partsOf(binding: Binding, plan: Plan): readonly Binding[] | null {
  switch (binding.from) {
    case "list":
      return binding.items;
    case "record":
      return Object.values(binding.fields);
    case "range":
      return [binding.start, binding.end, binding.step];
    case "item":
      return plan.maps.filter(({ id }) => id === binding.map).map(({ over }) => over);
    case "map":
      return [binding.each];
    case "when":
      return plan.whens
        .filter(({ id }) => id === binding.when)
        .flatMap(({ branches, otherwise }) => [...Object.values(branches), ...(otherwise === null ? [] : [otherwise])]);
    case "state":
    case "loop":
      return plan.loops
        .filter(({ id }) => id === binding.loop)
        .flatMap(({ initial, next }) => (binding.from === "loop" ? [next] : [initial, next]));
    default:
      return null;
  }
}

function sourceNode(leaf: Binding, plan: Plan): readonly GraphNode[] {
  if (leaf.from === "file") {
    return [{ ...blank, id: `file:${leaf.path}`, kind: "data", label: lastName(leaf.path), detail: leaf.path }];
  }
  if (leaf.from !== "param") return [];
  const value = plan.params[leaf.param];
  const detail = Array.isArray(value) ? `${value.length} values` : shortened(JSON.stringify(value ?? null), 24);
  return [{ ...blank, id: `param:${leaf.param}`, kind: "value", label: leaf.param, detail }];
}
