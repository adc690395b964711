import { isNode, type Node, parsedFunction, walk } from "./syntax.ts";

/**
 * Where the body of a flow asks about a value that is not there yet: `if`, `?:`, `&&`, `||`, `??`, `!`, comparisons, `switch`, loops.
 * JavaScript cannot tell us when that happens to an object, so it is found in the body's text. One sentence each.
 */
export function refMisuses(body: (...args: never[]) => unknown): readonly string[] {
  const text = Function.prototype.toString.call(body);
  // A body of hundreds of plain steps is not parsed: that takes longer than all of its steps.
  if (!mayAsk(text)) return [];
  const parsed = parsedFunction(text);
  if (parsed === null) return [];
  const nodes = [...walk(parsed.node)];
  const refs = refNames(parsed.node, nodes);
  const found: string[] = [];
  for (const node of nodes) {
    for (const asked of questions(node)) {
      if (isRef(asked, refs)) found.push(sentence(parsed.source, node, asked));
    }
  }
  return found;
}

/** Whether a text has anything of what asks, be it in a comment; all that {@link questions} finds is written with one of these. */
function mayAsk(text: string): boolean {
  return /\b(?:if|for|while|switch|typeof|instanceof|in)\b|[?!<>]|&&|\|\||==|\.\.\./.test(text.replaceAll("=>", ""));
}

/** What a name of the body stands for. */
interface RefNames {
  /** Variables that hold a ref. */
  readonly variables: Set<string>;
  /** Variables that hold a record or list of refs. */
  readonly holders: Set<string>;
  /** The builder's and the params' names in the body. */
  readonly builder: string | null;
  readonly params: string | null;
  /** The builder's methods by their names in the body, where its pattern takes it apart. */
  readonly methods: ReadonlyMap<string, string>;
}

function sentence(source: string, node: Node, asked: Node): string {
  const at = source.slice(node.start, node.end).split("\n")[0]?.slice(0, 60) ?? "";
  const name = source.slice(asked.start, asked.end);
  return `${at} … asks about ${name}, which has no value yet: the body runs once to know the graph. ${wayOut(node, name)}`;
}

function wayOut(node: Node, name: string): string {
  if (/^(If|Switch|Conditional)/.test(node.type)) {
    return `Use f.when(${name}, { … }), or decide inside a step and give the step ${name}.`;
  }
  if (/^(While|DoWhile)/.test(node.type)) return `Use f.loop(), or decide inside a step and give the step ${name}.`;
  if (/^For(Of|In)?Statement$/.test(node.type)) return `Use f.map(${name}, (item) => …).`;
  if (/^Spread/.test(node.type)) return `Give the step ${name} as a whole, or a part of it: ${name}.at("key").`;
  return `Decide inside a step, and give the step ${name}.`;
}

const asking: Readonly<Record<string, readonly string[]>> = {
  IfStatement: ["test"],
  ConditionalExpression: ["test"],
  WhileStatement: ["test"],
  DoWhileStatement: ["test"],
  ForStatement: ["test"],
  ForOfStatement: ["right"],
  ForInStatement: ["right"],
  SwitchStatement: ["discriminant"],
  SwitchCase: ["test"],
  LogicalExpression: ["left"],
  SpreadElement: ["argument"],
};

const comparisons: ReadonlySet<unknown> = new Set(["===", "!==", "==", "!=", "<", ">", "<=", ">=", "instanceof", "in"]);
const logical: ReadonlySet<unknown> = new Set(["&&=", "||=", "??="]);

function questions(node: Node): readonly Node[] {
  const operator = node["operator"];
  if (node.type === "UnaryExpression")
    return operator === "!" || operator === "typeof" ? fields(node, ["argument"]) : [];
  if (node.type === "BinaryExpression") return comparisons.has(operator) ? fields(node, ["left", "right"]) : [];
  if (node.type === "AssignmentExpression") return logical.has(operator) ? fields(node, ["left"]) : [];
  return fields(node, asking[node.type] ?? []);
}

function fields(node: Node, names: readonly string[]): readonly Node[] {
  return names.map((name) => node[name]).filter(isNode);
}

function refNames(body: Node, nodes: readonly Node[]): RefNames {
  const [builder, params] = (body["params"] as readonly Node[] | undefined) ?? [];
  const variables = new Set(params?.type === "ObjectPattern" ? patternNames(params).map(([, local]) => local) : []);
  const methods = new Map(
    builder?.type === "ObjectPattern" ? patternNames(builder).map(([key, local]) => [local, key]) : [],
  );
  const about = { builder: identifier(builder), params: identifier(params), methods };
  const names: RefNames = { variables, holders: new Set(), ...about };
  // A variable may be made of one that stands further down in a callback: twice is enough for what people write.
  for (let pass = 0; pass < 2; pass++) {
    for (const node of nodes) addRefs(node, names);
  }
  return names;
}

function addRefs(node: Node, names: RefNames): void {
  if (node.type === "VariableDeclarator" && isNode(node["init"])) addVariable(node["id"], node["init"], names);
  if (node.type !== "CallExpression") return;
  const call = builderCall(node, names);
  if (call !== "map" && call !== "loop") return;
  const callback = (node["arguments"] as readonly Node[])[1];
  for (const param of (callback?.["params"] as readonly Node[] | undefined) ?? []) {
    const item = identifier(param);
    if (item !== null) names.variables.add(item);
  }
}

function addVariable(id: unknown, init: Node, names: RefNames): void {
  const name = identifier(id);
  if (name === null) return;
  if (isRef(init, names)) names.variables.add(name);
  const parts =
    init.type === "ObjectExpression" ? init["properties"] : init.type === "ArrayExpression" ? init["elements"] : [];
  const values = (parts as readonly unknown[]).map((part) =>
    isNode(part) && isNode(part["value"]) ? part["value"] : part,
  );
  if (values.some((value) => isNode(value) && isRef(value, names))) names.holders.add(name);
}

function isRef(node: Node, names: RefNames): boolean {
  if (node.type === "Identifier") return names.variables.has(String(node["name"]));
  if (node.type === "TSNonNullExpression" || node.type === "TSAsExpression" || node.type === "AwaitExpression") {
    const inner = node["expression"] ?? node["argument"];
    return isNode(inner) && isRef(inner, names);
  }
  if (node.type === "MemberExpression") {
    const object = identifier(node["object"]);
    return object !== null && (object === names.params || names.holders.has(object)) && !isLength(node);
  }
  if (node.type !== "CallExpression") return false;
  if (builderCall(node, names) !== null) return true;
  const callee = node["callee"];
  if (!isNode(callee) || callee.type !== "MemberExpression" || identifier(callee["property"]) !== "at") return false;
  return isNode(callee["object"]) && isRef(callee["object"], names);
}

function isLength(node: Node): boolean {
  return node["computed"] !== true && identifier(node["property"]) === "length";
}

function builderCall(node: Node, names: RefNames): string | null {
  const callee = node["callee"];
  if (!isNode(callee)) return null;
  if (callee.type === "Identifier") return names.methods.get(String(callee["name"])) ?? null;
  if (callee.type !== "MemberExpression" || names.builder === null) return null;
  return identifier(callee["object"]) === names.builder ? identifier(callee["property"]) : null;
}

function identifier(node: unknown): string | null {
  return isNode(node) && node.type === "Identifier" ? String(node["name"]) : null;
}

/** The key and the local name of each part of a pattern, where both are plain. */
function patternNames(pattern: Node): readonly (readonly [key: string, local: string])[] {
  return [...walk(pattern)].flatMap((node) => {
    if (node.type !== "Property" || !isNode(node["value"])) return [];
    const key = identifier(node["key"]);
    const value = node["value"].type === "AssignmentPattern" ? node["value"]["left"] : node["value"];
    const local = identifier(value);
    return key === null || local === null ? [] : [[key, local] as const];
  });
}
