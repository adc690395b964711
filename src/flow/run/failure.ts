import { errorFacts } from "../../error.ts";
import { FlowError, failureHead } from "../flow-error.ts";
import { programLine, type StepCode, shownPath, stackLine } from "../keys/index.ts";
import { type CodeLine, cellLine, fileLine } from "./written-line.ts";

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
  const found = line === null ? (programLine(stack) ?? stackLine(stack, code?.files ?? [])) : writtenLine(line, code);
  if (found === null) return null;
  const { place, text } = found;
  return `at${place === null ? "" : ` ${place}`}: ${text.length > 100 ? `${text.slice(0, 100)} …` : text}`;
}

function writtenLine(line: CodeLine, code: StepCode | null): { readonly place: string | null; readonly text: string } {
  const file = code?.fileAt(line.number) ?? null;
  const text = ownText(line.text);
  if (file === null) return cellLine(line) ?? { place: null, text };
  return fileLine(file, line) ?? fileLine(file, { ...line, text }) ?? { place: shownPath(file), text };
}

// Of a step that is one line, the head that the engine gave it; where types were, Node leaves room.
function ownText(text: string): string {
  return text.replace(/^const value = \(/, "").replace(/\s+/g, " ");
}

// The frames of a step are named after it; the first line of its text stands behind the head of its function.
function lineOf(stack: string, step: string, runnable: string): CodeLine | null {
  const at = stack.indexOf(`step ${step}.js:`);
  const number = at === -1 ? null : /:(\d+)/.exec(stack.slice(at));
  if (number?.[1] === undefined) return null;
  const lines = runnable.split("\n");
  const index = Number(number[1]) - 1;
  const text = lines[index]?.trim() ?? "";
  return text === "" ? null : { text, before: lines[index - 1]?.trim() ?? "", number: index + 1 };
}
