import { type StepPlan, seededInputs } from "../../../flow/index.ts";
import { type Context, indexName, ownKey, recordCode } from "./expressions.ts";

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
  const { context, functionOf, listens } = writer;
  const { retry, timeoutMs, catch: caught } = step;
  const once = retry.attempts === 1 && timeoutMs === null && caught === null;
  const inputs = inputsCode(step, context);
  const run = functionOf(step.id);
  const hears = listens(step.id);
  const call = hears ? `stage.call(${run}, ${inputs}, ${factsCode(step, context, once)})` : `${run}(${inputs})`;
  if (once) return `await ${call}`;
  return `await stage.tries((${hears ? "attempt" : ""}) => ${call}, ${JSON.stringify({ ...retry, timeoutMs, ...(caught === null ? {} : { caught }) })})`;
}

/** What the step's context is made of: `{ seed: 7, indices: [$i1], seeded: ["x"] }`. */
function factsCode(step: StepPlan, { loops, unit }: Context, once: boolean): string {
  const indices = loops.map(({ at }, depth) =>
    at.kind === "foreach" ? `stage.keys(${JSON.stringify(unit?.fan?.param)}).indexOf(${ownKey})` : indexName(depth + 1),
  );
  const inMaps = indices.length === 0 ? [] : [`indices: [${indices.join(", ")}]`];
  const seeded = step.seed === null || inMaps.length === 0 ? [] : [`seeded: ${JSON.stringify(seededInputs(step))}`];
  const facts = [
    ...(step.seed === null ? [] : [`seed: ${step.seed}`]),
    ...inMaps,
    ...seeded,
    ...(step.cache || seeded.length === 0 ? [] : ["always: true"]),
    ...(once ? [] : ["attempt"]),
  ];
  return facts.length === 0 ? "{}" : `{ ${facts.join(", ")} }`;
}

// On a line of its own each where a person would break the line; in a loop the lines are short enough.
function inputsCode({ inputs }: StepPlan, context: Context): string {
  const line = recordCode(inputs, context);
  if (line.length <= 60 || context.loops.some(({ at }) => at.kind === "inside")) return line;
  const parts = Object.entries(inputs).map(
    ([name, input]) => `  ${recordCode({ [name]: input }, context).slice(2, -2)},`,
  );
  return ["{", ...parts, "}"].join("\n");
}
