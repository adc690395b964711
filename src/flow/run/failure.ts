import { errorFacts } from "../../error.ts";
import { FlowError, failureHead } from "../flow-error.ts";
import { programLine, programSources, type StepCode } from "../keys/index.ts";

/** A task that failed. */
export interface FailedTask {
  readonly flow: string;
  readonly step: string;
  readonly indices: readonly number[];
  /** What it threw. */
  readonly error: unknown;
  /** Its inputs as short texts, by name. */
  readonly inputs: readonly (readonly [name: string, text: string])[];
  /** The end of what it printed. */
  readonly lastLines: readonly string[];
  readonly code: StepCode | null;
}

/** The error that says where a flow failed: step, item, line, inputs and what the step printed last, each once. */
export function stepFailure(task: FailedTask): FlowError {
  const { flow, step, indices, error, inputs } = task;
  const item = indices.at(-1) ?? null;
  const told = inputs.map(([name, text]) => `${name}: ${text}`).join(", ");
  const lines = [
    `${failureHead(flow, step, indices)}${errorFacts(error).message}`,
    failedLine(task),
    told === "" ? null : `inputs: { ${told} }`,
    task.lastLines.length === 0 ? null : `printed: ${task.lastLines.join("\n         ")}`,
  ];
  const message = lines.filter((line) => line !== null).join("\n");
  return new FlowError({ flow, step, item }, message, { cause: error });
}

/** "at cell 3, line 2: throw new RangeError(…)": the line of the user's own code, in the cell where it stands. */
function failedLine({ error, step, code }: FailedTask): string | null {
  const { stack } = errorFacts(error);
  if (stack === undefined) return null;
  const line = code?.runnable == null ? null : lineOf(stack, step, code.runnable);
  const found = line === null ? programLine(stack) : (cellOf(line) ?? { place: null, text: ownText(line.text) });
  if (found === null) return null;
  const { place, text } = found;
  return `at${place === null ? "" : ` ${place}`}: ${text.length > 100 ? `${text.slice(0, 100)} …` : text}`;
}

// Of a step that is one line, the head that the engine gave it; where types were, Node leaves room.
function ownText(text: string): string {
  return text.replace(/^const value = \(/, "").replace(/\s+/g, " ");
}

interface CodeLine {
  readonly text: string;
  /** The lines around it, to tell equal lines apart. */
  readonly before: string;
}

// The frames of a step are named after it; the first line of its text stands behind the head of its function.
function lineOf(stack: string, step: string, runnable: string): CodeLine | null {
  const at = stack.indexOf(`step ${step}.js:`);
  const number = at === -1 ? null : /:(\d+)/.exec(stack.slice(at));
  if (number?.[1] === undefined) return null;
  const lines = runnable.split("\n");
  const index = Number(number[1]) - 1;
  const text = lines[index]?.trim() ?? "";
  return text === "" ? null : { text, before: lines[index - 1]?.trim() ?? "" };
}

/** A line as its author wrote it. */
interface CellLine {
  readonly place: string;
  readonly text: string;
}

function cellOf({ text, before }: CodeLine): CellLine | null {
  const above = bare(before);
  // The compiler gives a line of its own to what stands behind `if (…)`: the end of the cell's line, or a statement of it.
  const end = bare(text);
  const [statement = ""] = text.split(";").map(bare);
  return (
    placeOf((line) => line === end, above) ??
    (end.length < shortest ? null : placeOf((line) => line.endsWith(end), above)) ??
    (statement.length < shortest ? null : placeOf((line) => line.includes(statement), above))
  );
}

/** Shorter lines, a bracket or a `return x`, end others by chance. */
const shortest = 10;

/** The newest cell with such a line: there the one behind `before` if there is one, else the first. */
function placeOf(isWanted: (line: string) => boolean, before: string): CellLine | null {
  for (const { source, place } of programSources().toReversed()) {
    const written = source.split("\n");
    const lines = written.map(bare);
    const all = lines.flatMap((line, i) => (isWanted(line) ? [i] : []));
    const best = all.find((i) => lines[i - 1] === before) ?? all[0];
    if (best !== undefined) return { place: `${place}, line ${best + 1}`, text: written[best]?.trim() ?? "" };
  }
  return null;
}

// Compiled code differs from the cell's in spaces, quotes and semicolons.
function bare(line: string): string {
  return line.replace(/\s+|;$/g, "").replace(/['`]/g, '"');
}
