import type { Binding, CommandPlan, Plan, StepPlan } from "../../../flow/index.ts";
import { projectPath } from "../../project-path.ts";
import { isPlainName } from "./stages.ts";

/** A stage that is the command itself. */
export interface CommandStage {
  readonly cmd: string;
  readonly deps: readonly string[];
  readonly params: readonly string[];
  readonly outs: readonly string[];
}

/** The stage of a step that is a command: its own words in `cmd`, its deps, params and outs as DVC has them. */
export function commandStage(step: StepPlan, command: CommandPlan, plan: Plan): CommandStage {
  const { deps, params, outs } = command;
  const paths = new Map(deps.map((name) => [name, depPath(step.inputs[name], plan) ?? ""]));
  const outPaths = Object.values(outs).map(projectPath);
  const values = new Map<string, string>([
    ...[...paths].map(([name, path]) => [name, shellText(path)] as const),
    ...Object.entries(outs).map(([name, path]) => [name, shellText(projectPath(path))] as const),
    ...params.map((name) => [name, paramText(step.inputs[name], plan) ?? ""] as const),
  ]);
  const text = command.command.replace(/\{\{|\}\}|\$\{[^}]*\}|\{([A-Za-z_][\w-]*)\}/g, (found, name?: string) => {
    if (name !== undefined) return values.get(name) ?? found;
    // `${HOME}` is the shell's: DVC would take it for one of its own.
    return found.startsWith("$") ? `\\${found}` : found.slice(0, 1);
  });
  const env = Array.isArray(step.env) ? [] : Object.entries(step.env);
  const cmd = [...env.map(([name, value]) => `${name}=${shellText(value)}`), text].join(" ");
  const read = params.flatMap((name) => {
    const binding = step.inputs[name];
    return binding?.from === "param" ? [[binding.param, ...binding.path].join(".")] : [];
  });
  return { cmd, deps: [...paths.values()], params: read, outs: outPaths };
}

/** The path of a command's out in the project; null: the step is no command, or has no such out. */
export function outPath(id: string, out: unknown, plan: Plan): string | null {
  const path = plan.steps.find((step) => step.id === id)?.command?.outs[String(out)];
  return path === undefined ? null : projectPath(path);
}

/** Why what a flow has cannot be in stages, a sentence each. */
export function refusals(plan: Plan): readonly string[] {
  return plan.steps.flatMap((step) => [
    ...(step.command === null ? [] : commandRefusals(step, step.command, plan)),
    ...Object.entries(step.inputs).flatMap(([name, binding]) => (holdsParts(binding) ? [partRefusal(step, name)] : [])),
  ]);
}

// Their bytes are not in the plan.
function holdsParts(binding: Binding): boolean {
  if (binding.from === "list") return binding.items.some(holdsParts);
  if (binding.from === "record") return Object.values(binding.fields).some(holdsParts);
  return binding.from === "given" && /\{"~":\["(npy|bytes|table)","[0-9a-f]{32}"/.test(JSON.stringify(binding.value));
}

function partRefusal({ id }: StepPlan, input: string): string {
  return `The input ${input} of step ${id} is a table or a long array of the notebook, which is in no file. Let a step of the flow make it, or version() it and give f.file().`;
}

function commandRefusals(step: StepPlan, { deps, params }: CommandPlan, plan: Plan): readonly string[] {
  const [scope] = step.maps;
  if (scope !== undefined) {
    const [where, what] = plan.maps.some(({ id }) => id === scope) ? ["map", "items"] : ["loop", "rounds"];
    return [
      `The command ${step.id} stands in a ${where}: all its ${what} would write to one path of the project. Call it from a step.`,
    ];
  }
  if (step.when.length > 0)
    return [
      `The command ${step.id} stands in a branch: DVC has to know before anything runs which files a stage writes. Call it from a step.`,
    ];
  const dep = deps.find((name) => depPath(step.inputs[name], plan) === null);
  const param = params.find((name) => paramText(step.inputs[name], plan) === null);
  return [
    ...(dep === undefined
      ? []
      : [`The dep ${dep} of the command ${step.id} is no file of the project and no out of a command. Use f.file().`]),
    ...(param === undefined
      ? []
      : [
          `The param ${param} of the command ${step.id} is what a step gives, which DVC does not know before it runs. Write it to a file.`,
        ]),
  ];
}

function depPath(binding: Binding | undefined, plan: Plan): string | null {
  if (binding?.from === "file") return projectPath(binding.path);
  return binding?.from === "step" && binding.path.length === 1 ? outPath(binding.step, binding.path[0], plan) : null;
}

function paramText(binding: Binding | undefined, plan: Plan): string | null {
  if (binding?.from === "value") {
    return shellText(typeof binding.value === "string" ? binding.value : JSON.stringify(binding.value));
  }
  if (binding?.from !== "param" || !isPlainName(binding.param)) return null;
  const path = binding.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  const template = `\${${binding.param}${path}}`;
  return typeof plan.params[binding.param] === "number" ? template : `'${template}'`;
}

function shellText(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
