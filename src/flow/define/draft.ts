import type { Json } from "../../track/index.ts";
import type { StepFunction } from "../builder.ts";
import { encode } from "../encoding/index.ts";
import { FlowDefinitionError } from "../flow-error.ts";
import {
  type Binding,
  type BranchPlan,
  bindingText,
  type LoopPlan,
  type MapPlan,
  type NotePlan,
  type RefFacts,
  ref,
  refFacts,
  type StepPlan,
  type WhenPlan,
  workingFolder,
} from "../plan/index.ts";
import { GivenParts } from "../values/index.ts";

/** Where in a body something is made. */
export interface Within {
  /** Maps and loops whose callbacks run now, outermost first. */
  readonly maps: readonly string[];
  /** Branches whose callbacks run now, outermost first. */
  readonly when: readonly BranchPlan[];
  /** The sub-flow whose body runs now. */
  readonly group: string | null;
}

/** A plan while its body runs. */
export interface Draft {
  readonly name: string;
  /** Of the whole flow; steps without a seed of their own have one made of it. */
  readonly seed: number | null;
  readonly steps: StepPlan[];
  readonly maps: MapPlan[];
  readonly loops: LoopPlan[];
  readonly whens: WhenPlan[];
  readonly notes: NotePlan[];
  readonly functions: Map<string, StepFunction>;
  readonly stepNames: Names;
  readonly scopeNames: Names;
  /** What lies beside the texts of values that the body gives its steps. */
  readonly given: GivenParts;
  within: Within;
  /** Whether the body has run: then the graph is known, and stays as it is. */
  hasEnded: boolean;
}

/** Names that are taken, with the number to try next. */
export type Names = Map<string, number>;

type AnyRef = ReturnType<typeof ref>;

export function emptyDraft(name: string, seed: number | null): Draft {
  const lists = { steps: [], maps: [], loops: [], whens: [], notes: [] };
  const names = { stepNames: new Map<string, number>(), scopeNames: new Map<string, number>() };
  const given = new GivenParts(workingFolder());
  const within = { maps: [], when: [], group: null };
  return { name, seed, ...lists, functions: new Map(), ...names, given, within, hasEnded: false };
}

/** A ref to a binding that is made here. */
export function made(draft: Draft, binding: Binding): AnyRef {
  const { maps, when } = draft.within;
  return ref({ owner: draft, binding, maps, when });
}

/** What `work` gives while the draft stands elsewhere. */
export function inside<T>(draft: Draft, within: Partial<Within>, work: () => T): T {
  const outside = draft.within;
  draft.within = { ...outside, ...within };
  try {
    return work();
  } finally {
    draft.within = outside;
  }
}

/** An id that nothing has yet: `fit`, `fit-2`; that of a sub-flow's part begins with the sub-flow's. */
export function freeName(name: string, taken: Names, { within }: Draft): string {
  // One form of "ö": ids are names of files and of stages.
  const own = name.normalize("NFC").replace(/[^\p{L}\p{M}\p{N}_-]+/gu, "_") || "step";
  const base = within.group === null ? own : `${within.group.replaceAll("/", "-")}-${own}`;
  let n = taken.get(base) ?? 1;
  let free = n === 1 ? base : `${base}-${n}`;
  while (taken.has(free) && n > 0) free = `${base}-${++n}`;
  taken.set(base, n + 1);
  if (free !== base) taken.set(free, 2);
  return free;
}

/**
 * What a value with refs in it stands for.
 *
 * @param place of the value, for messages
 * @throws {FlowDefinitionError} a ref is used where it has no value
 */
export function bindingOf(value: unknown, draft: Draft, place: string): Binding {
  const facts = refFacts(value);
  if (facts !== null) return checked(facts, draft, place);
  refuseHidden(value, draft, place);
  if (!holdsRef(value)) return fixed(value, draft, place);
  if (Array.isArray(value)) {
    return { from: "list", items: value.map((item, i) => bindingOf(item, draft, `${place}[${i}]`)) };
  }
  const fields = Object.entries(value as object).map(([key, part]) => [key, bindingOf(part, draft, `${place}.${key}`)]);
  return { from: "record", fields: Object.fromEntries(fields) };
}

// The value is that of now: what is changed later is not the step's input.
function fixed(value: unknown, draft: Draft, place: string): Binding {
  const text = encode(value, place, draft.given);
  // So the codec marks what JSON cannot say; in the JSON of a string the quotes are escaped.
  return { from: text.includes('{"~":[') ? "given" : "value", value: JSON.parse(text) as Json };
}

// The codec's way out is that of a step's result.
function refuseHidden(value: unknown, draft: Draft, place: string): void {
  if (typeof value === "function") {
    throw problem(draft, `${place} is a function. Let the step's code use it by its name: it is taken along`);
  }
  if (value instanceof Promise) throw problem(draft, `${place} is a promise. Await it before flow(), or in a step`);
  const parts = value instanceof Map ? [...value.entries()].flat() : value instanceof Set ? [...value] : [];
  const inside = parts.map(refFacts).find((facts) => facts !== null);
  if (inside === undefined || inside === null) return;
  const kind = value instanceof Map ? "Map" : "Set";
  const way = `Give a record or a list of refs, and make the ${kind} inside the step`;
  throw problem(draft, `${place} is a ${kind} with ${bindingText(inside.binding)} in it. ${way}`);
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
    throw problem(
      draft,
      `${place} is ${name} of another flow. Make the step in this flow too, or use f.use(thatFlow).`,
    );
  }
  const { maps, when } = draft.within;
  const left = facts.maps.find((id) => !maps.includes(id));
  if (left !== undefined) throw problem(draft, `${place} is ${name}, ${leftScope(draft, left)}`);
  const branch = facts.when.find((one) => !when.some((each) => each.when === one.when && each.is === one.is));
  if (branch !== undefined) {
    throw problem(
      draft,
      `${place} is ${name}, made in the branch "${branch.is}" of ${branch.when} and used outside it. Return it from the branch and use what f.when() gives.`,
    );
  }
  return facts.binding;
}

function leftScope(draft: Draft, id: string): string {
  return draft.loops.some((loop) => loop.id === id) || !draft.maps.some((map) => map.id === id)
    ? `made inside a round of ${id} and used outside it. Return it as next: f.loop() gives the last one.`
    : `made inside the map over ${id} and used outside it. Return it from the map's callback and use the list that f.map() gives.`;
}

export function problem(draft: Draft, what: string): FlowDefinitionError {
  // Places are told with the flow's name, as the error tells it.
  const place = `flow "${draft.name}"`;
  return new FlowDefinitionError(draft.name, [what.startsWith(place) ? what.slice(place.length + 2) : what]);
}

/** @throws {FlowDefinitionError} what wires steps is called when the body has run */
export function refuseLate(draft: Draft): void {
  if (!draft.hasEnded) return;
  const what = "its body has ended, and the graph is known";
  throw problem(draft, `${what}. Write all steps in the body itself, not in what is awaited or called later`);
}
