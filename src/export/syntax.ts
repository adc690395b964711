import { parse } from "@babel/parser";

/** A node of the syntax tree, in ESTree's shape; offsets are into the text that was parsed. */
export interface Syntax {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export interface SyntaxProblem {
  readonly message: string;
  /** 1-based. */
  readonly line: number;
}

export interface ParsedModule {
  /** Empty body when the text cannot be parsed at all. */
  readonly program: Syntax;
  readonly body: readonly Syntax[];
  readonly problems: readonly SyntaxProblem[];
}

/** The tree of a module or a cell in TypeScript; what is wrong with it is listed, not thrown. */
export function parseModule(source: string): ParsedModule {
  try {
    const file = parse(source, {
      sourceType: "module",
      plugins: ["typescript", "estree", "decorators"],
      errorRecovery: true,
      ranges: true,
      attachComment: false,
    });
    // The estree plugin gives the tree that typescript-eslint works on; Babel's own types describe another.
    const program = file.program as unknown as Syntax;
    return { program, body: nodes(program["body"]), problems: (file.errors ?? []).map(problemOf) };
  } catch (error) {
    return { program: { type: "Program", start: 0, end: 0, body: [] }, body: [], problems: [problemOf(error)] };
  }
}

function problemOf(error: unknown): SyntaxProblem {
  const message = error instanceof Error ? error.message.replace(/ \(\d+:\d+\)$/, "") : String(error);
  const loc = typeof error === "object" && error !== null && "loc" in error ? error.loc : null;
  const line = typeof loc === "object" && loc !== null && "line" in loc ? Number(loc.line) : 1;
  return { message, line };
}

export function isSyntax(value: unknown): value is Syntax {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** The nodes of a field that holds one, a list or nothing. */
export function nodes(field: unknown): readonly Syntax[] {
  return (Array.isArray(field) ? field : [field]).filter(isSyntax);
}

/** The node and all below it, depth first; nothing below a node for which `enter` is false. */
export function* walk(node: Syntax, enter: (node: Syntax) => boolean = () => true): Generator<Syntax> {
  yield node;
  if (!enter(node)) return;
  for (const [key, value] of Object.entries(node)) {
    if (key === "parent" || key === "loc" || key === "extra") continue;
    for (const child of nodes(value)) yield* walk(child, enter);
  }
}

export function isFunction(node: Syntax): boolean {
  return /Function/.test(node.type) || node.type.startsWith("Class");
}

/** The identifier that `a.b.c` or `a[0].b` begins with; null when it begins with a call, `this` … */
export function rootIdentifier(node: Syntax): Syntax | null {
  if (node.type === "Identifier") return node;
  const inner = node.type === "MemberExpression" ? node["object"] : wrapped(node);
  return isSyntax(inner) ? rootIdentifier(inner) : null;
}

// Types around a value: `(x as T).y = 1`, `x!.y = 1`.
function wrapped(node: Syntax): unknown {
  return /^TS(As|NonNull|Satisfies|TypeAssertion)/.test(node.type) ? node["expression"] : null;
}

/** The name of a property in `a.name`; null for `a[expression]`. */
export function propertyName(node: Syntax): string | null {
  const property = node["property"];
  return node.type === "MemberExpression" && node["computed"] !== true && isSyntax(property)
    ? String(property["name"])
    : null;
}

/** The text with pieces replaced. Pieces don't overlap; offsets are those of the text as it was. */
export function edited(
  text: string,
  edits: readonly { readonly start: number; readonly end: number; readonly text: string }[],
): string {
  const last = [...edits].sort((a, b) => b.start - a.start);
  return last.reduce((now, edit) => now.slice(0, edit.start) + edit.text + now.slice(edit.end), text);
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}
