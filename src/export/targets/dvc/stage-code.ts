import { type MapPlan, type StepPlan, seededInputs } from "../../../flow/index.ts";
import {
  accessors,
  type Context,
  expression,
  innerField,
  type Loop,
  type Needs,
  ownKey,
  recordCode,
  resultPath,
  template,
} from "./expressions.ts";
import type { Fan, Layout, Unit } from "./stages.ts";

export interface StageCode {
  /** Behind the user's code: reads the inputs, calls the steps, writes the results. */
  readonly code: string;
  readonly deps: readonly string[];
  readonly params: readonly string[];
  readonly outs: readonly string[];
}

/** Functions of steps, in the stage's module. */
export interface StepFunctions {
  /** Code of a step's function. */
  readonly functionOf: (step: string) => string;
  /** Whether it takes a context. */
  readonly listens: (step: string) => boolean;
}

/** Items at a time where the flow names no number; one process runs them, so more only helps steps that wait. */
const itemsAtATime = 8;

/**
 * What a stage does with its steps.
 *
 */
export function unitCode(layout: Layout, unit: Unit, functions: StepFunctions): StageCode {
  const needs: Needs = { deps: new Set(), params: new Set() };
  const { fan, group } = unit;
  const loops = fan === null ? [] : [fanLoop(fan)];
  if (fan !== null) needs.params.add(`${fan.param}.${template("key")}`);
  const context: Context = { layout, unit, loops, needs };
  const writer = { context, ...functions };
  const [step] = unit.steps;
  const code = group === null && step !== undefined ? stepLine(writer, step) : groupCode(writer, unit);
  const outs = unit.steps.map(({ id }) => resultPath(id, fan, template("key")));
  return { code, deps: [...needs.deps], params: [...needs.params], outs };
}

/** The stage that puts the flow's output together, where that is more than one step's result. */
export function outputCode(layout: Layout, path: string): StageCode | null {
  const { output } = layout.plan;
  const needs: Needs = { deps: new Set(), params: new Set() };
  const isCommand =
    output.from === "step" && layout.plan.steps.some(({ id, command }) => id === output.step && command !== null);
  if (output.from === "step" && output.path.length === 0 && !isCommand) {
    const home = layout.units.find(({ steps }) => steps.some(({ id }) => id === output.step));
    if (home?.fan === null) return null;
  }
  const value = expression(output, { layout, unit: null, loops: [], needs });
  const code = `stage.write(${JSON.stringify(path)}, ${value});`;
  return { code, deps: [...needs.deps], params: [...needs.params], outs: [path] };
}

interface Writer extends StepFunctions {
  readonly context: Context;
}

function fanLoop(fan: Fan): Loop {
  const item = `stage.item(${JSON.stringify(fan.param)})`;
  return { map: fan.map, item, at: { kind: "foreach", code: ownKey } };
}

function stepLine(writer: Writer, step: StepPlan): string {
  return writeLine(writer.context, step, callCode(writer, step));
}

function writeLine({ unit }: Context, step: StepPlan, value: string): string {
  const fan = unit?.fan ?? null;
  const path = resultPath(step.id, fan, template(ownKey));
  return `stage.write(${fan === null ? JSON.stringify(path) : `\`${path}\``}, ${value});`;
}

function callCode(writer: Writer, step: StepPlan): string {
  const { context, functionOf, listens } = writer;
  const { retry, timeoutMs } = step;
  const once = retry.attempts === 1 && timeoutMs === null;
  const inputs = inputsCode(step, context);
  const run = functionOf(step.id);
  const hears = listens(step.id);
  const call = hears ? `stage.call(${run}, ${inputs}, ${factsCode(step, context, once)})` : `${run}(${inputs})`;
  if (once) return `await ${call}`;
  return `await stage.tries((${hears ? "attempt" : ""}) => ${call}, ${JSON.stringify({ ...retry, timeoutMs })})`;
}

/** What the step's context is made of: `{ seed: 7, indices: [$i1], seeded: ["x"] }`. */
function factsCode(step: StepPlan, { loops, unit }: Context, once: boolean): string {
  const indices = loops.map(({ at }, depth) =>
    at.kind === "foreach" ? `stage.keys(${JSON.stringify(unit?.fan?.param)}).indexOf(${ownKey})` : `$i${depth + 1}`,
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

function groupCode(writer: Writer, unit: Unit): string {
  if (unit.group === null) throw new Error(`stage ${unit.name} has no steps`);
  const loop = loopCode(writer, { map: unit.group, steps: unit.steps, indent: "" });
  const writes = unit.steps.map((step) => {
    const depth = step.maps.indexOf(unit.group?.id ?? "");
    const further = step.maps.slice(depth + 1).map(innerField);
    const inner = further.map((field) => `$${field}.map(($) => `).join("");
    const value = `$made.map(($) => ${inner}$${accessors([step.id])}${")".repeat(further.length + 1)}`;
    return writeLine(writer.context, step, value);
  });
  return [`const $made = ${loop};`, ...writes].join("\n");
}

interface LoopInput {
  readonly map: MapPlan;
  readonly steps: readonly StepPlan[];
  readonly indent: string;
}

/** `await stage.each(items, 4, async ($item1) => { … })`: one record of results for each item. */
function loopCode(writer: Writer, { map, steps, indent }: LoopInput): string {
  const { context } = writer;
  const depth = context.loops.length + 1;
  const made = `$made${depth}`;
  const list = expression(map.over, context);
  const loop: Loop = { map, item: `${made}.$item`, at: { kind: "inside", code: made } };
  const inner = { ...writer, context: { ...context, loops: [...context.loops, loop] } };
  const lines = [`const ${made}: Record<string, any> = { $item: $item${depth} };`];
  const done = new Set<string>();
  const hears = steps.some(({ id }) => writer.listens(id));
  for (const step of steps) {
    const below = step.maps[step.maps.indexOf(map.id) + 1];
    const further = context.layout.plan.maps.find(({ id }) => id === below);
    if (further === undefined) lines.push(`${made}${accessors([step.id])} = ${callCode(inner, step)};`);
    else if (!done.has(further.id)) {
      done.add(further.id);
      const own = steps.filter(({ maps }) => maps.includes(further.id));
      const code = loopCode(inner, { map: further, steps: own, indent: `${indent}  ` });
      lines.push(`${made}${innerField(further.id)} = ${code};`);
    }
  }
  const body = [...lines, `return ${made};`].map((line) => `${indent}  ${line}`).join("\n");
  return `await stage.each(${list}, ${map.max ?? itemsAtATime}, async ($item${depth}: any${hears ? `, $i${depth}: number` : ""}) => {\n${body}\n${indent}})`;
}
