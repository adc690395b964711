import { calledFunction } from "../capture/index.ts";
import { children, isNode, type Node, parsedFunction } from "../syntax/index.ts";
import { type Kind, type Kinds, kindsIn, memberName } from "./ref-kinds.ts";

type AnyFunction = (...args: never[]) => unknown;

/**
 * Where the body of a flow asks about a value that is not there yet: `if`, `?:`, `&&`, `||`, `??`, `!`, comparisons, `switch`, loops,
 * `Array.isArray()`. JavaScript cannot tell us when that happens to an object, so it is found in the body's text, and in that of the
 * functions that the body calls with a ref. One sentence each.
 */
export function refMisuses(body: AnyFunction): readonly string[] {
  return [...new Set(misusesIn({ fn: body, name: null }, [{ is: "builder" }, { is: "params" }], []))];
}

/** A helper of a helper of a helper: further down nobody wires a flow. */
const deepest = 3;

/** A function by the name that it is called by; the body has none. */
interface Called {
  readonly fn: AnyFunction;
  readonly name: string | null;
}

function misusesIn(
  { fn, name }: Called,
  given: readonly (Kind | null)[],
  via: readonly AnyFunction[],
): readonly string[] {
  const text = Function.prototype.toString.call(fn);
  // A body of hundreds of plain steps is not parsed: that takes longer than all of its steps.
  if (!mayAsk(text)) return [];
  const parsed = parsedFunction(text);
  if (parsed === null) return [];
  const kinds = kindsIn(parsed.program, parsed.node, given);
  const place = { source: parsed.source, helper: name };
  const found: string[] = [];
  for (const node of ofBody(parsed.node, kinds.steps)) {
    for (const asked of questions(node, name !== null)) {
      // `a && b` asks about `a` by itself.
      const asksItself = /^(Logical|Conditional)/.test(asked.type);
      if (!asksItself && kinds.of(asked)?.is === "ref") found.push(sentence(node, asked, place));
    }
    const [helper, args] = via.length < deepest ? helperCall(node, kinds, fn) : [null, []];
    if (helper !== null && !via.includes(helper.fn)) found.push(...misusesIn(helper, args, [...via, helper.fn]));
  }
  return found;
}

/** Whether a text has anything of what asks, be it in a comment; all that {@link questions} finds is written with one of these. */
function mayAsk(text: string): boolean {
  // Without its own head, which looks like a call: `function body(f, p)`.
  const inner = text.replace(/^(?:async\s+)?(?:function\b\s*)?[\w$]*\s*\(/, "");
  return asks.test(inner.replaceAll("=>", "")) || callsHelper.test(inner);
}

const asks =
  /\b(?:if|for|while|switch|typeof|instanceof|in)\b|[?!<>]|&&|\|\||==|\.\.\.|\b(?:Boolean|is[A-Z]\w*|is|keys|hasOwn|includes|indexOf|lastIndexOf|has|get)\b/;
// `add(f, p.x)`, and as TypeScript writes the call of another cell's function: `(0, exports.add)(f, p.x)`.
const callsHelper = /(?<![.\w$])(?!(?:function|async|await|return)\b)[A-Za-z_$][\w$]*\s*\(|\bexports\.[\w$]+\)?\s*\(/;

/** The nodes of a function in the order of its text, but for those of its steps, which run with values. */
function ofBody(fn: Node, steps: ReadonlySet<Node>): readonly Node[] {
  const found: Node[] = [];
  const waiting: Node[] = [fn];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    if (steps.has(node)) continue;
    found.push(node);
    waiting.push(...children(node).toReversed());
  }
  return found;
}

/** The function from outside that a node calls with something of the flow, and what it gets. */
function helperCall(node: Node, kinds: Kinds, by: AnyFunction): readonly [Called | null, readonly (Kind | null)[]] {
  const name = node.type === "CallExpression" ? outsideName(node["callee"], kinds) : null;
  if (name === null) return [null, []];
  const args = (node["arguments"] as readonly Node[]).map((argument) => kinds.of(argument));
  const fn = args.every((kind) => kind === null) ? null : calledFunction(by, name);
  return fn === null ? [null, []] : [{ fn, name }, args];
}

function outsideName(callee: unknown, kinds: Kinds): string | null {
  if (!isNode(callee)) return null;
  if (callee.type === "SequenceExpression")
    return outsideName((callee["expressions"] as readonly Node[]).at(-1), kinds);
  if (callee.type === "Identifier") return kinds.isFree(callee) ? String(callee["name"]) : null;
  const isCells =
    callee.type === "MemberExpression" && isNode(callee["object"]) && callee["object"]["name"] === "exports";
  return isCells ? memberName(callee) : null;
}

interface Place {
  readonly source: string;
  /** The function that the body calls, where it is not the body itself. */
  readonly helper: string | null;
}

function sentence(node: Node, asked: Node, { source, helper }: Place): string {
  const name = source.slice(asked.start, asked.end);
  const through = helper === null ? "" : ` in ${helper}()`;
  return `${written(node, name, source)}${through} asks about ${name}, which has no value yet: the body runs once to know the graph. ${wayOut(node, name)}`;
}

// The question without what is done about it.
function written(node: Node, name: string, source: string): string {
  const test = node["test"] ?? node["discriminant"];
  const asked = isNode(test) ? source.slice(test.start, test.end) : name;
  const word = { IfStatement: "if", SwitchStatement: "switch", WhileStatement: "while", DoWhileStatement: "while" }[
    node.type
  ];
  if (word !== undefined) return shortened(`${word} (${asked})`);
  if (node.type === "ConditionalExpression") return shortened(`${asked} ? … : …`);
  if (node.type === "SwitchCase") return shortened(`case ${asked}`);
  if (/^For/.test(node.type))
    return shortened(source.slice(node.start, isNode(node["body"]) ? node["body"].start : node.end));
  return shortened(source.slice(node.start, node.end));
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= 60 ? line : `${line.slice(0, 60)}…`;
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

/** @param optional whether to be asked if it is there at all is right: a helper's argument may be missing */
function questions(node: Node, optional: boolean): readonly Node[] {
  const operator = node["operator"];
  if (node.type === "UnaryExpression")
    return operator === "!" || (operator === "typeof" && !optional) ? fields(node, ["argument"]) : [];
  if (node.type === "BinaryExpression") {
    if (optional && fields(node, ["left", "right"]).some(isNothing)) return [];
    return comparisons.has(operator) ? fields(node, ["left", "right"]) : [];
  }
  if (node.type === "AssignmentExpression") return logical.has(operator) ? fields(node, ["left"]) : [];
  if (node.type === "LogicalExpression" && operator === "??" && optional) return [];
  if (node.type === "CallExpression") return isQuestion(node["callee"]) ? (node["arguments"] as readonly Node[]) : [];
  return fields(node, asking[node.type] ?? []);
}

// Functions that give an answer about a ref, where all others would throw.
const ofGlobals = /^(Array\.isArray|Object\.(is|keys|hasOwn)|Number\.is\w+)$/;
const ofCollections = /^(includes|indexOf|lastIndexOf|has|get)$/;

function isQuestion(callee: unknown): boolean {
  if (!isNode(callee)) return false;
  if (callee.type === "Identifier") return callee["name"] === "Boolean";
  if (callee.type !== "MemberExpression") return false;
  const name = memberName(callee) ?? "";
  const object = isNode(callee["object"]) ? String(callee["object"]["name"]) : "";
  return ofCollections.test(name) || ofGlobals.test(`${object}.${name}`);
}

// `undefined`, `void 0`, `null`.
function isNothing(node: Node): boolean {
  if (node.type === "Literal") return node["value"] === null && node["regex"] === undefined;
  return node["name"] === "undefined" || node["operator"] === "void";
}

function fields(node: Node, names: readonly string[]): readonly Node[] {
  return names.map((name) => node[name]).filter(isNode);
}
