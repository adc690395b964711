import type { Binding, MapPlan, StepPlan } from "../../../flow/index.ts";
import { projectPath } from "../../project-path.ts";
import { outPath } from "./command-stage.ts";
import { type Fan, isPlainName, type Layout, type Unit } from "./stages.ts";

/** Where in the maps a piece of generated code stands. */
export interface Loop {
  readonly map: MapPlan;
  /** Code of the item. */
  readonly item: string;
  /** `foreach`: code of the item's key. `inside`: the record of the steps' results so far. `list`: code of the item's index. */
  readonly at: { readonly kind: "foreach" | "inside" | "list"; readonly code: string };
}

export interface Context {
  readonly layout: Layout;
  /** The stage that the code is for; null: the stage that puts the flow's output together. */
  readonly unit: Unit | null;
  /** Outermost first. */
  readonly loops: readonly Loop[];
  readonly needs: Needs;
}

/** What the generated code reads: it becomes the stage's `deps` and `params`. */
export interface Needs {
  readonly deps: Set<string>;
  readonly params: Set<string>;
}

/** Code that gives a binding's value in a stage. */
export function expression(binding: Binding, context: Context): string {
  switch (binding.from) {
    case "value":
      return JSON.stringify(binding.value);
    case "param":
      return paramCode(binding.param, context) + accessors(binding.path);
    case "item":
      return loopOf(binding.map, context).item + accessors(binding.path);
    case "file":
      context.needs.deps.add(projectPath(binding.path));
      return `stage.file(${JSON.stringify(projectPath(binding.path))})`;
    case "step":
      return outsCode(binding, context) ?? stepCode(binding.step, context) + accessors(binding.path);
    case "range":
      return rangeCode(binding, context);
    case "map":
      return mapCode(binding.map, binding.each, context) + accessors(binding.path);
    case "list":
      return `[${binding.items.map((item) => expression(item, context)).join(", ")}]`;
    case "record":
      return recordCode(binding.fields, context);
    default:
      throw new Error(`no code for a binding from ${binding.from}`);
  }
}

/** `{ counts: …, people: … }` */
export function recordCode(fields: Readonly<Record<string, Binding>>, context: Context): string {
  const parts = Object.entries(fields).map(([name, field]) => `${fieldName(name)}: ${expression(field, context)}`);
  return parts.length === 0 ? "{}" : `{ ${parts.join(", ")} }`;
}

function fieldName(name: string): string {
  // `__proto__: x` in a literal sets the prototype; `["__proto__"]: x` is a field like others.
  if (name === "__proto__") return `["__proto__"]`;
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** `.rmse`, `[0]` */
export function accessors(path: readonly (string | number)[]): string {
  return path
    .map((part) =>
      typeof part === "string" && /^[A-Za-z_$][\w$]*$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`,
    )
    .join("");
}

/** Code of the key that a `foreach` stage runs for. */
export const ownKey = "stage.key";

/** `${key}`: in dvc.yaml what DVC fills in, in a template literal what the stage does. */
export function template(code: string): string {
  return `\${${code}}`;
}

/** The field of a loop's record that holds the records of a loop further in. */
export function innerField(map: string): string {
  return accessors([`$${map}`]);
}

/** The file that a step's result is in; in a `foreach` the key's own. */
export function resultPath(step: string, fan: Fan | null, keyCode: string): string {
  return fan === null ? `out/${step}.json` : `out/${step}/${keyCode}.json`;
}

function paramCode(param: string, { layout, needs }: Context): string {
  needs.params.add(isPlainName(param) ? param : "*");
  const fanned = layout.fans.some((fan) => fan.param === param);
  return `stage.${fanned ? "items" : "param"}(${JSON.stringify(param)})`;
}

// The outs of a command are files of the project: their path is known before it runs.
function outsCode({ step, path }: Binding & { from: "step" }, { layout, unit, needs }: Context): string | null {
  const command = layout.plan.steps.find(({ id }) => id === step)?.command ?? null;
  if (command === null) return null;
  const code = (out: string): string => {
    const file = outPath(step, out, layout.plan) ?? "";
    needs.deps.add(file);
    return unit === null ? JSON.stringify(file) : `stage.file(${JSON.stringify(file)})`;
  };
  const [out] = path;
  if (out !== undefined) return code(String(out));
  return `{ ${Object.keys(command.outs)
    .map((name) => `${fieldName(name)}: ${code(name)}`)
    .join(", ")} }`;
}

function rangeCode({ start, end, step }: Binding & { from: "range" }, context: Context): string {
  const [from, to, by] = [start, end, step].map((part) => expression(part, context));
  const length = `Math.max(0, Math.ceil((${to} - ${from}) / ${by}))`;
  return `Array.from({ length: ${length} }, (_, i) => ${from} + i * ${by})`;
}

function loopOf(map: string, { loops }: Context): Loop {
  const loop = loops.find((each) => each.map.id === map);
  if (loop === undefined) throw new Error(`item of the map ${map} outside of it`);
  return loop;
}

function stepCode(id: string, context: Context): string {
  const { layout, unit, loops } = context;
  const step = layout.plan.steps.find((each) => each.id === id);
  const home = layout.units.find(({ steps }) => steps.some((each) => each.id === id));
  if (step === undefined || home === undefined) throw new Error(`no step ${id}`);
  const inside = loops.findLast(({ map, at }) => at.kind === "inside" && step.maps.includes(map.id));
  if (home === unit && inside !== undefined) return madeCode(step, inside);
  const known = loops.filter(({ map, at }) => at.kind === "list" && step.maps.includes(map.id));
  return readCode(step, home, context) + known.map(({ at }) => `[${at.code}]`).join("");
}

// Results of the stage's own loop: `$made1.fit`, and for a step of a loop further in `$made1.inner.map(($) => $.fit)`.
function madeCode(step: StepPlan, { map, at }: Loop): string {
  const further = step.maps.slice(step.maps.indexOf(map.id) + 1);
  const name = accessors([step.id]);
  const lists = further.map(innerField);
  if (lists.length === 0) return at.code + name;
  return (
    at.code +
    lists.map((list, depth) => `${depth === 0 ? "" : "$"}${list}.map(($) => `).join("") +
    `$${name}${")".repeat(lists.length)}`
  );
}

function readCode(step: StepPlan, { fan }: Unit, { loops, needs }: Context): string {
  if (fan === null) {
    needs.deps.add(resultPath(step.id, null, ""));
    return `stage.read(${JSON.stringify(resultPath(step.id, null, ""))})`;
  }
  const loop = loops.find(({ map, at }) => at.kind === "foreach" && map.id === fan.map.id);
  // A stage of the same foreach reads its own item's result; all others read the folder of results.
  const own = loop?.at.code === ownKey;
  needs.deps.add(own ? resultPath(step.id, fan, template("key")) : `out/${step.id}`);
  if (!own) needs.params.add(fan.param);
  const code = loop?.at.code ?? "key";
  const path = `stage.read(\`${resultPath(step.id, fan, template(code))}\`)`;
  return loop === undefined ? `stage.keys(${JSON.stringify(fan.param)}).map((key) => ${path})` : path;
}

// What a map gives for each item, put together again outside of it.
function mapCode(id: string, each: Binding, context: Context): string {
  const { layout, loops, unit } = context;
  const map = layout.plan.maps.find((one) => one.id === id);
  if (map === undefined) throw new Error(`no map ${id}`);
  const depth = loops.length + 1;
  const fan = layout.fans.find((one) => one.map.id === id);
  if (fan !== undefined) {
    const name = JSON.stringify(fan.param);
    context.needs.params.add(fan.param);
    const loop: Loop = { map, item: `stage.item(${name}, $key)`, at: { kind: "foreach", code: "$key" } };
    return `stage.keys(${name}).map(($key) => (${expression(each, { ...context, loops: [...loops, loop] })}))`;
  }
  const inside = loops.findLast(({ at }) => at.kind === "inside");
  const own = unit !== null && inside !== undefined && map.maps.includes(inside.map.id);
  const list = own ? inside.at.code + innerField(map.id) : expression(map.over, context);
  // The stage's own loop kept its items beside their results.
  const item = own ? `$made${depth}.$item` : `$item${depth}`;
  const loop: Loop = {
    map,
    item,
    at: own ? { kind: "inside", code: `$made${depth}` } : { kind: "list", code: `$index${depth}` },
  };
  const parameters = own ? `($made${depth})` : `(${item}, $index${depth})`;
  return `${list}.map(${parameters} => (${expression(each, { ...context, loops: [...loops, loop] })}))`;
}
