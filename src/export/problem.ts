import { StemmaError } from "../error.ts";

/** Why a notebook cannot be exported as it is, in the user's words. */
export interface ExportProblem {
  /** The number that the notebook shows as `[n]` after "restart and run all"; null where no cell is to blame. */
  readonly cell: number | null;
  /** 1-based, in the cell. */
  readonly line: number | null;
  readonly message: string;
  /** What the parser says, where the cell is no TypeScript. */
  readonly reason?: string;
}

/** All that stands in the way of an export, at once. */
export class ExportError extends StemmaError {
  readonly problems: readonly ExportProblem[];

  constructor(notebook: string, problems: readonly ExportProblem[]) {
    super("EXPORT", `${notebook} cannot be exported:${listed(problems)}`);
    this.problems = problems;
  }
}

/** All that stands in the way of running a notebook's flows from outside of it, at once. */
export class FlowNotebookError extends StemmaError {
  readonly problems: readonly ExportProblem[];

  constructor(notebook: string, problems: readonly ExportProblem[]) {
    super("FLOW_NOTEBOOK", `${notebook} cannot be run:${listed(problems)}`);
    this.problems = problems;
  }
}

function listed(problems: readonly ExportProblem[]): string {
  const lines = problems.map(problemText);
  return lines.length === 1 ? ` ${lines[0]}` : `\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** `cell 5, line 3: …` */
export function problemText({ cell, line, message }: ExportProblem): string {
  if (cell === null) return message;
  return line === null ? `cell ${cell}: ${message}` : `cell ${cell}, line ${line}: ${message}`;
}
