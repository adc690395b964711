import type { Json } from "../../track/index.ts";
import type { FlowBody, FlowBuilder } from "../builder.ts";
import { didYouMean } from "../near-name.ts";
import type { Binding, Ref } from "../plan/index.ts";
import { bindingOf, type Draft, freeName, inside, made } from "./draft.ts";
import { paramRefs } from "./params.ts";
import { refuseUnknown } from "./unknown.ts";

/** What a flow was defined with. */
export interface Definition {
  readonly name: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly body: FlowBody<never, unknown>;
}

const definitions = new WeakMap<object, Definition>();

/** Notes what a flow was defined with, so that another flow can use it. */
export function noteDefinition(flow: object, definition: Definition): void {
  definitions.set(flow, definition);
}

const used = new WeakSet<object>();

/** Whether another flow of this process uses a flow: it is a part of that. */
export function isUsed(flow: object): boolean {
  return used.has(flow);
}

/** Whether a value is a flow that was defined. */
export function isFlow(value: object): boolean {
  return definitions.has(value);
}

interface Use {
  readonly params: object;
  readonly options: { readonly name?: string };
  /** What the body wires with. */
  readonly builder: FlowBuilder;
}

/** `f.use()`: the other flow's body runs here, its steps are steps of this plan. */
export function addUse(draft: Draft, flow: unknown, { params, options, builder }: Use): Ref<never> {
  const definition = typeof flow === "object" && flow !== null ? definitions.get(flow) : undefined;
  if (definition === undefined) {
    const got = flow === null ? "null" : typeof flow;
    throw new TypeError(
      `flow "${draft.name}": f.use() got ${got}; give it a flow, f.use(fit), or call a function with f`,
    );
  }
  if (typeof flow === "object" && flow !== null) used.add(flow);
  const place = `flow "${draft.name}", use of ${definition.name}`;
  refuseUnknown(options, `flow "${draft.name}": f.use()`, ["name"]);
  const unknown = Object.keys(params).find((name) => !Object.hasOwn(definition.params, name));
  if (unknown !== undefined) {
    const names = Object.keys(definition.params).join(", ") || "none";
    throw new TypeError(
      `${place}: it has no param "${unknown}" (params: ${names})${didYouMean(unknown, Object.keys(definition.params))}`,
    );
  }
  const given = Object.entries(params).filter(([, value]) => value !== undefined);
  const bound = given.map(([name, value]) => [name, bindingOf(value, draft, `${place}: param ${name}`)] as const);
  const defaults = Object.entries(definition.params).map(([name, value]): [string, Binding] => [
    name,
    { from: "value", value },
  ]);
  const bindings = Object.fromEntries([...defaults, ...bound]);
  const own = freeName(options.name ?? definition.name, draft.stepNames, draft);
  const { group } = draft.within;
  const path = group === null ? own : `${group}/${own.slice(group.replaceAll("/", "-").length + 1)}`;
  const output = inside(draft, { group: path }, () =>
    bindingOf(definition.body(builder, paramRefs<never>(draft, bindings)), draft, `${place}: its output`),
  );
  return made(draft, output);
}
