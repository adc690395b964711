import type { StepPlan } from "../../../flow/index.ts";
import { blockLines } from "./block-code.ts";
import { type Around, blocksOf } from "./blocks.ts";
import { folderLine } from "./command-code.ts";
import {
  type Context,
  type Loop,
  madeCode,
  type Needs,
  ownKey,
  ownRecord,
  resultPath,
  template,
} from "./expressions.ts";
import { commandHome, isPlaced, outPath, outsFolder } from "./outs.ts";
import { type Fan, type Layout, resultName, resultsOf, type Unit } from "./stages.ts";
import { callCode, type StepFunctions, valueCode, type Writer } from "./step-code.ts";

export interface StageCode {
  /** Behind the user's code: reads the inputs, calls the steps, writes the results. */
  readonly code: string;
  readonly deps: readonly string[];
  readonly params: readonly string[];
  /** Texts of results. */
  readonly results: readonly string[];
  /** Files and folders that commands write. */
  readonly files: readonly string[];
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
  const made = group === null && step !== undefined ? stepLines(writer, step) : groupCode(writer, unit);
  const folders = unit.steps.filter(({ id }) => isKept(id, layout)).map((one) => folderLine(one, context));
  const timed = unit.steps.some(({ timeoutMs }) => timeoutMs !== null);
  const results = resultsOf(unit, layout.plan).filter(
    ({ kind, of }) => kind !== "step" || !isPlacedCommand(of.id, layout),
  );
  return {
    code: [...folders, made, ...(timed ? ["stage.done();"] : [])].join("\n"),
    deps: [...needs.deps],
    params: [...needs.params],
    results: results.map((part) => resultPath(resultName(part, layout.plan), fan, template("key"))),
    files: unit.steps.flatMap(({ id }) => filesOf(id, layout)),
  };
}

function isKept(id: string, layout: Layout): boolean {
  const home = commandHome(id, layout);
  return home !== null && !isPlaced(home);
}

function isPlacedCommand(id: string, layout: Layout): boolean {
  const home = commandHome(id, layout);
  return home !== null && isPlaced(home);
}

function filesOf(id: string, layout: Layout): readonly string[] {
  const home = commandHome(id, layout);
  if (home === null) return [];
  const key = template("key");
  if (!isPlaced(home)) return [outsFolder(home, key)];
  return Object.keys(home.command.outs).map((out) => outPath(home, out, { plan: layout.plan, key }));
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
  const value = valueCode(output, { layout, unit: null, loops: [], needs });
  const code = `await stage.writeOutput(${JSON.stringify(path)}, ${value});`;
  return { code, deps: [...needs.deps], params: [...needs.params], results: [path], files: [] };
}

function fanLoop(fan: Fan): Loop {
  const item = `stage.item(${JSON.stringify(fan.param)})`;
  return { map: fan.map, item, at: { kind: "foreach", code: ownKey } };
}

function stepLines(writer: Writer, step: StepPlan): string {
  const call = callCode(writer, step);
  return isPlacedCommand(step.id, writer.context.layout) ? `${call};` : writeLine(writer.context, step.id, call);
}

function writeLine({ unit }: Context, name: string, value: string): string {
  const fan = unit?.fan ?? null;
  const path = resultPath(name, fan, template(ownKey));
  return `await stage.write(${fan === null ? JSON.stringify(path) : `\`${path}\``}, ${value});`;
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
