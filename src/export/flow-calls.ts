import type { Use } from "./cells.ts";
import { definersOf, type Placed, type Program } from "./program.ts";
import { isFunction, isSyntax, nodes, propertyName, type Syntax, walk } from "./syntax.ts";

/** A `flow(…)` in a cell. */
export interface FlowCall {
  readonly placed: Placed;
  /** Its name, where that is written out. */
  readonly name: string | null;
  /** Of the arguments, first to last: offsets in the cell's source. */
  readonly start: number;
  readonly end: number;
  /** What the arguments use. */
  readonly uses: readonly Use[];
}

/** The flows of a notebook, in its order. A `flow(…)` inside a function runs when that is called: it is none. */
export function flowCalls(program: Program): readonly FlowCall[] {
  return program.statements.flatMap((placed) =>
    placed.statement.import === null
      ? calls(placed.statement.node)
          .filter((node) => isFlow(program, placed, node))
          .map((node) => flowCall(placed, node))
      : [],
  );
}

function calls(statement: Syntax): readonly Syntax[] {
  return [...walk(statement, (node) => !isFunction(node))].filter((node) => node.type === "CallExpression");
}

function isFlow(program: Program, placed: Placed, call: Syntax): boolean {
  const callee = call["callee"];
  if (!isSyntax(callee)) return false;
  const object = callee["object"];
  const local = callee.type === "Identifier" ? callee["name"] : isSyntax(object) ? object["name"] : undefined;
  const [definer] = typeof local === "string" ? definersOf(program, local, placed) : [];
  const facts = definer?.statement.import;
  if (facts?.from !== "stemma") return false;
  const imported = facts.names.find((name) => name.local === local)?.imported;
  return imported === "flow" || (imported === "*" && propertyName(callee) === "flow");
}

function flowCall(placed: Placed, node: Syntax): FlowCall {
  const args = nodes(node["arguments"]);
  const start = args[0]?.start ?? node.end;
  const end = args.at(-1)?.end ?? node.end;
  return {
    placed,
    name: args[0] === undefined ? null : nameOf(args[0]),
    start,
    end,
    uses: usesIn(placed, { start, end }),
  };
}

// flow("fit", …) and flow({ name: "fit", … }, …).
function nameOf(argument: Syntax): string | null {
  if (argument.type === "Literal") return typeof argument["value"] === "string" ? argument["value"] : null;
  const field = nodes(argument["properties"]).find((property) => keyOf(property) === "name");
  return isSyntax(field?.["value"]) ? nameOf(field["value"]) : null;
}

function keyOf(property: Syntax): unknown {
  return isSyntax(property["key"]) ? property["key"]["name"] : undefined;
}

/** The statements that define flows and do nothing else: `const fit = flow(…)`. By their index. */
export function flowDefinitions(program: Program): ReadonlySet<number> {
  const defining = program.statements.filter((placed) => {
    if (placed.statement.kind !== "variable") return false;
    const declared = nodes(placed.statement.node["declarations"]).map((one) => one["init"]);
    return declared.every((init) => isSyntax(init) && init.type === "CallExpression" && isFlow(program, placed, init));
  });
  return new Set(defining.map(({ index }) => index));
}

/** What a piece of a statement uses of the notebook. */
export function usesIn(placed: Placed, piece: { readonly start: number; readonly end: number }): readonly Use[] {
  return placed.statement.uses.filter((use) => piece.start <= use.start && use.end <= piece.end);
}
