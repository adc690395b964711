import { type Binding, type StepPlan, seededInputs } from "../../../flow/index.ts";
import { commandCode } from "./command-code.ts";
import { type Context, expression, recordCode, runIndices } from "./expressions.ts";
import { pathInput } from "./refusals.ts";

/** Functions of steps, in the stage's module. */
export interface StepFunctions {
  /** Code of a step's function. */
  readonly functionOf: (step: string) => string;
  /** Whether it takes a context. */
  readonly listens: (step: string) => boolean;
}

export interface Writer extends StepFunctions {
  readonly context: Context;
}

/** Code that runs a step with its inputs, as often as it may be tried. */
export function callCode(writer: Writer, step: StepPlan): string {
  const { retry, timeoutMs, catch: caught } = step;
  const once = retry.attempts === 1 && timeoutMs === null && caught === null;
  const call = inEnvironment(
    step,
    step.command === null ? functionCall(writer, step, once) : commandCode(step, step.command, writer.context),
  );
  if (once) return `await ${call}`;
  const given = timeoutMs !== null ? "attempt, signal" : /\battempt\b/.test(call) ? "attempt" : "";
  const facts = JSON.stringify({ ...retry, timeoutMs, ...(caught === null ? {} : { caught }) });
  return `await stage.tries(async (${given}) => ${call}, ${facts})`;
}

function functionCall(writer: Writer, step: StepPlan, once: boolean): string {
  const { context, functionOf, listens } = writer;
  const run = functionOf(step.id);
  const inputs = inputsCode(step, context);
  return listens(step.id) ? `stage.call(${run}, ${inputs}, ${factsCode(step, context, once)})` : `${run}(${inputs})`;
}

function inEnvironment({ command, env }: StepPlan, call: string): string {
  if (command !== null || Array.isArray(env) || Object.keys(env).length === 0) return call;
  return `stage.inEnvironment(${JSON.stringify(env)}, async () => ${call})`;
}

/** What the step's context is made of: `{ seed: 7, indices: [$i1], seeded: ["x"] }`. */
function factsCode(step: StepPlan, context: Context, once: boolean): string {
  const indices = runIndices(context);
  const inMaps = indices.length === 0 ? [] : [`indices: [${indices.join(", ")}]`];
  const seeded = step.seed === null || inMaps.length === 0 ? [] : [`seeded: ${JSON.stringify(seededInputs(step))}`];
  const byPath = pathInput(step, context.layout);
  const facts = [
    ...(step.seed === null ? [] : [`seed: ${step.seed}`]),
    ...(byPath === null ? [] : [`byPath: ${JSON.stringify(byPath)}`]),
    ...inMaps,
    ...seeded,
    ...(step.cache || seeded.length === 0 ? [] : ["always: true"]),
    ...(once ? [] : [`step: ${JSON.stringify(step.id)}`, "attempt"]),
    ...(step.timeoutMs === null ? [] : ["signal"]),
  ];
  return facts.length === 0 ? "{}" : `{ ${facts.join(", ")} }`;
}

// On a line of its own each where a person would break the line; in a loop the lines are short enough.
function inputsCode({ inputs }: StepPlan, context: Context): string {
  const line = recordCode(inputs, context);
  const copies = copied(context) && Object.keys(inputs).length > 0;
  if (line.length <= 60 || context.loops.some(({ at }) => at.kind === "inside"))
    return copies ? `await stage.inputs(() => (${line}))` : line;
  const parts = Object.entries(inputs).map(
    ([name, input]) => `  ${recordCode({ [name]: input }, context).slice(2, -2)},`,
  );
  const lines = ["{", ...parts, "}"].join("\n");
  return copies ? `await stage.inputs(() => (${lines}))` : lines;
}

// A stage of one step reads what it gets for that step alone.
function copied({ layout, unit }: Context): boolean {
  return layout.models || unit?.group != null;
}

/** Code of a value, after the models in it are loaded. */
export function valueCode(binding: Binding, context: Context): string {
  const code = expression(binding, context);
  return context.layout.models && code.includes("stage.read(") ? `await stage.inputs(() => (${code}))` : code;
}
