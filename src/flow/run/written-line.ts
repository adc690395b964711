import { fileSource, type ProgramSource, programSources } from "../keys/index.ts";

/** A line of a step's module. */
export interface CodeLine {
  readonly text: string;
  /** The line before it, to tell equal lines apart. */
  readonly before: string;
  /** In the module, from 1. */
  readonly number: number;
}

/** A line as its author wrote it. */
export interface WrittenLine {
  /** "cell 3, line 2" */
  readonly place: string;
  readonly text: string;
}

/** The line of the program's cells, or of its file, that a compiler has made this one of; null where there is none. */
export function cellLine(line: CodeLine): WrittenLine | null {
  return lineIn(programSources().toReversed(), line);
}

/** The same of a file that the program imports. */
export function fileLine(file: string, line: CodeLine): WrittenLine | null {
  const source = fileSource(file);
  if (source === null) return null;
  const { text } = line;
  // The head and the end that the engine gives to a function: of one that is one line, both.
  const own = text.replace(/^const [\w$]+ = \(/, "").replace(/\);$/, "");
  const lines = own === text ? [line] : [line, { ...line, text: own }];
  for (const find of [(one: CodeLine) => lineIn([source], one), (one: CodeLine) => untypedLine(source, bare(one.text))])
    for (const one of lines) {
      const found = find(one);
      if (found !== null) return found;
    }
  return null;
}

function lineIn(sources: readonly ProgramSource[], { text, before }: CodeLine): WrittenLine | null {
  const above = bare(before);
  // The compiler gives a line of its own to what stands behind `if (…)`: the end of the cell's line, or a statement of it.
  const end = bare(text);
  const [statement = ""] = text.split(";").map(bare);
  const placed = (isWanted: (line: string) => boolean): WrittenLine | null => placeOf(sources, isWanted, above);
  return (
    placed((line) => line === end) ??
    (end.length < shortest ? null : placed((line) => line.endsWith(end))) ??
    (statement.length < shortest ? null : placed((line) => line.includes(statement)))
  );
}

/** Shorter lines, a bracket or a `return x`, end others by chance. */
const shortest = 10;

/** The first source with such a line: there the one behind `before` if there is one, else the first. */
function placeOf(
  sources: readonly ProgramSource[],
  isWanted: (line: string) => boolean,
  before: string,
): WrittenLine | null {
  for (const { source, place } of sources) {
    const written = source.split("\n");
    const lines = written.map(bare);
    const all = lines.flatMap((line, i) => (isWanted(line) ? [i] : []));
    const best = all.find((i) => lines[i - 1] === before) ?? all[0];
    if (best !== undefined) return { place: `${place}, line ${best + 1}`, text: written[best]?.trim() ?? "" };
  }
  return null;
}

// A line without its types is in the line with them, letter by letter: the only one that it is in.
function untypedLine({ source, place }: ProgramSource, wanted: string): WrittenLine | null {
  const lines = source.split("\n");
  const found = lines.flatMap((line, at) => (isWithin(wanted, bare(line)) ? [at] : []));
  const [at] = found;
  if (wanted.length < shortest || found.length !== 1 || at === undefined) return null;
  return { place: `${place}, line ${at + 1}`, text: lines[at]?.trim() ?? "" };
}

function isWithin(part: string, whole: string): boolean {
  let at = 0;
  for (const letter of part) {
    at = whole.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

// Compiled code differs from what was written in spaces, quotes and semicolons.
function bare(line: string): string {
  return line.replace(/\s+|;$/g, "").replace(/['`]/g, '"');
}
