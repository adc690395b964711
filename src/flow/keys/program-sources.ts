import { readFileSync } from "node:fs";
import { basename, isAbsolute, relative, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { parseNotebook } from "../../format/index.ts";
import { host } from "../../host/index.ts";
import { workingFolder } from "../plan/index.ts";

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
  return lineIn(stack, { names: [file], source: only });
}

/** The innermost line of a stack that stands in one of these files, which were loaded as they are. Null where there is none. */
export function stackLine(stack: string, files: readonly string[]): ProgramLine | null {
  for (const file of files) {
    const source = fileSource(file);
    const line = source === null ? null : lineIn(stack, { names: [file], source });
    if (line !== null) return line;
  }
  return null;
}

/** A file of the user's own as it is now; null where it cannot be read. */
export function fileSource(file: string): ProgramSource | null {
  try {
    return { place: shownPath(file), cell: null, source: readFileSync(file, "utf8") };
  } catch {
    // Only a better message is lost.
    return null;
  }
}

interface Written {
  /** What a stack may call it. */
  readonly names: readonly string[];
  readonly source: ProgramSource;
}

function lineIn(stack: string, { names, source }: Written): ProgramLine | null {
  const all = names.flatMap((name) => [pathToFileURL(name).href, name]);
  for (const frame of stack.split("\n")) {
    const name = all.find((one) => frame.includes(`${one}:`));
    if (name === undefined) continue;
    const line = Number.parseInt(frame.slice(frame.indexOf(name) + name.length + 1), 10);
    const text = source.source.split("\n")[line - 1]?.trim() ?? "";
    if (text !== "") return { place: `${source.place}, line ${line}`, text };
  }
  return null;
}

/** A file as its author knows it: its path from the working folder, where it lies below that. */
export function shownPath(file: string): string {
  const near = relative(workingFolder(), file);
  return near === "" || near.startsWith("..") || isAbsolute(near) ? file : near.split(sep).join("/");
}
