import type { StepPlan } from "../../../flow/index.ts";
import { blockLines } from "./block-code.ts";
import { type Around, blocksOf } from "./blocks.ts";
import {
  type Context,
  expression,
  type Loop,
  madeCode,
  type Needs,
  ownKey,
  ownRecord,
  resultPath,
  template,
} from "./expressions.ts";
import { type Fan, type Layout, resultName, resultsOf, type Unit } from "./stages.ts";
import { callCode, type StepFunctions, type Writer } from "./step-code.ts";

export interface StageCode {
  /** Behind the user's code: reads the inputs, calls the steps, writes the results. */
  readonly code: string;
  readonly deps: readonly string[];
  readonly params: readonly string[];
  readonly outs: readonly string[];
}

/** What a stage does with its steps. */
export function unitCode(layout: Layout, unit: Unit, functions: StepFunctions): StageCode {
  const needs: Needs = { deps: new Set(), params: new Set() };
  const { fan, group } = unit;
  const loops = fan === null ? [] : [fanLoop(fan)];
  if (fan !== null) needs.params.add(`${fan.param}.${template("key")}`);
  const context: Context = { layout, unit, loops, needs };
  const writer = { context, ...functions };
  const [step] = unit.steps;
  const code = group === null && step !== undefined ? stepLine(writer, step) : groupCode(writer, unit);
  const outs = resultsOf(unit, layout.plan).map((part) =>
    resultPath(resultName(part, layout.plan), fan, template("key")),
  );
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

function fanLoop(fan: Fan): Loop {
  const item = `stage.item(${JSON.stringify(fan.param)})`;
  return { map: fan.map, item, at: { kind: "foreach", code: ownKey } };
}

function stepLine(writer: Writer, step: StepPlan): string {
  return writeLine(writer.context, step.id, callCode(writer, step));
}

function writeLine({ unit }: Context, name: string, value: string): string {
  const fan = unit?.fan ?? null;
  const path = resultPath(name, fan, template(ownKey));
  return `stage.write(${fan === null ? JSON.stringify(path) : `\`${path}\``}, ${value});`;
}

function groupCode(writer: Writer, unit: Unit): string {
  const { context } = writer;
  const { plan } = context.layout;
  const outside: readonly Around[] = unit.fan === null ? [] : [{ id: unit.fan.map.id, is: null }];
  const lines = blockLines(writer, blocksOf(unit.parts, plan, outside));
  const writes = resultsOf(unit, plan).map((part) =>
    writeLine(context, resultName(part, plan), madeCode(part, unit, { loops: [] })),
  );
  return [`const ${ownRecord}: Record<string, any> = {};`, ...lines, ...writes].join("\n");
}
