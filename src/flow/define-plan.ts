import { isAbsolute, relative, sep } from "node:path";
import type { Json } from "../track/index.ts";
import type { FlowBody, FlowBuilder, MapOptions, ParamRefs, StepFunction, StepOptions } from "./builder.ts";
import { durationMs } from "./duration.ts";
import { FlowDefinitionError } from "./flow-error.ts";
import { jsonOf } from "./json.ts";
import { workingFolder } from "./place.ts";
import { type Binding, type MapPlan, type Plan, plainStep, type StepPlan } from "./plan.ts";
import { bindingText, type RefFacts, ref, refFacts } from "./ref.ts";
import { refMisuses } from "./ref-misuse.ts";

/** A flow's record, and the functions of its steps by step id. */
export interface PlannedFlow {
  readonly plan: Plan;
  readonly functions: ReadonlyMap<string, StepFunction>;
}

interface Draft {
  readonly name: string;
  readonly steps: StepPlan[];
  readonly maps: MapPlan[];
  readonly functions: Map<string, StepFunction>;
  /** Maps whose callback runs now, outermost first. */
  within: readonly string[];
}

/**
 * What a flow is, without running a step: its body runs once with refs.
 *
 * @param params names and defaults, plain JSON
 * @throws {FlowDefinitionError} the body uses a ref as if it were its value, or leaves its own shape
 */
export function definePlan<P extends object, R>(name: string, params: P, body: FlowBody<P, R>): PlannedFlow {
  if (typeof name !== "string" || name.trim() === "") {
    throw new TypeError(`The name of a flow is ${JSON.stringify(name)}; give it one that a reader knows it by`);
  }
  if (typeof body !== "function")
    throw new TypeError(`flow "${name}" has no body; write flow(name, params, (f, p) => …)`);
  const defaults = jsonOf(params, `flow "${name}": params`) as Readonly<Record<string, Json>>;
  const misuses = refMisuses(body);
  if (misuses.length > 0) throw new FlowDefinitionError(name, misuses);
  const draft: Draft = { name, steps: [], maps: [], functions: new Map(), within: [] };
  const output = bindingOf(body(builder(draft), paramRefs<P>(draft, defaults)), draft, "the flow's output");
  if (draft.steps.length === 0) throw new FlowDefinitionError(name, ["it has no step; write f.step(fn, inputs)"]);
  const { steps, maps, functions } = draft;
  const rest = { loops: [], whens: [], notes: [], schedule: null, tags: {}, project: null };
  return { plan: { format: 1, name, params: defaults, steps, maps, ...rest, output }, functions };
}

function paramRefs<P>(draft: Draft, params: Readonly<Record<string, Json>>): ParamRefs<P> {
  const refs = Object.keys(params).map((param) => [param, made(draft, { from: "param", param, path: [] })]);
  return new Proxy(Object.freeze(Object.fromEntries(refs)), {
    get(known, param) {
      if (typeof param === "symbol" || Object.hasOwn(known, param)) return Reflect.get(known, param);
      const names = Object.keys(params).join(", ") || "none";
      throw new FlowDefinitionError(draft.name, [`it has no param "${param}" (params: ${names})`]);
    },
  });
}

function made(draft: Draft, binding: Binding): ReturnType<typeof ref> {
  return ref({ owner: draft, binding, maps: draft.within });
}

function builder(draft: Draft): FlowBuilder {
  return {
    step: (fn: StepFunction, inputs: object = {}, options: StepOptions = {}) => addStep(draft, fn, { inputs, options }),
    map: <T, R>(over: unknown, item: (item: T) => R, options: MapOptions = {}) =>
      addMap(draft, over, { item: item as (item: unknown) => unknown, options }),
    file: (path: string) => made(draft, { from: "file", path: filePath(path) }),
  } as unknown as FlowBuilder;
}

function filePath(path: string): string {
  if (typeof path !== "string" || path === "") {
    throw new TypeError(`f.file() got ${typeof path === "string" ? '""' : typeof path}; give it a path as text`);
  }
  return (isAbsolute(path) ? relative(workingFolder(), path) : path).split(sep).join("/").replace(/^\.\//, "");
}

function addStep(
  draft: Draft,
  fn: StepFunction,
  { inputs, options }: { readonly inputs: object; readonly options: StepOptions },
): ReturnType<typeof ref> {
  if (typeof fn !== "function") {
    throw new TypeError(`flow "${draft.name}": f.step() got ${fn === null ? "null" : typeof fn}; give it a function`);
  }
  const name = options.name ?? (fn.name === "" ? "step" : fn.name);
  const id = freeName(
    name,
    draft.steps.map((step) => step.id),
  );
  const place = `flow "${draft.name}", step ${id}`;
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs) || refFacts(inputs) !== null) {
    throw new TypeError(`${place}: inputs are a record by name: f.step(${name}, { data })`);
  }
  const bindings = Object.entries(inputs)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, bindingOf(value, draft, `${place}: input ${key}`)] as const);
  draft.steps.push({
    ...plainStep,
    id,
    name,
    inputs: Object.fromEntries(bindings),
    maps: draft.within,
    ...policyOf(options, place),
  });
  draft.functions.set(id, fn);
  return made(draft, { from: "step", step: id, path: [] });
}

function policyOf(options: StepOptions, place: string): Pick<StepPlan, "retry" | "timeoutMs" | "run" | "cache"> {
  const attempts = options.retry?.attempts ?? 1;
  if (!Number.isInteger(attempts) || attempts < 1 || attempts > 100) {
    throw new RangeError(`${place}: retry.attempts is ${attempts}; it takes 1 to 100 tries`);
  }
  const run = options.run ?? "auto";
  if (run !== "auto" && run !== "inline" && run !== "thread") {
    throw new RangeError(`${place}: run is ${JSON.stringify(run)}; it takes "auto", "inline" or "thread"`);
  }
  const waitMs = durationMs(options.retry?.wait ?? 0, `${place}: retry.wait`);
  const timeoutMs = options.timeout === undefined ? null : durationMs(options.timeout, `${place}: timeout`);
  return { retry: { attempts, waitMs, backoff: 1 }, timeoutMs, run, cache: options.cache ?? true };
}

function addMap(
  draft: Draft,
  over: unknown,
  { item, options }: { readonly item: (item: unknown) => unknown; readonly options: MapOptions },
): ReturnType<typeof ref> {
  const max = options.max ?? null;
  const list = bindingOf(over, draft, `flow "${draft.name}": the list of f.map()`);
  const id = freeName(
    mapName(list),
    draft.maps.map((map) => map.id),
  );
  if (max !== null && (!Number.isInteger(max) || max < 1)) {
    throw new RangeError(`flow "${draft.name}": max of the map over ${id} is ${max}; it takes a whole number from 1`);
  }
  if (list.from === "value" && !Array.isArray(list.value)) {
    throw new TypeError(`flow "${draft.name}": f.map() goes over a list, not over ${JSON.stringify(list.value)}`);
  }
  const outside = draft.within;
  draft.maps.push({ id, over: list, maps: outside, when: [], max });
  draft.within = [...outside, id];
  const each = bindingOf(
    item(made(draft, { from: "item", map: id, path: [] })),
    draft,
    `what the map over ${id} gives`,
  );
  draft.within = outside;
  return made(draft, collected(draft, id, each));
}

// A whole result of a step of this map is that step's list of results: the common case, and what exporters know.
function collected(draft: Draft, map: string, each: Binding): Binding {
  const step =
    each.from === "step" && each.path.length === 0 ? draft.steps.find(({ id }) => id === each.step) : undefined;
  return step?.maps.includes(map) ? each : { from: "map", map, each, path: [] };
}

function mapName(list: Binding): string {
  if (list.from === "param") return list.param;
  return list.from === "step" ? list.step : "items";
}

function freeName(name: string, taken: readonly string[]): string {
  const base = name.replace(/[^A-Za-z0-9_-]+/g, "_") || "step";
  let free = base;
  for (let n = 2; taken.includes(free); n++) free = `${base}-${n}`;
  return free;
}

function bindingOf(value: unknown, draft: Draft, place: string): Binding {
  const facts = refFacts(value);
  if (facts !== null) return checked(facts, draft, place);
  if (!holdsRef(value)) return { from: "value", value: jsonOf(value, place) };
  if (Array.isArray(value)) {
    return { from: "list", items: value.map((item, i) => bindingOf(item, draft, `${place}[${i}]`)) };
  }
  const fields = Object.entries(value as object).map(([key, part]) => [key, bindingOf(part, draft, `${place}.${key}`)]);
  return { from: "record", fields: Object.fromEntries(fields) };
}

function holdsRef(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (refFacts(value) !== null) return true;
  const prototype: unknown = Object.getPrototypeOf(value);
  const plain = Array.isArray(value) || prototype === null || Object.hasOwn(prototype as object, "isPrototypeOf");
  return plain && Object.values(value).some(holdsRef);
}

function checked(facts: RefFacts, draft: Draft, place: string): Binding {
  const name = bindingText(facts.binding);
  if (facts.owner !== draft) {
    throw new FlowDefinitionError(draft.name, [`${place} is ${name} of another flow. Make the step in this flow too.`]);
  }
  const left = facts.maps.find((map) => !draft.within.includes(map));
  if (left !== undefined) {
    throw new FlowDefinitionError(draft.name, [
      `${place} is ${name}, made inside the map over ${left} and used outside it. Return it from the map's callback and use the list that f.map() gives.`,
    ]);
  }
  return facts.binding;
}
