import type { CommandPlan, StepPlan } from "../../../flow/index.ts";
import { projectPath } from "../../project-path.ts";
import { type Context, ownKey, recordCode, runIndices, template } from "./expressions.ts";
import { commandHome, isPlaced, outPath, outsFolder } from "./outs.ts";

/** `shell.run({ command: "python fit.py {by}", … })` */
export function commandCode(step: StepPlan, command: CommandPlan, context: Context): string {
  const pick = (names: readonly string[]): string =>
    recordCode(Object.fromEntries(Object.entries(step.inputs).filter(([name]) => names.includes(name))), context);
  const env = Array.isArray(step.env) ? {} : step.env;
  const fields = [
    `command: ${JSON.stringify(command.command)}`,
    `deps: ${pick(command.deps)}`,
    `params: ${pick(command.params)}`,
    ...outsCode(step, command, context),
    ...(Object.keys(env).length === 0 ? [] : [`env: ${JSON.stringify(env)}`]),
    ...(step.timeoutMs === null ? [] : ["signal"]),
  ];
  return `shell.run({\n${fields.map((field) => `  ${field},`).join("\n")}\n})`;
}

function outsCode({ id }: StepPlan, command: CommandPlan, context: Context): readonly string[] {
  const home = commandHome(id, context.layout);
  if (home === null) throw new Error(`no command ${id}`);
  const { plan } = context.layout;
  const key = template(ownKey);
  if (isPlaced(home)) {
    const path = (out: string): string => textCode(outPath(home, out, { plan, key }), home.unit.fan !== null);
    const outs = Object.keys(command.outs).map((out) => `${JSON.stringify(out)}: ${path(out)}`);
    return [`outs: { ${outs.join(", ")} }`];
  }
  const outs = Object.entries(command.outs).map(([out, path]) => [out, projectPath(path)] as const);
  const folder = [outsFolder(home, key), ...runIndices(context).map(template)].join("/");
  return [`outs: ${JSON.stringify(Object.fromEntries(outs))}`, `folder: ${textCode(folder, folder.includes("$"))}`];
}

/** A line that makes the folder for the outs of a command in a block. */
export function folderLine(step: StepPlan, { layout, unit }: Context): string {
  const home = commandHome(step.id, layout);
  if (home === null) throw new Error(`no command ${step.id}`);
  return `shell.outsFolder(${textCode(outsFolder(home, template(ownKey)), unit?.fan != null)});`;
}

function textCode(text: string, filled: boolean): string {
  return filled ? `\`${text}\`` : JSON.stringify(text);
}
