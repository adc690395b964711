import type { FlowCall } from "./flow-calls.ts";
import type { Placed } from "./program.ts";
import type { Slice } from "./slice.ts";
import { isSyntax, type Syntax, walk } from "./syntax.ts";

/** A function that is written where a flow is defined: in the call itself, in a flow that it uses, in a helper of both. */
export interface WrittenFunction {
  readonly placed: Placed;
  /** In the cell's source. */
  readonly start: number;
  readonly end: number;
}

/** The functions in a flow's definition, those of the call itself first. */
export function writtenFunctions(call: FlowCall, { statements }: Slice): readonly WrittenFunction[] {
  const own = functionsIn(call.placed).filter(({ start, end }) => call.start <= start && end <= call.end);
  return [...own, ...statements.filter((placed) => placed !== call.placed).flatMap(functionsIn)];
}

function functionsIn(placed: Placed): readonly WrittenFunction[] {
  const all = [...walk(placed.statement.node)];
  // Of a method's text no value can be made.
  const methods = new Set(all.filter(isMethod).map(functionOf));
  return all
    .filter((node) => kinds.has(node.type) && !methods.has(node))
    .map(({ start, end }) => ({ placed, start, end }));
}

const kinds: ReadonlySet<string> = new Set(["ArrowFunctionExpression", "FunctionExpression", "FunctionDeclaration"]);

function isMethod({ type, method, kind }: Syntax): boolean {
  return type === "MethodDefinition" || method === true || kind === "get" || kind === "set";
}

function functionOf(node: Syntax): Syntax | null {
  return isSyntax(node["value"]) ? node["value"] : null;
}
