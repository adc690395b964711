import type { Dag } from "./dag.ts";
import { pipelinesOf } from "./dag.ts";

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Box extends Point {
  readonly name: string;
  readonly width: number;
}

interface Drawing {
  readonly boxes: readonly Box[];
  readonly lines: readonly (readonly Point[])[];
}

const boxHeight = 3;
const rankGap = 4;
const nodeGap = 3;

/** A graph in characters: a box a node, what is needed above what needs it. Parts that nothing connects stand below each other. */
export async function printAscii(dag: Dag): Promise<string> {
  const drawings: string[] = [];
  for (const part of pipelinesOf(dag)) drawings.push(draw(await layOut(part)));
  return drawings.join("\n");
}

// Loaded by need: only a drawing needs the layout.
async function layOut(dag: Dag): Promise<Drawing> {
  const { default: dagre } = await import("@dagrejs/dagre");
  const graph = new dagre.graphlib.Graph();
  graph.setGraph({ rankdir: "TB", nodesep: nodeGap, ranksep: rankGap, edgesep: 2, marginx: 0, marginy: 0 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const name of dag.nodes) graph.setNode(name, { width: columns(name) + 4, height: boxHeight });
  for (const [from, to] of dag.edges) graph.setEdge(from, to);
  dagre.layout(graph);
  const boxes = dag.nodes.map((name) => {
    const node = graph.node(name) as { readonly x: number; readonly y: number };
    const width = columns(name) + 4;
    return { name, width, x: Math.round(node.x - width / 2), y: Math.round(node.y - boxHeight / 2) };
  });
  const lines = dag.edges.map(([from, to]) => {
    const edge = graph.edge(from, to) as { readonly points: readonly Point[] };
    return edge.points.map(({ x, y }) => ({ x: Math.round(x), y: Math.round(y) }));
  });
  return { boxes, lines };
}

function columns(text: string): number {
  return [...text].length;
}

function draw({ boxes, lines }: Drawing): string {
  const left = Math.min(...boxes.map((box) => box.x), ...lines.flat().map((point) => point.x));
  const canvas = new Canvas(-left);
  for (const points of lines) {
    points.slice(1).forEach((to, i) => {
      const from = points[i];
      if (from !== undefined) canvas.line(from, to);
    });
  }
  for (const box of boxes) canvas.box(box);
  return canvas.text();
}

class Canvas {
  private readonly rows: string[][] = [];
  private readonly shift: number;

  constructor(shift: number) {
    this.shift = shift;
  }

  text(): string {
    return this.rows
      .map((row) =>
        Array.from(row, (character) => character ?? " ")
          .join("")
          .trimEnd(),
      )
      .join("\n");
  }

  line(from: Point, to: Point): void {
    const steps = Math.max(Math.abs(to.x - from.x), Math.abs(to.y - from.y), 1);
    for (let i = 0; i <= steps; i++) {
      const x = Math.round(from.x + ((to.x - from.x) * i) / steps);
      this.point(x, Math.round(from.y + ((to.y - from.y) * i) / steps), "*");
    }
  }

  box({ x, y, width, name }: Box): void {
    const edge = `+${"-".repeat(width - 2)}+`;
    [edge, `| ${name} |`, edge].forEach((text, row) => {
      for (const [i, character] of Array.from(text).entries()) this.point(x + i, y + row, character);
    });
  }

  private point(x: number, y: number, character: string): void {
    const column = x + this.shift;
    if (y < 0 || column < 0) return;
    while (this.rows.length <= y) this.rows.push([]);
    const row = this.rows[y];
    if (row !== undefined) row[column] = character;
  }
}
