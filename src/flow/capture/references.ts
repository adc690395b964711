import { scopeManager } from "../parsers.ts";
import { children, isNode, type Node, type ParsedFunction, parsedFunction } from "../syntax.ts";

/** One use of a name that a function does not declare itself. */
export interface FreeName {
  readonly name: string;
  readonly node: Node;
  /** The properties that are read of it, one after the other: `fs` and `readFileSync` in `exports.fs.readFileSync`. */
  readonly members: readonly Member[];
  /** `{ name }` in an object literal. */
  readonly shorthand: boolean;
  readonly written: boolean;
}

/** A property that is read, and the expression up to there. */
export interface Member {
  readonly name: string;
  readonly node: Node;
}

export interface FunctionSyntax extends ParsedFunction {
  /** In the order of the text. */
  readonly free: readonly FreeName[];
  /** What is assigned to, counted up or deleted. */
  readonly assigned: ReadonlySet<Node>;
  /** Names declared inside: what comes from outside must have none of them. */
  readonly locals: ReadonlySet<string>;
}

const known = new Map<string, FunctionSyntax | null>();

/** A function's tree and the names that come from outside; null where its text is no source. */
export function functionSyntax(text: string): FunctionSyntax | null {
  const seen = known.get(text);
  if (seen !== undefined) return seen;
  const parsed = parsedFunction(text);
  const syntax = parsed === null ? null : analyzed(parsed);
  if (known.size > 1000) known.clear();
  known.set(text, syntax);
  return syntax;
}

function analyzed(parsed: ParsedFunction): FunctionSyntax {
  const scopes = scopeManager().analyze(parsed.program as never, { sourceType: "module", lib: [] });
  const parents = parentsOf(parsed.program);
  const through = scopes.globalScope?.through ?? [];
  const free = through
    .map((reference) => freeName(reference.identifier as unknown as Node, reference.isWrite(), parents))
    .sort((a, b) => a.node.start - b.node.start);
  const own = parsed.node["id"];
  const variables = scopes.scopes.filter((scope) => scope !== scopes.globalScope).flatMap((scope) => scope.variables);
  const inner = variables.filter(({ identifiers }) => !identifiers.some((node) => (node as unknown) === own));
  return { ...parsed, free, locals: new Set(inner.map(({ name }) => name)), assigned: assignedIn(parents) };
}

function assignedIn(parents: ReadonlyMap<Node, Node>): ReadonlySet<Node> {
  const assigned = new Set<Node>();
  for (const [node, parent] of parents) {
    const target = parent.type === "AssignmentExpression" && parent["left"] === node;
    const deleted = parent.type === "UnaryExpression" && parent["operator"] === "delete";
    if (target || deleted || parent.type === "UpdateExpression") assigned.add(node);
  }
  return assigned;
}

function freeName(node: Node, written: boolean, parents: ReadonlyMap<Node, Node>): FreeName {
  const parent = parents.get(node);
  const shorthand = parent?.type === "Property" && parent["shorthand"] === true;
  return { name: String(node["name"]), node, members: membersOf(node, parents), shorthand, written };
}

function membersOf(node: Node, parents: ReadonlyMap<Node, Node>): readonly Member[] {
  const parent = parents.get(node);
  if (parent?.type !== "MemberExpression" || parent["object"] !== node) return [];
  const name = memberName(parent);
  return name === null ? [] : [{ name, node: parent }, ...membersOf(parent, parents)];
}

function memberName(parent: Node): string | null {
  const property = parent["property"];
  if (!isNode(property)) return null;
  if (parent["computed"] !== true) return property.type === "Identifier" ? String(property["name"]) : null;
  return property.type === "Literal" && typeof property["value"] === "string" ? property["value"] : null;
}

function parentsOf(program: Node): ReadonlyMap<Node, Node> {
  const parents = new Map<Node, Node>();
  const visit = (node: Node): void => {
    for (const child of children(node)) {
      parents.set(child, node);
      visit(child);
    }
  };
  visit(program);
  return parents;
}
