import { type Binding, replaced, type StepPlan } from "../../../flow/index.ts";
import { projectPath } from "../../project-path.ts";
import { template } from "./expressions.ts";
import { type CommandHome, commandHome, isPlaced, outDeps, outPath } from "./outs.ts";
import { isPlainName, type Layout } from "./stages.ts";

/** A stage that is the command itself. */
export interface CommandStage {
  readonly cmd: string;
  readonly deps: readonly string[];
  readonly params: readonly string[];
  readonly outs: readonly string[];
}

interface Said {
  /** For the shell; DVC fills in its templates. */
  readonly text: string;
  readonly deps: readonly string[];
  readonly params: readonly string[];
}

/**
 * The stage of a step that is a command: its own words in `cmd`, its deps, params and outs as DVC has them. Null where DVC
 * has no words for it: what it is given is known only when other steps have run, or it is tried several times.
 */
export function commandStage(step: StepPlan, layout: Layout): CommandStage | null {
  const home = commandHome(step.id, layout);
  const once = step.retry.attempts === 1 && step.timeoutMs === null;
  if (home === null || !isPlaced(home) || !once) return null;
  const { command } = home;
  const said = Object.entries(step.inputs).map(
    ([name, binding]) =>
      [name, command.deps.includes(name) ? depOf(binding, home, layout) : paramOf(binding, home, layout)] as const,
  );
  const known = said.flatMap(([name, one]) => (one === null ? [] : [[name, one] as const]));
  if (known.length < said.length) return null;
  const outs = Object.keys(command.outs).map((out) => {
    return [out, outPath(home, out, { plan: layout.plan, key: template("key") })] as const;
  });
  const texts = new Map([
    ...known.map(([name, { text }]) => [name, text] as const),
    ...outs.map(([out, path]) => [out, pathText(path, home)] as const),
  ]);
  // DVC would take the shell's `${HOME}` for a template of its own.
  const words = replaced(command.command, {
    name: (name) => texts.get(name) ?? `{${name}}`,
    variable: (own) => `\\${own}`,
  });
  return {
    cmd: [...folders(outs, home), ...exports(step), words].join(""),
    deps: known.flatMap(([, { deps }]) => deps),
    params: known.flatMap(([, { params }]) => params),
    outs: outs.map(([, path]) => path),
  };
}

// DVC makes no folders; flow() does.
function folders(outs: readonly (readonly [string, string])[], home: CommandHome): readonly string[] {
  const parents = outs.map(([, path]) => path.split("/").slice(0, -1).join("/")).filter((path) => path !== "");
  const all = [...new Set(parents)].map((path) => pathText(path, home));
  return all.length === 0 ? [] : [`mkdir -p ${all.join(" ")} && `];
}

// Before the command, a variable would be set for the first program of it only, and not be there for `$NAME` in it.
function exports({ env }: StepPlan): readonly string[] {
  const set = Array.isArray(env) ? [] : Object.entries(env);
  return set.map(([name, value]) => `export ${name}=${shellText(value)}; `);
}

function depOf(binding: Binding, { unit }: CommandHome, layout: Layout): Said | null {
  if (binding.from === "file") {
    const path = projectPath(binding.path);
    return { text: shellText(path), deps: [path], params: [] };
  }
  const of = binding.from === "step" && binding.path.length === 1 ? commandHome(binding.step, layout) : null;
  if (of === null || !isPlaced(of) || (of.unit.fan !== null && of.unit.fan !== unit.fan)) return null;
  const out = String(binding.from === "step" ? binding.path[0] : "");
  const path = outPath(of, out, { plan: layout.plan, key: template("key") });
  return { text: pathText(path, of), deps: outDeps(of, layout, { own: unit.fan, outs: [out] }), params: [] };
}

function paramOf(binding: Binding, { unit: { fan } }: CommandHome, { plan, fans }: Layout): Said | null {
  if (binding.from === "value") {
    const { value } = binding;
    return { text: shellText(typeof value === "string" ? value : JSON.stringify(value)), deps: [], params: [] };
  }
  // In a foreach these two are DVC's own.
  const own = fan !== null && binding.from === "param" && ["item", "key"].includes(binding.param);
  if (
    binding.from === "param" &&
    !own &&
    isPlainName(binding.param) &&
    !fans.some(({ param }) => param === binding.param)
  ) {
    const read = { name: binding.param, path: binding.path, values: [plan.params[binding.param]] };
    return templateOf(read, [[binding.param, ...binding.path].join(".")]);
  }
  if (binding.from !== "item" || fan === null || binding.map !== fan.map.id) return null;
  return templateOf({ name: "item", path: binding.path, values: fan.items }, [`${fan.param}.${template("key")}`]);
}

interface Read {
  readonly name: string;
  readonly path: readonly (string | number)[];
  readonly values: readonly unknown[];
}

// DVC fills in numbers and plain texts as they are; of anything else it makes Python's text, or a list of options.
function templateOf({ name, path, values }: Read, params: readonly string[]): Said | null {
  const found = values.map((value) => path.reduce<unknown>((one, key) => Object(one)[key], value));
  const dotted = path.every((key) => typeof key === "number" || isPlainName(key));
  const texts = found.every((one) => typeof one === "string" && !/['\n\r]/.test(one));
  const numbers = found.every((one) => typeof one === "number" || typeof one === "boolean");
  if (!dotted || !(texts || numbers)) return null;
  const code = name + path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
  return { text: numbers ? template(code) : `'${template(code)}'`, deps: [], params };
}

function pathText(path: string, { unit }: CommandHome): string {
  // The template of the key is DVC's.
  return unit.fan === null
    ? shellText(path)
    : path
        .split(template("key"))
        .map((part) => (part === "" ? "" : shellText(part)))
        .join(template("key"));
}

function shellText(text: string): string {
  const quoted = /^[\w@%+=:,./-]*$/.test(text) && text !== "" ? text : `'${text.replaceAll("'", "'\\''")}'`;
  return quoted.replaceAll("${", "\\${");
}
