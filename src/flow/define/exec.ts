import type { ExecParts, StepFunction, StepOptions } from "../builder.ts";
import { commandStep, placeholders, quotedPlaceholder } from "../command/index.ts";
import { type Binding, type CommandPlan, type Ref, workingFolder } from "../plan/index.ts";
import { bindingOf, type Draft, freeName, problem } from "./draft.ts";
import { envOf, textOf } from "./policy.ts";
import { fileBinding, pushStep } from "./steps.ts";
import { refuseUnknown } from "./unknown.ts";

type Parts = ExecParts<Readonly<Record<string, string>>>;

/** `f.exec()` */
export function addExec(
  draft: Draft,
  command: unknown,
  { parts, options }: { readonly parts: Parts; readonly options: StepOptions },
): Ref<never> {
  if (typeof command !== "string" || command.trim() === "") {
    throw new TypeError(`flow "${draft.name}": f.exec() got ${JSON.stringify(command)}; give it a command as text`);
  }
  refuseUnknown(parts, `flow "${draft.name}": f.exec()`, ["deps", "outs", "params", "env"]);
  const name = textOf(options.name, `flow "${draft.name}", a command: name`) ?? commandName(command);
  const id = freeName(name, draft.stepNames, draft);
  const place = `flow "${draft.name}", command ${id}`;
  const deps = bindings(parts.deps ?? {}, (dep, key) => depBinding(dep, draft, `${place}: dep ${key}`));
  const params = bindings(parts.params ?? {}, (value, key) => bindingOf(value, draft, `${place}: param ${key}`));
  const outs = outsOf(parts.outs ?? {}, place);
  const plan = { command: command.trim(), deps: Object.keys(deps), params: Object.keys(params), outs };
  refuseWrong(plan, draft, place);
  const env = envOf(parts.env ?? options.env, place);
  draft.functions.set(id, commandStep(plan, { env, folder: workingFolder() }) as StepFunction);
  return pushStep(draft, { id, name, inputs: { ...deps, ...params }, options: { ...options, env }, command: plan });
}

function bindings(
  given: object,
  binding: (value: unknown, name: string) => Binding,
): Readonly<Record<string, Binding>> {
  const entries = Array.isArray(given)
    ? given.map((value, i) => [`dep${i + 1}`, value] as const)
    : Object.entries(given);
  return Object.fromEntries(entries.map(([name, value]) => [name, binding(value, name)]));
}

// A path as text is a file that the command reads: its bytes count, not its name.
function depBinding(dep: unknown, draft: Draft, place: string): Binding {
  return typeof dep === "string" ? fileBinding(dep, place) : bindingOf(dep, draft, place);
}

function outsOf(outs: Readonly<Record<string, unknown>>, place: string): Readonly<Record<string, string>> {
  const entries = Object.entries(outs).map(([name, path]) => {
    const binding = fileBinding(path, `${place}: out ${name}`);
    const shown = binding.from === "file" ? binding.path : "";
    if (/^(\.\.(\/|$)|\/|[A-Za-z]:)/.test(shown) || shown === ".") {
      throw new RangeError(`${place}: out ${name} is ${shown}; an out lies in the working folder`);
    }
    return [name, shown] as const;
  });
  return Object.fromEntries(entries);
}

function refuseWrong({ command, deps, params, outs }: CommandPlan, draft: Draft, place: string): void {
  const names = [...deps, ...params, ...Object.keys(outs)];
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw problem(draft, `${place} has "${twice}" twice among its deps, outs and params`);
  const used = placeholders(command);
  const unknown = used.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw problem(
      draft,
      `${place}: {${unknown}} is no dep, out or param of it (${names.join(", ") || "it has none"}); a brace for the shell is {{ or }}`,
    );
  }
  // cmd.exe knows no quotes but its own, and takes what is between them as it is.
  const quoted = process.platform === "win32" ? null : quotedPlaceholder(command);
  if (quoted !== null) {
    throw problem(
      draft,
      `${place}: {${quoted}} stands in quotes. Its value gets quotes of its own where it needs them, which would end those around it. Write {${quoted}} without quotes; where a program is given as text, hand it over: sh -c '… "$1"' sh {${quoted}}`,
    );
  }
  const unplaced = Object.keys(outs).find((name) => !used.includes(name));
  if (draft.within.maps.length > 0 && unplaced !== undefined) {
    throw problem(
      draft,
      `${place}: all items would write to ${outs[unplaced]}. Put {${unplaced}} into the command: each item gets a path of its own.`,
    );
  }
}

// `fit` of "python fit.py --x", `make` of "make all".
function commandName(command: string): string {
  const script = /(?:^|\s|\/)([\w.-]+)\.(?:py|R|r|jl|sh|ts|js|mjs|rb|pl)(?=\s|$)/.exec(command)?.[1];
  return script ?? /^\s*(?:\S*\/)?([\w.-]+)/.exec(command)?.[1] ?? "command";
}
