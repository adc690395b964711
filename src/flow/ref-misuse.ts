import { isNode, type Node, parsedFunction, walk } from "./syntax.ts";

/**
 * Where the body of a flow asks about a value that is not there yet: `if`, `?:`, `&&`, `||`, `??`, `!`, comparisons, `switch`, loops.
 * JavaScript cannot tell us when that happens to an object, so it is found in the body's text. One sentence each.
 */
export function refMisuses(body: (...args: never[]) => unknown): readonly string[] {
  const text = Function.prototype.toString.call(body);
  const parsed = parsedFunction(text);
  if (parsed === null) return [];
  const refs = refNames(parsed.node);
  const found: string[] = [];
  for (const node of walk(parsed.node)) {
    for (const asked of questions(node)) {
      if (isRef(asked, refs)) found.push(sentence(parsed.source, node, asked));
    }
  }
  return found;
}

interface RefNames {
  /** Variables that hold a ref. */
  readonly variables: Set<string>;
  /** The builder's and the params' names in the body. */
  readonly builder: string | null;
  readonly params: string | null;
}

function sentence(source: string, node: Node, asked: Node): string {
  const at = source.slice(node.start, node.end).split("\n")[0]?.slice(0, 60) ?? "";
  const name = source.slice(asked.start, asked.end);
  return `${at} … asks about ${name}, which has no value yet: the body runs once to know the graph. Decide inside a step, and give the step ${name}.`;
}

const asking: Readonly<Record<string, readonly string[]>> = {
  IfStatement: ["test"],
  ConditionalExpression: ["test"],
  WhileStatement: ["test"],
  DoWhileStatement: ["test"],
  ForStatement: ["test"],
  SwitchStatement: ["discriminant"],
  LogicalExpression: ["left"],
};

const comparisons: ReadonlySet<unknown> = new Set(["===", "!==", "==", "!=", "<", ">", "<=", ">=", "instanceof", "in"]);

function questions(node: Node): readonly Node[] {
  if (node.type === "UnaryExpression") return node["operator"] === "!" ? fields(node, ["argument"]) : [];
  if (node.type === "BinaryExpression") return comparisons.has(node["operator"]) ? fields(node, ["left", "right"]) : [];
  return fields(node, asking[node.type] ?? []);
}

function fields(node: Node, names: readonly string[]): readonly Node[] {
  return names.map((name) => node[name]).filter(isNode);
}

function refNames(body: Node): RefNames {
  const [builder, params] = (body["params"] as readonly Node[] | undefined) ?? [];
  const variables = new Set(params?.type === "ObjectPattern" ? patternNames(params) : []);
  const names: RefNames = { variables, builder: identifier(builder), params: identifier(params) };
  // A variable may be made of one that stands further down in a callback: twice is enough for what people write.
  for (let pass = 0; pass < 2; pass++) {
    for (const node of walk(body)) addRefs(node, names);
  }
  return names;
}

function addRefs(node: Node, names: RefNames): void {
  if (node.type === "VariableDeclarator" && isNode(node["init"]) && isRef(node["init"], names)) {
    const name = identifier(node["id"]);
    if (name !== null) names.variables.add(name);
  }
  if (node.type !== "CallExpression" || builderCall(node, names) !== "map") return;
  const callback = (node["arguments"] as readonly Node[])[1];
  const item = identifier((callback?.["params"] as readonly Node[] | undefined)?.[0]);
  if (item !== null) names.variables.add(item);
}

function isRef(node: Node, names: RefNames): boolean {
  if (node.type === "Identifier") return names.variables.has(String(node["name"]));
  if (node.type === "MemberExpression") return names.params !== null && identifier(node["object"]) === names.params;
  if (node.type !== "CallExpression") return false;
  if (builderCall(node, names) !== null) return true;
  const callee = node["callee"];
  if (!isNode(callee) || callee.type !== "MemberExpression" || identifier(callee["property"]) !== "at") return false;
  return isNode(callee["object"]) && isRef(callee["object"], names);
}

function builderCall(node: Node, names: RefNames): string | null {
  const callee = node["callee"];
  if (!isNode(callee) || callee.type !== "MemberExpression" || names.builder === null) return null;
  return identifier(callee["object"]) === names.builder ? identifier(callee["property"]) : null;
}

function identifier(node: unknown): string | null {
  return isNode(node) && node.type === "Identifier" ? String(node["name"]) : null;
}

function patternNames(pattern: Node): readonly string[] {
  return [...walk(pattern)].flatMap((node) =>
    node.type === "Property" && isNode(node["value"])
      ? [identifier(node["value"])].filter((name) => name !== null)
      : [],
  );
}
