import { type Binding, type LoopPlan, type MapPlan, membersOf } from "../../../flow/index.ts";
import { projectPath } from "../../project-path.ts";
import { bindingsOf, type Part } from "./blocks.ts";
import { givenCode } from "./given.ts";
import { commandHome, isPlaced, outDeps, outPath } from "./outs.ts";
import { type Fan, isPlainName, type Layout, resultName, type Unit } from "./stages.ts";

/** Where in the maps and loops a piece of generated code stands. */
export interface Loop {
  readonly map: MapPlan | LoopPlan;
  /** Code of the item, or of the state at the beginning of the round. */
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
    case "given":
      return givenCode(binding.value, context);
    case "param":
      return paramCode(binding.param, context) + accessors(binding.path);
    case "item":
      return loopOf(binding.map, context).item + accessors(binding.path);
    case "state":
      return loopOf(binding.loop, context).item + accessors(binding.path);
    case "round":
      return indexName(context.loops.indexOf(loopOf(binding.loop, context)) + 1);
    case "when":
      return resultCode(partOf("when", binding.when, context), context) + accessors(binding.path);
    case "loop":
      return resultCode(partOf("loop", binding.loop, context), context) + accessors(binding.path);
    case "file":
      context.needs.deps.add(projectPath(binding.path));
      return `stage.file(${JSON.stringify(projectPath(binding.path))})`;
    case "step":
      return (
        outsCode(binding, context) ??
        resultCode(partOf("step", binding.step, context), context) + accessors(binding.path)
      );
    case "range":
      return rangeCode(binding, context);
    case "map":
      return mapCode(binding.map, binding.each, context) + accessors(binding.path);
    case "list":
      return `[${binding.items.map((item) => expression(item, context)).join(", ")}]`;
    case "record":
      return recordCode(binding.fields, context);
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

/** The field of a record of results that has the records of a map's items or a loop's rounds, or what a choice gives. */
export function innerField(scope: string): string {
  return accessors([`$${scope}`]);
}

/** Fields of such a record that no map, loop or choice has. */
export const ownFields: Readonly<Record<"item" | "next" | "until", string>> = {
  item: "$$item",
  next: "$$next",
  until: "$$until",
};

/** Name of the index in the n-th map or loop, from 1. */
export function indexName(depth: number): string {
  return `$i${depth}`;
}

/** Code of the indices of this run in the maps and loops around it, outermost first. */
export function runIndices({ loops, unit }: Pick<Context, "loops" | "unit">): readonly string[] {
  return loops.map(({ at }, depth) =>
    at.kind === "foreach" ? `stage.keys(${JSON.stringify(unit?.fan?.param)}).indexOf(${ownKey})` : indexName(depth + 1),
  );
}

/** Name of the record of a stage's results. */
export const ownRecord = "$made";

/** The file that a step's result is in; in a `foreach` the key's own. */
export function resultPath(step: string, fan: Fan | null, keyCode: string): string {
  return fan === null ? `out/${step}.json` : `out/${step}/${keyCode}.json`;
}

function paramCode(param: string, { layout, needs }: Context): string {
  needs.params.add(isPlainName(param) ? param : "*");
  const fanned = layout.fans.some((fan) => fan.param === param);
  return `stage.${fanned ? "items" : "param"}(${JSON.stringify(param)})`;
}

// The paths of a command's outs, where they are known before it runs.
function outsCode({ step, path: [out] }: Binding & { from: "step" }, context: Context): string | null {
  const { layout, loops, needs, unit } = context;
  const home = commandHome(step, layout);
  if (home === null || !isPlaced(home)) return null;
  const { fan } = home.unit;
  const loop = fan === null ? undefined : loops.find(({ map, at }) => at.kind === "foreach" && map.id === fan.map.id);
  const own = loop?.at.code === ownKey ? (unit?.fan ?? null) : null;
  const read = out === undefined ? Object.keys(home.command.outs) : [String(out)];
  for (const dep of outDeps(home, layout, { own, outs: read })) needs.deps.add(dep);
  if (fan !== null && own === null) needs.params.add(fan.param);
  const code = (name: string): string => {
    const file = outPath(home, name, { plan: layout.plan, key: template(loop?.at.code ?? "key") });
    return `stage.file(${fan === null ? JSON.stringify(file) : `\`${file}\``})`;
  };
  const value =
    out === undefined ? `{ ${read.map((name) => `${fieldName(name)}: ${code(name)}`).join(", ")} }` : code(String(out));
  return fan === null || loop !== undefined
    ? value
    : `stage.keys(${JSON.stringify(fan.param)}).map((key) => (${value}))`;
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

function partOf(kind: "step" | "loop" | "when", id: string, { layout }: Context): Part {
  const part = layout.units.flatMap(({ parts }) => parts).find((one) => one.kind === kind && one.of.id === id);
  if (part === undefined) throw new Error(`no ${kind} ${id}`);
  return part;
}

/** Code of what a step, loop or choice gave: made in this stage, or read. */
function resultCode(part: Part, context: Context): string {
  const { layout, unit, loops } = context;
  const home = layout.units.find(({ parts }) => parts.includes(part));
  if (home === undefined) throw new Error(`no stage runs ${part.of.id}`);
  if (home === unit && home.group !== null) return madeCode(part, home, context);
  for (const path of pathsBehind(part, context)) context.needs.deps.add(path);
  const known = loops.filter(({ map, at }) => at.kind === "list" && part.of.maps.includes(map.id));
  return readCode(part, home, context) + known.map(({ at }) => `[${at.code}]`).join("");
}

/** `$made1.fit`, and of a step in a map further in `$made1.$inner.map(($) => $.fit)`. */
export function madeCode(part: Part, { fan }: Unit, { loops }: Pick<Context, "loops">): string {
  const { maps } = part.of;
  const inside = loops.findLast(({ map, at }) => at.kind === "inside" && maps.includes(map.id));
  const further = maps.slice(inside === undefined ? (fan === null ? 0 : 1) : maps.indexOf(inside.map.id) + 1);
  const lists = further.map((id) => `${innerField(id)}.map(($) => $`);
  return `${inside?.at.code ?? ownRecord}${lists.join("")}${fieldOf(part)}${")".repeat(lists.length)}`;
}

function fieldOf({ kind, of }: Part): string {
  if (kind === "step") return accessors([of.id]);
  return kind === "loop" ? `${innerField(of.id)}.at(-1)${accessors([ownFields.next])}` : innerField(of.id);
}

// What a choice, loop or command in a block gives may be the path of a file: who reads that depends on the file.
function pathsBehind(part: Part, { layout, unit, loops }: Context): readonly string[] {
  const isOwn = loops.some(({ at }) => at.kind === "foreach" && at.code === ownKey);
  const own = isOwn ? (unit?.fan ?? null) : null;
  const seen = new Set<Part>();
  const visit = (binding: Binding): readonly string[] => {
    if (binding.from === "file") return [projectPath(binding.path)];
    if (binding.from === "step") return outs(binding.step);
    if (binding.from === "when" || binding.from === "loop") return behind(inLayout(binding, layout));
    return membersOf(binding).flatMap(visit);
  };
  const outs = (step: string): readonly string[] => {
    const home = commandHome(step, layout);
    return home === null ? [] : outDeps(home, layout, { own });
  };
  const behind = (one: Part | undefined): readonly string[] => {
    if (one === undefined || seen.has(one)) return [];
    seen.add(one);
    return one.kind === "step" ? outs(one.of.id) : bindingsOf(one).flatMap(visit);
  };
  return behind(part);
}

function inLayout(binding: Binding & { from: "when" | "loop" }, { units }: Layout): Part | undefined {
  const id = binding.from === "when" ? binding.when : binding.loop;
  return units.flatMap(({ parts }) => parts).find((one) => one.kind === binding.from && one.of.id === id);
}

function readCode(part: Part, { fan }: Unit, { layout, loops, needs }: Context): string {
  const name = resultName(part, layout.plan);
  if (fan === null) {
    needs.deps.add(resultPath(name, null, ""));
    return `stage.read(${JSON.stringify(resultPath(name, null, ""))})`;
  }
  const loop = loops.find(({ map, at }) => at.kind === "foreach" && map.id === fan.map.id);
  // A stage of the same foreach reads its own item's result; all others read the folder of results.
  const own = loop?.at.code === ownKey;
  needs.deps.add(own ? resultPath(name, fan, template("key")) : `out/${name}`);
  if (!own) needs.params.add(fan.param);
  const code = loop?.at.code ?? "key";
  const path = `stage.read(\`${resultPath(name, fan, template(code))}\`)`;
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
  const own = unit !== null && isRunIn(unit, map);
  const inside = loops.findLast((one) => one.at.kind === "inside" && map.maps.includes(one.map.id));
  const list = own ? (inside?.at.code ?? ownRecord) + innerField(map.id) : expression(map.over, context);
  // The stage's own loop kept its items beside their results.
  const item = own ? `$made${depth}${accessors([ownFields.item])}` : `$item${depth}`;
  const loop: Loop = {
    map,
    item,
    at: own ? { kind: "inside", code: `$made${depth}` } : { kind: "list", code: `$index${depth}` },
  };
  const parameters = own ? `($made${depth}: any)` : `(${item}: any, $index${depth}: number)`;
  return `${list}.map(${parameters} => (${expression(each, { ...context, loops: [...loops, loop] })}))`;
}

function isRunIn({ parts }: Unit, { id }: MapPlan): boolean {
  return parts.some(({ kind, of }) => kind !== "map" && of.maps.includes(id));
}
