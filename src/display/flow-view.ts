import { stripVTControlCharacters } from "node:util";
import type { Binding, FlowStatus, MapPlan, Plan, StepPlan, StepStatus } from "../flow/index.ts";
import type { CardPart, FlowCard, FlowView, GraphEdge, GraphNode, GraphView } from "./bundle.ts";
import { nodeState, taskBars } from "./flow-bars.ts";
import { flowGroups } from "./flow-groups.ts";
import { flowSentence } from "./flow-sentence.ts";
import { stepDetail, whole } from "./flow-words.ts";
import { lastName, uniqueEdges } from "./graph-view.ts";
import { shortened } from "./plain-text.ts";

/** Characters of all cards in a view that goes into a notebook. */
const usualCardsLength = 80_000;

/** Rows of a table that are drawn; its card's own page has more. */
const tableRows = 20;

/**
 * A flow as the front ends get it, defined, running or ended.
 *
 * @param nowMs Unix time, for the elapsed time of a flow that runs
 * @param cardsLength characters of all its cards; what is more is only named
 */
export function flowView(
  status: FlowStatus,
  nowMs: number = Date.now(),
  cardsLength: number = usualCardsLength,
): FlowView {
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
    notes: [
      ...status.plan.notes.map(({ text, step }) => (step === null ? text : `${step}: ${text}`)),
      ...status.notes,
    ].slice(0, 20),
    logs: (status.logs ?? []).map(({ step, indices, state, lines }) => ({
      task: taskText(step, indices),
      state: nodeState(state),
      // The colours of a terminal.
      lines: lines.map((line) => stripVTControlCharacters(line)),
    })),
    cards: shownCards(status, cardsLength),
  };
}

/** "fitOne 3", in nested maps "fitOne 2.0". */
export function taskText(step: string, indices: readonly number[]): string {
  return indices.length === 0 ? step : `${step} ${indices.join(".")}`;
}

// The newest cards first get the room that there is; they stand in the order in which they began.
function shownCards(status: FlowStatus, length: number): readonly FlowCard[] {
  let room = length;
  const cards = (status.cards ?? []).toReversed().flatMap(({ step, indices, parts, madeBy }): readonly FlowCard[] => {
    const shown: CardPart[] = [];
    for (const part of (parts as readonly CardPart[]).map(topOf)) {
      const { length } = JSON.stringify(part);
      room -= length;
      shown.push(room < 0 ? { kind: "more" } : part);
      if (room < 0) break;
    }
    const card = { task: taskText(step, indices), parts: shown, ...(madeBy == null ? {} : { madeBy }) };
    return room < 0 && shown.length === 1 ? [] : [card];
  });
  return cards.reverse();
}

function topOf(part: CardPart): CardPart {
  if (part.kind !== "table" || part.rows.length <= tableRows) return part;
  return { ...part, rows: part.rows.slice(0, tableRows), total: part.total ?? part.rows.length };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function flowGraph(status: FlowStatus): GraphView {
  const { plan } = status;
  const states = new Map(status.steps.map((step) => [step.step, step]));
  const parts = plan.steps.map((step) => stepParts(step, plan));
  const run = status.runId === null ? [] : [runNode(status.runId, status)];
  const ends =
    status.runId === null ? [] : sourcesOf(plan.output, plan).map((from) => ({ from, to: `run:${status.runId}` }));
  const sources = [...parts, ...plan.whens.map((when) => sourceParts([when.on], plan, ""))].flatMap(
    (part) => part.nodes,
  );
  const choices = plan.whens.map((when) => choiceParts(when, plan, states));
  const nodes = [
    ...new Map(sources.map((node) => [node.id, node])).values(),
    ...choices.flatMap((choice) => choice.nodes),
    ...plan.steps.map((step) => stepNode(step, status, states.get(step.id))),
    ...run,
  ];
  const edges = uniqueEdges([...[...parts, ...choices].flatMap((part) => part.edges), ...ends]);
  // What a round gives its next one is told by the box around the loop.
  const drawn = edges.filter(({ from, to }) => from !== to);
  return { kind: "graph", title: plan.name, nodes, edges: drawn, total: nodes.length, groups: flowGroups(plan) };
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

function stepNode(step: StepPlan, flow: FlowStatus, status: StepStatus | undefined): GraphNode {
  const { plan } = flow;
  const mapped = step.maps.length > 0;
  const total = status?.total ?? null;
  const rounds = roundsOf(step, plan);
  const name = step.command === null ? step.name : `$ ${step.name}`;
  const most = rounds ?? total;
  return {
    ...blank,
    id: `step:${step.id}`,
    kind: mapped ? "map" : "step",
    label: stepLabel(name, {
      total: status?.state === "skipped" ? null : total,
      isRound: isRound(step, plan),
      done: status?.done ?? 0,
    }),
    detail: shortened(stepDetail(status, flow), 80),
    state: nodeState(status?.state ?? "waiting"),
    count: mapped ? (total ?? 2) : 1,
    progress:
      mapped && most !== null && most > 0 && total !== 0 ? { done: status?.done ?? 0, total: total ?? most } : null,
  };
}

function stepLabel(
  name: string,
  { total, isRound, done }: { readonly total: number | null; readonly isRound: boolean; readonly done: number },
): string {
  if (isRound && total === null) return done === 0 ? `${name} ↻` : `${name} ↻ round ${done}`;
  if (isRound) return `${name} ↻ ${total}`;
  return total === null || total === 1 ? name : `${name} × ${whole(total)}`;
}

// The innermost of the places that a step is in.
function isRound(step: StepPlan, plan: Plan): boolean {
  return plan.loops.some(({ id }) => id === step.maps.at(-1));
}

/** Rounds that a step runs at most, where one loop around it says so in a number. */
function roundsOf(step: StepPlan, plan: Plan): number | null {
  const loop = step.maps.length === 1 ? plan.loops.find(({ id }) => id === step.maps[0]) : undefined;
  return loop?.max.from === "value" && typeof loop.max.value === "number" ? loop.max.value : null;
}

/** The node of a choice: what decides leads to it, and it leads to what stands in its branches. */
function choiceParts(when: Plan["whens"][number], plan: Plan, states: ReadonlyMap<string, StepStatus>): Parts {
  const inside = plan.steps.filter((step) => step.when.some((branch) => branch.when === when.id));
  const isKnown = inside.some(({ id }) => !["waiting", "stale"].includes(states.get(id)?.state ?? "waiting"));
  const taken = [
    ...new Set(
      inside
        .filter(({ id }) => !["waiting", "stale", "skipped"].includes(states.get(id)?.state ?? "waiting"))
        .map((step) => step.when.find((branch) => branch.when === when.id)?.is ?? ""),
    ),
  ];
  const names = [...Object.keys(when.branches), ...(when.otherwise === null ? [] : ["otherwise"])];
  const id = `when:${when.id}`;
  const node: GraphNode = {
    ...blank,
    id,
    kind: "choice",
    label: "when",
    detail: shortened(taken.length > 0 ? `took ${taken.join(", ")}` : names.join(" / "), 40),
    state: isKnown ? "done" : "waiting",
  };
  const outer = when.when.at(-1);
  const sources = sourceParts([when.on], plan, id).edges;
  return {
    nodes: [node],
    edges: [...sources, ...(outer === undefined ? [] : [{ from: `when:${outer.when}`, to: id }])],
  };
}

interface Parts {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
}

/** What a step's inputs add to the graph: files and params as nodes, and an edge from each source. */
function stepParts(step: StepPlan, plan: Plan): Parts {
  const maps = step.maps.flatMap((id) => plan.maps.find((map: MapPlan) => map.id === id)?.over ?? []);
  const parts = sourceParts([...Object.values(step.inputs), ...maps], plan, `step:${step.id}`);
  const choice = step.when.at(-1);
  const decided = choice === undefined ? [] : [{ from: `when:${choice.when}`, to: `step:${step.id}` }];
  return { nodes: parts.nodes, edges: [...parts.edges, ...decided] };
}

function sourceParts(bindings: readonly Binding[], plan: Plan, to: string): Parts {
  const nodes = bindings.flatMap((binding) => leaves(binding, plan)).flatMap((leaf) => sourceNode(leaf, plan));
  const from = bindings.flatMap((binding) => sourcesOf(binding, plan));
  return { nodes, edges: from.map((id) => ({ from: id, to })) };
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
