import { isAbsolute, relative, sep } from "node:path";
import type { StepFunction, StepOptions } from "../builder.ts";
import { type Binding, bindingText, type CommandPlan, type Ref, refFacts, workingFolder } from "../plan/index.ts";
import { bindingOf, type Draft, freeName, made, problem } from "./draft.ts";
import { policyOf, seedOf, textOf } from "./policy.ts";
import { isFlow } from "./use.ts";

/** A step that is ready to be one of the plan's. */
interface NewStep {
  readonly id: string;
  readonly name: string;
  readonly inputs: Readonly<Record<string, Binding>>;
  readonly options: StepOptions;
  readonly command: CommandPlan | null;
}

/** `f.step()` */
export function addStep(draft: Draft, fn: StepFunction, given: { inputs: object; options: StepOptions }): Ref<never> {
  const { inputs, options } = given;
  refuseNoStep(fn, draft);
  const name =
    textOf(options.name, `flow "${draft.name}", a step: name`) ?? (fn.name.replace(/^(bound )+/, "") || "step");
  const id = freeName(name, draft.stepNames, draft);
  const place = `flow "${draft.name}", step ${id}`;
  if (typeof inputs !== "object" || inputs === null || Array.isArray(inputs) || refFacts(inputs) !== null) {
    const facts = refFacts(inputs);
    const got = facts !== null ? `, and not ${bindingText(facts.binding)} itself` : "";
    throw new TypeError(`${place}: inputs are a record by name: f.step(${name}, { data })${got}`);
  }
  const bindings = Object.entries(inputs)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => [key, bindingOf(value, draft, `${place}: input ${key}`)] as const);
  draft.functions.set(id, fn);
  return pushStep(draft, { id, name, inputs: Object.fromEntries(bindings), options, command: null });
}

/** @throws {TypeError} it is no function that a step can call */
function refuseNoStep(fn: unknown, draft: Draft): void {
  const got = `flow "${draft.name}": f.step() got `;
  if (typeof fn === "string")
    throw new TypeError(`${got}${JSON.stringify(fn)} first; write f.step(fn, inputs, { name: ${JSON.stringify(fn)} })`);
  if (typeof fn === "object" && fn !== null && isFlow(fn))
    throw new TypeError(`${got}a flow; write f.use(flow, { param: ref })`);
  if (typeof fn !== "function") {
    const what = fn === null ? "null" : Array.isArray(fn) ? "a list" : typeof fn;
    throw new TypeError(`${got}${what}; give it the function itself, f.step(fn, { x }), and not what fn({ x }) gives`);
  }
  const { name } = fn;
  if (/^class\b/.test(Function.prototype.toString.call(fn))) {
    throw new TypeError(
      `${got}the class ${name}; give it a function: f.step(({ x }) => new ${name || "Model"}(x), { x })`,
    );
  }
  const kind = /^\[object (Async)?GeneratorFunction\]$/.exec(Object.prototype.toString.call(fn));
  if (kind === null) return;
  const all =
    kind[1] === undefined
      ? `(inputs) => [...${name || "items"}(inputs)]`
      : `(inputs) => Array.fromAsync(${name || "items"}(inputs))`;
  throw new TypeError(
    `${got}${name || "a function"}, a generator, which gives its values one by one; give it a function of the list: ${all}`,
  );
}

/** Puts a step into the plan, where the draft stands now. */
export function pushStep(draft: Draft, { id, name, inputs, options, command }: NewStep): Ref<never> {
  const policy = policyOf(options, `flow "${draft.name}", step ${id}`);
  const seed = policy.seed ?? (draft.seed === null ? null : seedOf(draft.seed, id));
  draft.steps.push({ id, name, inputs, ...draft.within, command, ...policy, seed });
  return made(draft, { from: "step", step: id, path: [] });
}

/** `f.file()` */
export function fileBinding(path: unknown, what = "f.file()"): Binding {
  if (typeof path !== "string" || path === "") {
    throw new TypeError(`${what} got ${typeof path === "string" ? '""' : typeof path}; give it a path as text`);
  }
  const shown = (isAbsolute(path) ? relative(workingFolder(), path) : path).split(sep).join("/").replace(/^\.\//, "");
  return { from: "file", path: shown };
}

/** `f.range()` */
export function rangeBinding(draft: Draft, given: readonly unknown[]): Binding {
  const [first, second, third] = given;
  const [start, end] = given.length < 2 ? [0, first] : [first, second];
  const number = (value: unknown, what: string): Binding => {
    const binding = bindingOf(value, draft, `flow "${draft.name}": ${what} of f.range()`);
    if (binding.from !== "value" || Number.isInteger(binding.value)) return binding;
    throw new RangeError(
      `flow "${draft.name}": ${what} of f.range() is ${JSON.stringify(binding.value)}; it takes whole numbers`,
    );
  };
  const step = number(third ?? 1, "the step");
  if (step.from === "value" && step.value === 0)
    throw new RangeError(`flow "${draft.name}": the step of f.range() is 0; it takes any other whole number`);
  return { from: "range", start: number(start, "the start"), end: number(end, "the end"), step };
}

/** `f.note()` */
export function addNote(draft: Draft, text: unknown, at: unknown): void {
  if (typeof text !== "string" || text.trim() === "") {
    throw new TypeError(`flow "${draft.name}": f.note() got ${JSON.stringify(text)}; give it a text`);
  }
  const binding = at === undefined ? null : (refFacts(at)?.binding ?? null);
  if (at !== undefined && binding?.from !== "step") {
    throw problem(draft, `f.note() stands at a step: give it what f.step() gave, or nothing`);
  }
  draft.notes.push({ text, step: binding?.from === "step" ? binding.step : null });
}
