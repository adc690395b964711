import type { GraphEdge, GraphGroup, GraphNode, GraphView } from "stemma/bundle";

/** Where a node stands: its middle and size in px. */
export interface NodePlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  readonly places: Readonly<Record<string, NodePlace>>;
  /** Boxes around nodes that belong together, outer ones first. */
  readonly boxes: readonly (NodePlace & { readonly label: string })[];
  /** SVG paths by `from\nto`. */
  readonly paths: Readonly<Record<string, string>>;
}

type Place = { readonly x: number; readonly y: number };

/** How far the nodes behind the first of a stack reach out of it, in px. */
const stackDepth = 6;

/** Letters that a node shows of its label and of the line below it. */
export const nodeLetters = { label: 24, detail: 30 } as const;

type Size = { readonly width: number; readonly height: number };

/** Sizes by node id, by their texts; all nodes of a kind are as wide as the widest, so that columns line up. */
export function nodeSizes(view: GraphView): ReadonlyMap<string, Size> {
  const widths = new Map<GraphNode["kind"], number>();
  for (const node of view.nodes) widths.set(node.kind, Math.max(widths.get(node.kind) ?? 0, textWidth(node)));
  return new Map(
    view.nodes.map((node) => [
      node.id,
      { width: widths.get(node.kind) ?? 0, height: node.progress === null ? 42 : 54 },
    ]),
  );
}

function textWidth(node: GraphNode): number {
  const label = Math.min([...node.label].length, nodeLetters.label) * 7 + (node.kind === "run" ? 10 : 0);
  const detail = Math.min([...node.detail].length, nodeLetters.detail) * 5.8;
  return Math.round(Math.max(108, label + 28, detail + 28));
}

/** What a layout depends on, as one text: the same for the same graph in any state. */
export function layoutKey(view: GraphView): string {
  const nodes = [...nodeSizes(view)].map(([id, { width, height }]) => `${id}:${width}x${height}`);
  const groups = groupsOf(view).map(({ id, label, parent, nodes: own }) => [id, label, parent, ...own].join("\n"));
  return [...nodes, ...view.edges.map(edgeKey), ...groups].join("\t");
}

export function edgeKey(edge: GraphEdge): string {
  return `${edge.from}\n${edge.to}`;
}

/** Places from left to right, by layers; dagre comes with the first graph that is drawn. */
export async function layoutGraph(view: GraphView): Promise<GraphLayout> {
  const dagre = await import("@dagrejs/dagre");
  const groups = groupsOf(view);
  const graph = new dagre.graphlib.Graph({ compound: groups.length > 0 });
  // tight-tree: 1.7 s for 1,000 nodes where dagre's default needs over 10.
  const margin = groups.length > 0 ? 18 : 4;
  graph.setGraph({
    rankdir: "LR",
    ranker: "tight-tree",
    nodesep: 18,
    ranksep: 30,
    marginx: margin,
    marginy: groups.length > 0 ? margin + 18 : 8,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [id, size] of nodeSizes(view)) graph.setNode(id, { ...size });
  for (const edge of view.edges) graph.setEdge(edge.from, edge.to);
  for (const { id } of groups) graph.setNode(`group ${id}`, {});
  for (const { id, parent, nodes } of groups) {
    if (parent !== null) graph.setParent(`group ${id}`, `group ${parent}`);
    for (const node of nodes) graph.setParent(node, `group ${id}`);
  }
  dagre.layout(graph);
  const bendsOf = ({ from, to }: GraphEdge): readonly Place[] =>
    ((graph.edge(from, to) as { readonly points?: readonly Place[] }).points ?? []).slice(1, -1);
  return cropped({
    places: Object.fromEntries(view.nodes.map(({ id }) => [id, placeOf(graph.node(id))])),
    groups,
    bends: view.edges.map((edge) => ({ edge, bends: bendsOf(edge) })),
  });
}

interface Placed {
  readonly places: GraphLayout["places"];
  readonly groups: readonly GraphGroup[];
  readonly bends: readonly { readonly edge: GraphEdge; readonly bends: readonly Place[] }[];
}

// Dagre keeps room for borders of groups that are not drawn where it has them.
function cropped({ places, groups, bends }: Placed): GraphLayout {
  const boxes = boxesOf(groups, places);
  const drawn = [
    ...[...Object.values(places), ...boxes].map(({ x, y, width, height }) => ({ x, y, width, height })),
    ...bends.flatMap((one) => (one.bends.length > 1 ? one.bends : [])).map((at) => ({ ...at, width: 0, height: 0 })),
  ];
  const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
  const left = least(drawn.map(({ x, width }) => x - width / 2)) - edgeRoom;
  const top = least(drawn.map(({ y, height }) => y - height / 2)) - edgeRoom;
  const moved = <T extends Place>(at: T): T => ({ ...at, x: at.x - left, y: at.y - top });
  const there = Object.fromEntries(Object.entries(places).map(([id, place]) => [id, moved(place)]));
  const paths = bends.map(({ edge, bends: between }) => [
    edgeKey(edge),
    edgePath(there[edge.from], there[edge.to], between.map(moved)),
  ]);
  return {
    width: most(drawn.map(({ x, width }) => x + width / 2)) - left + edgeRoom + stackDepth,
    height: most(drawn.map(({ y, height }) => y + height / 2)) - top + edgeRoom + stackDepth,
    places: there,
    boxes: boxes.map(moved),
    paths: Object.fromEntries(paths),
  };
}

/** Groups with nodes in them, or with such groups; an output of an earlier version has none. */
function groupsOf(view: GraphView): readonly GraphGroup[] {
  const known = new Set(view.nodes.map(({ id }) => id));
  const groups = (view.groups ?? []).map((group) => ({ ...group, nodes: group.nodes.filter((id) => known.has(id)) }));
  return groups.filter(({ id, nodes }) => nodes.length > 0 || groups.some(({ parent }) => parent === id));
}

/** Room around a drawing, in px. */
const edgeRoom = 4;

/** Room between a box and what is in it, and above for its name. */
const boxRoom = 7;
const boxTitle = 13;

// Around the nodes themselves: dagre's own boxes leave room for edges that our drawing does not need.
function boxesOf(groups: readonly GraphGroup[], places: GraphLayout["places"]): GraphLayout["boxes"] {
  const depthOf = ({ parent }: GraphGroup): number => {
    const outer = groups.find(({ id }) => id === parent);
    return outer === undefined ? 0 : 1 + depthOf(outer);
  };
  const within = (group: GraphGroup): readonly string[] => [
    ...group.nodes,
    ...groups.filter(({ parent }) => parent === group.id).flatMap(within),
  ];
  const deepest = groups.reduce((most, group) => Math.max(most, depthOf(group)), 0);
  return [...groups]
    .sort((a, b) => depthOf(a) - depthOf(b))
    .map((group) => {
      const inside = within(group).flatMap((id) => places[id] ?? []);
      const room = boxRoom * (1 + deepest - depthOf(group));
      const left = Math.min(...inside.map(({ x, width }) => x - width / 2)) - room;
      const right = Math.max(...inside.map(({ x, width }) => x + width / 2)) + room;
      const top =
        Math.min(...inside.map(({ y, height }) => y - height / 2)) - room - boxTitle * (1 + deepest - depthOf(group));
      const bottom = Math.max(...inside.map(({ y, height }) => y + height / 2)) + room;
      const [width, height] = [right - left, bottom - top];
      return { x: left + width / 2, y: top + height / 2, width, height, label: group.label };
    });
}

function placeOf(node: unknown): NodePlace {
  const { x, y, width, height } = node as NodePlace;
  return { x, y, width, height };
}

/** From the right side of one node to the left side of another, smoothly through the points between. */
export function edgePath(from: NodePlace | undefined, to: NodePlace | undefined, between: readonly Place[]): string {
  if (from === undefined || to === undefined) return "";
  const start = { x: from.x + from.width / 2, y: from.y };
  const end = { x: to.x - to.width / 2 - 6, y: to.y };
  // Dagre's own point between neighbouring layers is a bend in a line that needs none.
  const stops = [...(between.length > 1 ? between : []), end];
  let path = `M${round(start.x)} ${round(start.y)}`;
  let last: Place = start;
  for (const stop of stops) {
    const middle = (last.x + stop.x) / 2;
    path += `C${round(middle)} ${round(last.y)} ${round(middle)} ${round(stop.y)} ${round(stop.x)} ${round(stop.y)}`;
    last = stop;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** The node, all it came from and all that came from it. */
export function kin(view: GraphView, id: string): ReadonlySet<string> {
  const forward = neighbours(view.edges, (edge) => [edge.from, edge.to]);
  const backward = neighbours(view.edges, (edge) => [edge.to, edge.from]);
  return new Set([...reached(forward, id), ...reached(backward, id)]);
}

function neighbours(
  edges: readonly GraphEdge[],
  ends: (edge: GraphEdge) => readonly [string, string],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [from, to] of edges.map(ends)) found.set(from, [...(found.get(from) ?? []), to]);
  return found;
}

function reached(next: ReadonlyMap<string, readonly string[]>, start: string): ReadonlySet<string> {
  const seen = new Set([start]);
  for (const id of seen) for (const other of next.get(id) ?? []) seen.add(other);
  return seen;
}
