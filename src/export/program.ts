import type { Notebook, NotebookCell } from "../format/index.ts";
import { analyzeCell, type Statement } from "./cells.ts";
import type { ExportProblem } from "./problem.ts";

/** A statement with its place in the notebook. */
export interface Placed {
  readonly statement: Statement;
  readonly cell: NotebookCell;
  /** Place among all statements of the notebook, from 0. */
  readonly index: number;
  /** Where the text that belongs to it begins: behind the statement before it, with its own comments. */
  readonly leadStart: number;
}

/** The code of a notebook as its cells run from top to bottom. */
export interface Program {
  readonly cells: readonly NotebookCell[];
  readonly statements: readonly Placed[];
  readonly problems: readonly ExportProblem[];
}

/** The program of a notebook; cells that the kernel would refuse are listed in `problems`. */
export function programOf(notebook: Notebook): Program {
  const cells = notebook.cells.filter((cell) => cell.number > 0);
  const analyzed = cells.map((cell) => ({ cell, ...analyzeCell(cell.source) }));
  const placed = analyzed.flatMap(({ cell, statements }) =>
    statements.map((statement, place) => {
      const before = statements[place - 1];
      return { statement, cell, leadStart: leadStart(cell.source, before?.end ?? 0, before !== undefined) };
    }),
  );
  return {
    cells,
    statements: placed.map((statement, index) => ({ ...statement, index })),
    problems: analyzed.flatMap(({ cell, problems }) =>
      problems.map(({ message, line }) => ({
        ...{ cell: cell.number, line, reason: message },
        message: `${/[.!?]$/.test(message) ? message : `${message}.`} Mend the cell first.`,
      })),
    ),
  };
}

// A comment on the line of the statement before belongs to that one.
function leadStart(source: string, from: number, follows: boolean): number {
  const rest = source.slice(from);
  const sameLine = follows ? (/^;?[ \t]*(\/\/[^\n]*)?\n?/.exec(rest)?.[0].length ?? 0) : 0;
  return from + sameLine;
}

/**
 * The statements that give a name its meaning for code at `from`: those of its own cell, else of the nearest cell above.
 * A name may be declared again in a later cell; code that stands before keeps the one it saw, as in tslab.
 */
export function definersOf(program: Program, name: string, from: Placed): readonly Placed[] {
  const all = program.statements.filter(
    ({ statement, cell }) =>
      cell.number <= from.cell.number && statement.defines.some((defined) => defined.name === name),
  );
  const nearest = Math.max(...all.map(({ cell }) => cell.number));
  return all.filter(({ cell }) => cell.number === nearest);
}
