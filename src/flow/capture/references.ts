import { analyze } from "@typescript-eslint/scope-manager";
import { children, isNode, type Node, type ParsedFunction, parsedFunction } from "../syntax.ts";

/** One use of a name that a function does not declare itself. */
export interface FreeName {
  readonly name: string;
  /** The property that is read of it, `scale` in `helpers.scale`; null where it is used otherwise. */
  readonly member: string | null;
  readonly node: Node;
  /** The member expression around it, where `member` is one. */
  readonly memberNode: Node | null;
  /** `{ name }` in an object literal. */
  readonly shorthand: boolean;
  readonly written: boolean;
}

export interface FunctionSyntax extends ParsedFunction {
  /** In the order of the text. */
  readonly free: readonly FreeName[];
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
  const scopes = analyze(parsed.program as never, { sourceType: "module", lib: [] });
  const parents = parentsOf(parsed.program);
  const through = scopes.globalScope?.through ?? [];
  const free = through
    .map((reference) => freeName(reference.identifier as unknown as Node, reference.isWrite(), parents))
    .sort((a, b) => a.node.start - b.node.start);
  const own = parsed.node["id"];
  const variables = scopes.scopes.filter((scope) => scope !== scopes.globalScope).flatMap((scope) => scope.variables);
  const inner = variables.filter(({ identifiers }) => !identifiers.some((node) => (node as unknown) === own));
  return { ...parsed, free, locals: new Set(inner.map(({ name }) => name)) };
}

function freeName(node: Node, written: boolean, parents: ReadonlyMap<Node, Node>): FreeName {
  const name = String(node["name"]);
  const parent = parents.get(node);
  const isBase = parent?.type === "MemberExpression" && parent["object"] === node;
  const member = isBase ? memberName(parent) : null;
  const shorthand = parent?.type === "Property" && parent["shorthand"] === true;
  return { name, member, node, memberNode: member === null ? null : (parent ?? null), shorthand, written };
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
