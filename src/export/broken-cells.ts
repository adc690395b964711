import type { FlowCall } from "./flow-calls.ts";
import type { ExportProblem } from "./problem.ts";
import { definersOf, type Placed, type Program } from "./program.ts";
import type { Slice } from "./slice.ts";

/** A cell that is no TypeScript: a magic, a command of a shell, a line half written. The kernel runs nothing of it. */
export interface BrokenCell {
  readonly number: number;
  readonly source: string;
  /** Of its first problem, 1-based. */
  readonly line: number;
  /** That line, in backticks; null where it is empty. */
  readonly text: string | null;
  /** What the parser says. */
  readonly reason: string;
}

/** The cells of a program that are no TypeScript, in their order. */
export function brokenCells({ cells, problems }: Program): readonly BrokenCell[] {
  return cells.flatMap(({ number, source }) => {
    const problem = problems.find(({ cell }) => cell === number);
    if (problem === undefined) return [];
    const line = problem.line ?? 1;
    const written = source.split("\n")[line - 1]?.trim() ?? "";
    const text = written === "" ? null : `\`${written.length > 60 ? `${written.slice(0, 60)} …` : written}\``;
    return [{ number, source, line, text, reason: (problem.reason ?? problem.message).replace(/\.$/, "") }];
  });
}

/** A program as the kernel runs it: nothing of its broken cells. */
export function withoutCells(program: Program, broken: readonly BrokenCell[]): Program {
  const numbers = new Set(broken.map(({ number }) => number));
  const statements = program.statements.filter(({ cell }) => !numbers.has(cell.number));
  return { ...program, statements: statements.map((placed, index) => ({ ...placed, index })), problems: [] };
}

/** The flows of a notebook, and what they need. */
export interface CellNeed {
  readonly calls: readonly FlowCall[];
  readonly slice: Slice;
  /** The flow that is asked for. */
  readonly name: string | undefined;
}

/** Why a cell may not be left out; null: no flow needs it. */
export function brokenProblem(cell: BrokenCell, program: Program, need: CellNeed): ExportProblem | null {
  const why = reasonOf(cell, program, need);
  return why === null ? null : problemOf(cell, why);
}

/** A cell that is to blame, with the way out. @param why what is lost by it, as a sentence goes on */
export function problemOf({ number, line, text, reason }: BrokenCell, why: string): ExportProblem {
  const about = `${text ?? "the cell"} is no TypeScript (${reason})`;
  return { cell: number, line, message: `${about}, and ${why}. Mend the line, or take it out.` };
}

/** What is said of a cell that is left out. */
export function leftOut({ number, line, text, reason }: BrokenCell): string {
  const shown = text === null ? "" : ` ${text},`;
  return `cell ${number} is left out: line ${line},${shown} is no TypeScript (${reason}). No flow needs it.`;
}

function reasonOf(cell: BrokenCell, program: Program, { calls, slice, name }: CellNeed): string | null {
  const { source } = cell;
  const other = name !== undefined && calls.some((call) => call.name === name) && !source.includes(name);
  if (/\bflow\s*[(<]/.test(source) && !other) return "it may define a flow";
  const below = calls.filter(({ placed }) => placed.cell.number > cell.number);
  if (below.length === 0) return null;
  const used = [...below, ...slice.statements.map((placed) => ({ placed, uses: placed.statement.uses }))];
  const needed = used.flatMap(({ placed, uses }) => uses.map((use) => ({ name: use.name, placed })));
  const found = needed.find((one) => one.placed.cell.number > cell.number && mayGive(source, one, program));
  return found === undefined ? null : `a flow may need \`${found.name}\` of this cell`;
}

// Nothing but its text tells what a cell would do that cannot be read.
function mayGive(
  source: string,
  { name, placed }: { readonly name: string; readonly placed: Placed },
  program: Program,
): boolean {
  const word = `(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`;
  if (definersOf(program, name, placed).length === 0)
    return !Reflect.has(globalThis, name) && new RegExp(word).test(source);
  const declared = `\\b(?:const|let|var|function|class|enum|interface|type|import)\\b[^;=(]*${word}`;
  const assigned = `${word}(?:\\.\\w+|\\[[^\\]]*\\])*\\s*(?:[-+*/%&|^?]{0,3}=(?![=>])|\\+\\+|--)`;
  const changed = `${word}(?:\\.\\w+)*\\.(?:push|pop|shift|unshift|splice|sort|reverse|fill|set|add|delete|clear)\\s*\\(`;
  return new RegExp(`${declared}|${assigned}|${changed}`).test(source);
}
