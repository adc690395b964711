import { readFileSync } from "node:fs";
import { dirname, extname, resolve } from "node:path";
import { parseNotebook } from "../format/index.ts";
import { type BrokenCell, brokenCells, brokenProblem, leftOut, problemOf, withoutCells } from "./broken-cells.ts";
import { runnable } from "./erasable.ts";
import { flowCalls } from "./flow-calls.ts";
import { locate } from "./local-modules.ts";
import { type ImportTarget, moduleText } from "./module-text.ts";
import { type ExportProblem, FlowNotebookError } from "./problem.ts";
import { programOf } from "./program.ts";
import { mergedSlices, sliceOf } from "./slice.ts";

/** A module that defines the flows of a notebook. */
export interface FlowModule {
  readonly text: string;
  readonly ending: string;
  /** Cells that are left out though they should be TypeScript, a sentence each. */
  readonly notes: readonly string[];
}

/**
 * The text of an ES module that defines the flows of a notebook, to stand beside it. It has those statements of the cells
 * that the flows need, and runs them from top to bottom; a flow's own `run()` in a cell is none of them.
 *
 * @param name the flow that is asked for, where one is
 * @returns the text with types that Node drops
 * @throws {FormatError} it is no notebook of TypeScript
 * @throws {FlowNotebookError} it has no flow, or a flow may need a cell that is no TypeScript
 */
export function flowModule(path: string, name?: string): FlowModule {
  const absolute = resolve(path);
  const whole = programOf(parseNotebook(readFileSync(absolute, "utf8"), path));
  const broken = brokenCells(whole);
  const program = withoutCells(whole, broken);
  const calls = flowCalls(program);
  if (calls.length === 0) throw new FlowNotebookError(path, noFlow(broken));
  const slices = calls.map(({ uses, placed }) =>
    sliceOf(program, { name: "the flow", uses, from: placed, wayOut: "", live: true }),
  );
  const slice = mergedSlices(slices);
  const common = slice.problems.filter(({ message }) => message !== "");
  const hidden = broken.flatMap((cell) => brokenProblem(cell, program, { calls, slice, name }) ?? []);
  if (common.length + hidden.length > 0) throw new FlowNotebookError(path, [...hidden, ...common]);
  const folder = dirname(absolute);
  const reserved = new Set(["$flow"]);
  const module = moduleText(program, slice, { specifier: (from) => targetOf(from, folder), reserved });
  // A flow that another one uses stands in the slice already: defining it again would be another flow of its name.
  const own = calls.filter(({ placed }) => !slice.statements.includes(placed));
  const defined = own.map(({ placed, start, end }) => `$flow(${module.piece(placed, { start, end })});`);
  const text = ['import { flow as $flow } from "stemma";', ...module.imports, module.code, ...defined].join("\n");
  return { ...runnable(`${text}\n`, ".ts"), notes: broken.map(leftOut) };
}

function noFlow(broken: readonly BrokenCell[]): readonly ExportProblem[] {
  if (broken.length > 0) return broken.map((cell) => problemOf(cell, "no other cell defines a flow"));
  return [{ cell: null, line: null, message: "it defines no flow." }];
}

// As Node asks for it: a file with its ending.
function targetOf(from: string, folder: string): ImportTarget {
  const file = from.startsWith(".") ? locate(folder, from) : null;
  if (file === null) return { from, attributes: "" };
  const bare = resolve(folder, from);
  const ending = file.startsWith(bare) ? file.slice(bare.length) : "";
  const target = ending === "" && file !== bare ? from.replace(/\.(m?)js$/, ".$1ts") : `${from}${ending}`;
  return { from: target, attributes: extname(file) === ".json" ? ' with { type: "json" }' : "" };
}
