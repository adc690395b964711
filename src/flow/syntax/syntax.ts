import { babelParser } from "./parsers.ts";

/** A node of the syntax tree, in ESTree's shape; `start` and `end` count UTF-16 units in the parsed text. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

/** The tree of a text as a module. @throws SyntaxError */
export function parsed(text: string): Node {
  const file = babelParser().parse(text, {
    sourceType: "module",
    plugins: ["typescript", "estree"],
    ranges: true,
    allowReturnOutsideFunction: true,
    allowAwaitOutsideFunction: true,
  });
  return file.program as unknown as Node;
}

/** The tree of one function's text, as `Function.prototype.toString` gives it; null where that is no source (native, bound). */
export function parsedFunction(text: string): ParsedFunction | null {
  for (const source of [`(${text})`, `({${text}})`, `(class {${text}})`, `(class { static ${text}})`]) {
    try {
      const program = parsed(source);
      const offset = source.indexOf(text);
      return { source, program, node: functionIn(program), offset };
    } catch {
      // The text of a method is no expression by itself: the next form.
    }
  }
  return null;
}

export interface ParsedFunction {
  /** The text that was parsed: the function's, made an expression. */
  readonly source: string;
  readonly program: Node;
  /** The function or class. */
  readonly node: Node;
  /** Where the function's own text begins in `source`. */
  readonly offset: number;
}

function functionIn(program: Node): Node {
  for (const node of walk(program)) if (/Function|^Class(Expression|Declaration)$/.test(node.type)) return node;
  return program;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The nodes directly below, in the order of their fields. */
export function children(node: Node): readonly Node[] {
  const found: Node[] = [];
  for (const key in node) {
    if (key === "parent" || key === "loc" || key === "extra") continue;
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) found.push(child);
  }
  return found;
}

/** The node and all below it, depth first. */
export function* walk(node: Node): Generator<Node> {
  // A body of hundreds of steps has ten thousands of nodes: generators inside of generators take ten times as long.
  const waiting: Node[] = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    yield next;
    for (const child of children(next).toReversed()) waiting.push(child);
  }
}
