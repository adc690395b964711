import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { parseNotebook } from "../../format/index.ts";
import { host } from "../../host/index.ts";

/** A text that the user wrote, and where. */
export interface ProgramSource {
  /** "cell 4", "fit.ts". */
  readonly place: string;
  /** The cell's number; null for a file, and where the host tells none. */
  readonly cell: number | null;
  readonly source: string;
}

/**
 * What the program of this process is written in, in its order: the cells that ran, else those of the notebook or the
 * file that it was started with. A file is read as it is now; what cannot be read is none.
 */
export function programSources(): readonly ProgramSource[] {
  const cells = host().cellSources();
  if (cells.length > 0)
    return cells.map(({ source, count }) => ({
      place: count === null ? "the cell" : `cell ${count}`,
      cell: count,
      source,
    }));
  const file = process.argv[1] ?? "";
  try {
    if (file.endsWith(".ipynb")) return notebookCells(file);
    return /\.[mc]?[tj]s$/.test(file)
      ? [{ place: basename(file), cell: null, source: readFileSync(file, "utf8") }]
      : [];
  } catch {
    // Only a better message is lost: the file may be gone, or be no notebook by now.
    return [];
  }
}

function notebookCells(path: string): readonly ProgramSource[] {
  const cells = parseNotebook(readFileSync(path, "utf8"), path).cells.filter(({ number }) => number > 0);
  return cells.map(({ number, source }) => ({ place: `cell ${number}`, cell: number, source }));
}

/** A line of the program's file, as its author wrote it. */
export interface ProgramLine {
  /** "fit.ts, line 10". */
  readonly place: string;
  readonly text: string;
}

/** The innermost line of the program's own file in a stack: that of a step that ran in place. Null where there is none. */
export function programLine(stack: string): ProgramLine | null {
  const file = process.argv[1] ?? "";
  const [only, other] = programSources();
  if (only === undefined || other !== undefined || only.cell !== null || file === "") return null;
  const names = [pathToFileURL(file).href, file];
  for (const frame of stack.split("\n")) {
    const name = names.find((one) => frame.includes(`${one}:`));
    if (name === undefined) continue;
    const line = Number.parseInt(frame.slice(frame.indexOf(name) + name.length + 1), 10);
    const text = only.source.split("\n")[line - 1]?.trim() ?? "";
    if (text !== "") return { place: `${only.place}, line ${line}`, text };
  }
  return null;
}
