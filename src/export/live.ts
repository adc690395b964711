import { definersOf, type Placed, type Program } from "./program.ts";
import { isFunction, isSyntax, nodes, propertyName, type Syntax, walk } from "./syntax.ts";

/** Node's modules that reach out of the process: what they give is another thing at each run. */
const outside: ReadonlySet<string> = new Set(
  "fs fs/promises child_process http https http2 net tls dgram dns os readline repl cluster sqlite worker_threads".split(
    " ",
  ),
);
const outsideNames: ReadonlySet<string> = new Set([
  "fetch",
  "process",
  "performance",
  "crypto",
  "navigator",
  "localStorage",
]);

/**
 * Why the values of a statement exist only after running it: it waits, reads files, draws random numbers …
 * Null for what a stage may simply write down again: functions, classes, types, constants computed from constants.
 *
 * @param settled indices of statements whose values may be made again
 */
export function liveReason(program: Program, placed: Placed, settled: ReadonlySet<number> = new Set()): string | null {
  return reasonOf(program, placed, new Set(settled));
}

function reasonOf(program: Program, placed: Placed, seen: Set<number>): string | null {
  if (seen.has(placed.index)) return null;
  seen.add(placed.index);
  const { statement } = placed;
  if (statement.kind === "import" || statement.kind === "type") return null;
  const deferred = isDeferred(placed);
  if (deferred) return null;
  const own = ranReason(statement.node);
  if (own !== null) return own;
  for (const use of statement.uses.filter(({ type }) => !type)) {
    const reason = useReason({ program, placed, seen }, use.name);
    if (reason !== null) return reason;
  }
  return null;
}

interface Walker {
  readonly program: Program;
  readonly placed: Placed;
  readonly seen: Set<number>;
}

function useReason({ program, placed, seen }: Walker, name: string): string | null {
  const definers = definersOf(program, name, placed);
  if (definers.length === 0) return outsideNames.has(name) ? `it uses ${name}` : null;
  for (const definer of definers) {
    const reason = importReason(definer, name) ?? calledReason({ program, placed: definer, seen });
    if (reason !== null) return reason;
  }
  return null;
}

function importReason({ statement }: Placed, name: string): string | null {
  if (statement.import === null) return null;
  const from = statement.import.from;
  if (from === "stemma") return `${name}() gives it`;
  return outside.has(from.replace(/^node:/, "")) ? `it calls ${name}() of ${from}` : null;
}

// A function that a running statement uses is taken to be called: then what its body does counts.
function calledReason({ program, placed, seen }: Walker): string | null {
  if (!isDeferred(placed)) return reasonOf(program, placed, seen);
  if (seen.has(placed.index)) return null;
  seen.add(placed.index);
  const own = ranReason(placed.statement.node);
  if (own !== null && own !== "it awaits") return own;
  for (const use of placed.statement.uses.filter(({ type }) => !type)) {
    const reason = useReason({ program, placed, seen }, use.name);
    if (reason !== null) return reason;
  }
  return null;
}

function isDeferred({ statement }: Placed): boolean {
  if (statement.kind === "function" || statement.kind === "class") return true;
  if (statement.kind !== "variable") return false;
  return nodes(statement.node["declarations"]).every((declarator) => {
    const init = declarator["init"];
    return isSyntax(init) && isFunction(init);
  });
}

function ranReason(node: Syntax): string | null {
  for (const below of walk(node)) {
    if (below.type === "AwaitExpression" || (below.type === "ForOfStatement" && below["await"] === true))
      return "it awaits";
    const callee = below["callee"];
    if (!isSyntax(callee)) continue;
    const object = callee["object"];
    const name = `${isSyntax(object) ? String(object["name"]) : ""}.${propertyName(callee) ?? ""}`;
    if (name === "Math.random" || name === "Date.now") return `it calls ${name}()`;
    const now = below.type === "NewExpression" && callee["name"] === "Date" && nodes(below["arguments"]).length === 0;
    if (now) return "it reads the clock";
  }
  return null;
}
