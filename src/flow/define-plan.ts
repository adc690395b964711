import type { Json } from "../track/index.ts";
import type {
  ExecParts,
  FlowBody,
  FlowBuilder,
  LoopOptions,
  MapOptions,
  StepFunction,
  StepOptions,
  WhenOptions,
} from "./builder.ts";
import {
  addExec,
  addLoop,
  addMap,
  addNote,
  addStep,
  addUse,
  addWhen,
  bindingOf,
  bodyOnly,
  type Draft,
  dataBinding,
  emptyDraft,
  fileBinding,
  made,
  paramRefs,
  rangeBinding,
  refuseLate,
  refuseUnknown,
  scheduleOf,
  textOf,
  wholeNumber,
} from "./define/index.ts";
import { jsonOf } from "./encoding/index.ts";
import { FlowDefinitionError } from "./flow-error.ts";
import type { Binding, Plan } from "./plan/index.ts";
import { refMisuses } from "./ref-checks/index.ts";
import type { PartBytes } from "./values/index.ts";

/** A flow's record, and the functions of its steps by step id. */
export interface PlannedFlow {
  readonly plan: Plan;
  readonly functions: ReadonlyMap<string, StepFunction>;
  /** The tables and long arrays that the plan's values point to. */
  readonly given: PartBytes;
}

/** What a flow says of itself besides its steps. */
export interface PlanOptions {
  readonly tags?: Readonly<Record<string, string | number | boolean>>;
  /** "hourly", "daily", "weekly", or five fields of cron. */
  readonly schedule?: string;
  readonly project?: string;
  /** Of `ctx.random` in all steps that have none of their own. */
  readonly seed?: number;
}

/** What `definePlan` reads: a flow's name, its params with their defaults, its body. */
export interface FlowHead<P> extends PlanOptions {
  readonly name: string;
  readonly params: P;
}

/**
 * What a flow is, without running a step: its body runs once with refs.
 *
 * @param first the name, or all that the flow says of itself
 * @param second names and defaults of the params, plain JSON
 * @throws {FlowDefinitionError} the body uses a ref as if it were its value, or leaves its own shape
 */
export function definePlan<P extends object, R>(
  first: string | FlowHead<P>,
  second: P | FlowBody<P, R>,
  third?: FlowBody<P, R>,
): PlannedFlow {
  const params = typeof second === "function" ? ({} as P) : second;
  const head = typeof first === "object" && first !== null ? first : { name: first, params };
  return planned(head, (third ?? second) as FlowBody<P, R>);
}

function planned<P extends object, R>(head: FlowHead<P>, body: FlowBody<P, R>): PlannedFlow {
  const { name } = head;
  if (typeof name !== "string" || name.trim() === "") {
    throw new TypeError(`The name of a flow is ${JSON.stringify(name)}; give it one that a reader knows it by`);
  }
  if (typeof body !== "function")
    throw new TypeError(`flow "${name}" has no body; write flow(name, params, (f, p) => …)`);
  refuseUnknown(head, `flow "${name}"`, ["name", "params", "tags", "schedule", "project", "seed"]);
  if (head.tags !== undefined && (typeof head.tags !== "object" || head.tags === null || Array.isArray(head.tags))) {
    throw new TypeError(`flow "${name}": tags is ${JSON.stringify(head.tags)}; it takes a record: { team: "north" }`);
  }
  textOf(head.project, `flow "${name}": project`);
  const params = jsonOf(head.params ?? {}, `flow "${name}": params`) as Readonly<Record<string, Json>>;
  const misuses = refMisuses(body);
  if (misuses.length > 0) throw new FlowDefinitionError(name, misuses);
  const seed = head.seed === undefined ? null : wholeNumber(head.seed, `flow "${name}": seed`);
  const draft = emptyDraft(name, seed);
  const refs = Object.keys(params).map((param): [string, Binding] => [param, { from: "param", param, path: [] }]);
  const given = body(builder(draft), paramRefs<P>(draft, Object.fromEntries(refs)));
  if (given instanceof Promise) {
    throw new FlowDefinitionError(name, [
      "its body is async. Write (f, p) => …: what has to be awaited belongs in a step",
    ]);
  }
  const output = bindingOf(given === undefined ? null : given, draft, "the flow's output");
  draft.hasEnded = true;
  if (draft.steps.length === 0) throw new FlowDefinitionError(name, ["it has no step; write f.step(fn, inputs)"]);
  return { plan: planOf(draft, { head, params, output }), functions: draft.functions, given: draft.given.bytes };
}

interface Rest {
  readonly head: PlanOptions;
  readonly params: Readonly<Record<string, Json>>;
  readonly output: Binding;
}

function planOf({ name, steps, maps, loops, whens, notes }: Draft, { head, params, output }: Rest): Plan {
  const schedule = head.schedule === undefined ? null : scheduleOf(head.schedule, name);
  const plain =
    loops.length === 0 &&
    whens.length === 0 &&
    steps.every(({ command }) => command === null) &&
    maps.every(({ over }) => over.from !== "range");
  const lists = { steps, maps, loops, whens, notes };
  const about = { schedule, tags: head.tags ?? {}, project: head.project ?? null };
  return { format: plain ? 1 : 2, name, params, ...lists, ...about, output };
}

function builder(draft: Draft): FlowBuilder {
  const calls = {
    step: (fn: StepFunction, inputs: object = {}, options: StepOptions = {}) => addStep(draft, fn, { inputs, options }),
    map: (over: unknown, item: (item: unknown) => unknown, options: MapOptions = {}) =>
      addMap(draft, over, { item, options }),
    range: (...given: readonly unknown[]) => made(draft, rangeBinding(draft, given)),
    when: (on: unknown, branches: Readonly<Record<string, unknown>>, options: Partial<WhenOptions<unknown>> = {}) =>
      addWhen(draft, on, { branches, options }),
    loop: (initial: unknown, round: (state: unknown, index: unknown) => unknown, options: LoopOptions) =>
      addLoop(draft, initial, { round, options }),
    use: (flow: unknown, params: object = {}, options: { readonly name?: string } = {}) =>
      addUse(draft, flow, { params, options, builder: f as unknown as FlowBuilder }),
    exec: (command: string, parts: ExecParts<Readonly<Record<string, string>>> = {}, options: StepOptions = {}) =>
      addExec(draft, command, { parts, options }),
    file: (path: string) => made(draft, fileBinding(path)),
    data: (name: string) => made(draft, dataBinding(draft, name)),
    note: (text: string, at?: unknown) => addNote(draft, text, at),
  };
  const f: object = bodyOnly(Object.fromEntries(Object.entries(calls).map(whileOpen(draft))), "builder");
  return f as unknown as FlowBuilder;
}

type Call = readonly [name: string, call: (...given: never[]) => unknown];

/** The same call, refused once the body has run. */
function whileOpen(draft: Draft): (call: Call) => Call {
  return ([name, call]) => [
    name,
    (...given) => {
      refuseLate(draft);
      return call(...given);
    },
  ];
}
