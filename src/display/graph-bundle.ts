import type { MimeBundle } from "../host/index.ts";
import { type GraphNode, type GraphView, graphMimeType } from "./bundle.ts";
import { htmlHeader, htmlNote, htmlTable, type PlainCell } from "./html.ts";
import { textTable } from "./plain-text.ts";

/** A graph, as our view with its nodes as a table in HTML and in text beside it: what each came from, in the order of time. */
export function graphBundle(view: GraphView): MimeBundle {
  const rows = graphRows(view);
  const note = view.nodes.length === 0 ? "Nothing is known to come from or lead here." : moreNodes(view);
  const facts = [`${view.total} ${view.total === 1 ? "node" : "nodes"}`];
  const table = view.nodes.length === 0 ? [] : [textTable(columns, rows)];
  return {
    [graphMimeType]: view,
    "text/html": `${htmlHeader(view.title, facts)}${view.nodes.length === 0 ? "" : htmlTable(columns, rows)}${htmlNote(note)}`,
    "text/plain": [[view.title, ...facts].join(" · "), ...table, ...(note === "" ? [] : [note])].join("\n"),
  };
}

const columns = ["Kind", "Name", "What", "Comes from"].map((title) => ({ title, right: false }));

function moreNodes(view: GraphView): string {
  const more = view.total - view.nodes.length;
  return more > 0 ? `${more} more nodes are not shown here.` : "";
}

function graphRows(view: GraphView): readonly (readonly PlainCell[])[] {
  const labels = new Map(view.nodes.map((node) => [node.id, node.label]));
  const sources = new Map<string, readonly string[]>();
  for (const { from, to } of view.edges) {
    sources.set(to, [...(sources.get(to) ?? []), labels.get(from) ?? from]);
  }
  return inOrder(view).map((node) => [
    { text: node.kind, quiet: true },
    { text: node.label, strong: true },
    { text: node.detail },
    { text: (sources.get(node.id) ?? []).join(", ") },
  ]);
}

/** Nodes so that each stands behind those it came from; nodes of a circle keep the order they have. */
function inOrder(view: GraphView): readonly GraphNode[] {
  const waiting = new Map(view.nodes.map((node) => [node.id, 0]));
  for (const { to } of view.edges) waiting.set(to, (waiting.get(to) ?? 0) + 1);
  const ordered: GraphNode[] = [];
  let left = [...view.nodes];
  while (left.length > 0) {
    const free = left.filter((node) => waiting.get(node.id) === 0);
    const next = free.length === 0 ? left.slice(0, 1) : free;
    const ids = new Set(next.map((node) => node.id));
    for (const { from, to } of view.edges) if (ids.has(from)) waiting.set(to, (waiting.get(to) ?? 0) - 1);
    ordered.push(...next);
    left = left.filter((node) => !ids.has(node.id));
  }
  return ordered;
}
