import type ts from "typescript";
import type { TypeScript } from "./typescript.ts";

/** A step of the control flow that TypeScript's binder has found. */
interface FlowNode {
  readonly flags: number;
  readonly node?: ts.Node;
  readonly antecedent?: FlowNode;
}

/** Declarations of variables one behind the other, with nothing between them that branches or narrows. */
interface Run {
  /** What comes before the first of them. */
  readonly head: FlowNode | undefined;
  readonly nodes: FlowNode[];
  /** Where in `nodes` a name is declared, ascending. */
  readonly places: Map<ts.__String, number[]>;
}

/** Where each declaration stands. */
type Places = Map<FlowNode, { readonly run: Run; readonly at: number }>;

/**
 * Lets each name of a bound file begin where its own flow begins.
 *
 * To narrow a type, TypeScript goes from each use of a name back through all statements before it, also through declarations
 * of other variables, which can change nothing: quadratic in the statements of a block, and most of the check of a cell
 * with hundreds of them. Here a use is led past those at once, to the declaration of its own name or to the head of the
 * row; what it finds there is the same.
 */
export function straightenFlow(ts: TypeScript, file: ts.SourceFile): void {
  const places: Places = new Map();
  const waiting: ts.Node[] = [file];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    ts.forEachChild(node, (child) => void waiting.push(child));
    const name = nameRead(ts, node);
    const used = node as { flowNode?: FlowNode | undefined };
    if (name !== null && used.flowNode !== undefined) used.flowNode = beginning(ts, used.flowNode, { name, places });
  }
}

/** The name that a use hangs on: `p` of `p` and of `p.n.m`; null for all others, which stay as they are. */
function nameRead(ts: TypeScript, node: ts.Node): ts.__String | null {
  let root = node;
  while (ts.isPropertyAccessExpression(root)) root = root.expression;
  return ts.isIdentifier(root) ? root.escapedText : null;
}

function beginning(
  ts: TypeScript,
  flow: FlowNode,
  { name, places }: { readonly name: ts.__String; readonly places: Places },
): FlowNode | undefined {
  if (declared(ts, flow) === null) return flow;
  const { run, at } = places.get(flow) ?? placed(ts, flow, places);
  const own = run.places.get(name)?.findLast((place) => place <= at);
  return own === undefined ? run.head : run.nodes[own];
}

/** Gives the row that a declaration ends its place; the next use further down goes on with it. */
function placed(ts: TypeScript, last: FlowNode, places: Places): { readonly run: Run; readonly at: number } {
  const found: FlowNode[] = [];
  let flow: FlowNode | undefined = last;
  while (flow !== undefined && !places.has(flow) && declared(ts, flow) !== null) {
    found.push(flow);
    flow = flow.antecedent;
  }
  const before = flow === undefined ? undefined : places.get(flow);
  // Below a declaration in the midst of a row there is another branch: it has a row of its own.
  const goesOn = before !== undefined && before.at === before.run.nodes.length - 1;
  const run: Run = goesOn ? before.run : { head: flow, nodes: [], places: new Map() };
  for (const node of found.reverse()) append(ts, node, { run, places });
  return { run, at: run.nodes.length - 1 };
}

function append(ts: TypeScript, node: FlowNode, { run, places }: { readonly run: Run; readonly places: Places }): void {
  const at = run.nodes.push(node) - 1;
  places.set(node, { run, at });
  const name = declared(ts, node);
  if (name === null) return;
  const own = run.places.get(name);
  if (own === undefined) run.places.set(name, [at]);
  else own.push(at);
}

/** The name that a flow node gives its first value in a statement; null for each other kind of flow node. */
function declared(ts: TypeScript, { flags, node }: FlowNode): ts.__String | null {
  if ((flags & ~ts.FlowFlags.Shared & ~ts.FlowFlags.Referenced) !== ts.FlowFlags.Assignment) return null;
  if (node === undefined || !ts.isVariableDeclaration(node) || !ts.isIdentifier(node.name)) return null;
  // A `for … in` tells of what it goes through.
  return ts.isVariableStatement(node.parent.parent) ? node.name.escapedText : null;
}
