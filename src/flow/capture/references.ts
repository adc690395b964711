import { children, isNode, type Node, type ParsedFunction, parsedFunction, scopeManager } from "../syntax/index.ts";

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
  /** Names of which a part is assigned to, counted up or deleted: the first name in `state.list[0].n = 1`. */
  readonly changed: ReadonlySet<Node>;
  /** What is called: `state.list.push` in `state.list.push(1)`. */
  readonly called: ReadonlySet<Node>;
  /** Whether it reads the `this` that its caller gives, or the code around gives where it is an arrow function. */
  readonly readsThis: boolean;
  /** Fields that it assigns to on its `this`. */
  readonly changesThis: readonly string[];
  /** What it calls below its `this`: `["items", "push"]` of `this.items.push(1)`. */
  readonly callsThis: readonly (readonly string[])[];
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
  const targets = assignedIn(parents);
  const locals = new Set(inner.map(({ name }) => name));
  const changed = new Set(targets.map(rootOf));
  const readsThis = !ownThis(parsed.node).next().done;
  const changesThis = targets.filter((node) => rootOf(node).type === "ThisExpression").map(firstMember);
  const called = calledIn(parents);
  const callsThis = [...called].flatMap((node) => {
    const path = pathOfThis(node);
    return path === null || path.length < 2 ? [] : [path];
  });
  return { ...parsed, free, locals, changed, called, readsThis, changesThis, callsThis };
}

// `["items", "push"]` of `this.items.push`.
function pathOfThis(node: Node): readonly string[] | null {
  if (node.type === "ThisExpression") return [];
  const object = node["object"];
  if (node.type !== "MemberExpression" || !isNode(object)) return null;
  const [of, name] = [pathOfThis(object), memberName(node)];
  return of === null || name === null ? null : [...of, name];
}

function assignedIn(parents: ReadonlyMap<Node, Node>): readonly Node[] {
  return [...parents].flatMap(([node, parent]) => {
    // `seen[x] ??= …` keeps what was computed; another thread computes it again.
    const keeps = node.type === "MemberExpression" && /^(\?\?|\|\|)=$/.test(String(parent["operator"]));
    const target = parent.type === "AssignmentExpression" && parent["left"] === node && !keeps;
    const deleted = parent.type === "UnaryExpression" && parent["operator"] === "delete";
    return target || deleted || parent.type === "UpdateExpression" ? [node] : [];
  });
}

function calledIn(parents: ReadonlyMap<Node, Node>): ReadonlySet<Node> {
  const calls = [...parents].filter(([node, parent]) => parent.type === "CallExpression" && parent["callee"] === node);
  return new Set(calls.map(([node]) => node));
}

// `state` of `state.list[0].n`.
function rootOf(node: Node): Node {
  const object = node["object"];
  return node.type === "MemberExpression" && isNode(object) ? rootOf(object) : node;
}

// `weights` of `this.weights[0]`.
function firstMember(node: Node): string {
  const object = node["object"];
  if (isNode(object) && object.type === "MemberExpression") return firstMember(object);
  return memberName(node) ?? (isNode(node["property"]) ? String(node["property"]["name"] ?? "…") : "…");
}

// The function's own `this`: a function or class inside has another one.
function* ownThis(node: Node): Generator<Node> {
  for (const child of children(node)) {
    if (child.type === "ThisExpression" || child.type === "Super") yield child;
    else if (!/^(FunctionExpression|FunctionDeclaration|Class.*)$/.test(child.type)) yield* ownThis(child);
  }
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
