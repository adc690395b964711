import { SourceMap, type SourceMapPayload } from "node:module";
import { relative } from "node:path";

/** A place in what the user wrote: `cell [4]` or `src/model.ts`, with one-based line and column. */
export interface SourcePosition {
  readonly label: string;
  readonly line: number;
  readonly column: number;
}

/** A cell as it is run. */
export interface TracedCell {
  readonly label: string;
  readonly source: string;
  /** Source maps as JSON, from the script back to TypeScript. */
  readonly maps: readonly string[];
  /** Lines of the script without what the kernel puts below it. */
  readonly lines: number;
}

/** Where the scripts that ran came from. */
export interface SourcePositions {
  addCell(script: string, cell: TracedCell): void;
  addModule(script: string, maps: readonly string[]): void;
  /** The place in the source, or null where the script is none of ours or the position has no source. */
  find(script: string, line: number, column: number): SourcePosition | null;
  /** A line of a cell's source, or null. */
  lineOf(label: string, line: number): string | null;
}

interface TracedScript {
  readonly label: string;
  readonly maps: readonly string[];
  /** Lines that tslab puts before the source. */
  readonly linesBefore: number;
  /** Lines of the script; what runs below them is the kernel's call of it. */
  readonly lines: number;
}

/** @param folder the working folder; modules below it are named from it */
export function sourcePositions(folder: string): SourcePositions {
  const scripts = new Map<string, TracedScript>();
  const sources = new Map<string, string>();
  return {
    addCell(script, { label, source, maps, lines }) {
      // tslab puts `export {};` and a line break before each cell.
      scripts.set(script, { label, maps, linesBefore: 1, lines });
      sources.set(label, source);
    },
    addModule(script, maps) {
      const label = relative(folder, script).replace(/\.js$/, ".ts");
      scripts.set(script, { label, maps, linesBefore: 0, lines: Number.POSITIVE_INFINITY });
    },
    find(script, line, column) {
      const traced = scripts.get(script);
      return traced === undefined ? null : positionIn(traced, line, column);
    },
    lineOf: (label, line) => sources.get(label)?.split("\n")[line - 1] ?? null,
  };
}

function positionIn(traced: TracedScript, line: number, column: number): SourcePosition | null {
  if (line > traced.lines) return null;
  let at = { line: line - 1, column: column - 1 };
  for (const map of traced.maps) {
    const entry = new SourceMap(JSON.parse(map) as SourceMapPayload).findEntry(at.line, at.column);
    if (!("originalLine" in entry)) return null;
    at = { line: entry.originalLine, column: entry.originalColumn };
  }
  const sourceLine = at.line - traced.linesBefore;
  return sourceLine < 0 ? null : { label: traced.label, line: sourceLine + 1, column: at.column + 1 };
}
