import {
  type Binding,
  type LoopPlan,
  type MapPlan,
  membersOf,
  type Plan,
  type StepPlan,
  type WhenPlan,
} from "../../../flow/index.ts";

/** What stands in a flow, or in a map, loop or branch of it. */
export type Block =
  | { readonly kind: "step"; readonly of: StepPlan }
  | { readonly kind: "map"; readonly of: MapPlan; readonly inner: readonly Block[] }
  | { readonly kind: "loop"; readonly of: LoopPlan; readonly inner: readonly Block[] }
  | { readonly kind: "when"; readonly of: WhenPlan; readonly inner: ReadonlyMap<string, readonly Block[]> };

/** A step, or a map, loop or branch with all that stands in it. */
export type Part =
  | { readonly kind: "step"; readonly of: StepPlan }
  | { readonly kind: "map"; readonly of: MapPlan }
  | { readonly kind: "loop"; readonly of: LoopPlan }
  | { readonly kind: "when"; readonly of: WhenPlan };

/** All parts of a plan, steps first. */
export function partsOf({ steps, maps, loops, whens }: Plan): readonly Part[] {
  return [
    ...steps.map((of): Part => ({ kind: "step", of })),
    ...maps.map((of): Part => ({ kind: "map", of })),
    ...loops.map((of): Part => ({ kind: "loop", of })),
    ...whens.map((of): Part => ({ kind: "when", of })),
  ];
}

/** One thing that a part stands in: a map or loop, or a branch of a choice. */
export interface Around {
  /** Of the map, loop or choice. */
  readonly id: string;
  /** The branch; null for a map or loop. */
  readonly is: string | null;
}

/** What a part stands in, outermost first. */
export function around({ of }: Part, { whens }: Plan): readonly Around[] {
  // A choice that is in so many maps itself stands outside of the map that follows them.
  const branchesAt = (depth: number): readonly Around[] =>
    of.when
      .filter(({ when }) => whens.find(({ id }) => id === when)?.maps.length === depth)
      .map(({ when, is }) => ({ id: when, is }));
  return [...of.maps.flatMap((id, depth) => [...branchesAt(depth), { id, is: null }]), ...branchesAt(of.maps.length)];
}

/**
 * Parts as blocks in each other, each behind those that it needs.
 *
 * @param outside what all of the parts stand in
 */
export function blocksOf(parts: readonly Part[], plan: Plan, outside: readonly Around[]): readonly Block[] {
  const places = new Map(parts.map((part) => [part, keyOf(around(part, plan))]));
  const level = (key: string): readonly Block[] =>
    inOrder(
      parts.filter((part) => places.get(part) === key).map((part) => block(part, key, level)),
      plan,
    );
  return level(keyOf(outside));
}

function block(part: Part, key: string, level: (key: string) => readonly Block[]): Block {
  const inside = (is: string | null): readonly Block[] => level(`${key}${stepIn({ id: part.of.id, is })}`);
  if (part.kind === "step") return part;
  if (part.kind === "when") {
    const names = [...Object.keys(part.of.branches), ...(part.of.otherwise === null ? [] : ["otherwise"])];
    return { ...part, inner: new Map(names.map((name) => [name, inside(name)])) };
  }
  return { ...part, inner: inside(null) } as Block;
}

function keyOf(places: readonly Around[]): string {
  return places.map(stepIn).join("");
}

function stepIn(place: Around): string {
  return `${JSON.stringify(place)}\n`;
}

/** Blocks in an order in which each stands behind those that it needs; else in the order that they have. */
function inOrder(blocks: readonly Block[], plan: Plan): readonly Block[] {
  const facts = blocks.map((one) => {
    const parts = within(one);
    return { one, made: new Set(parts.map(nameOf)), needed: parts.flatMap((part) => needs(part, plan)) };
  });
  return sorted(facts).map(({ one }) => one);
}

/** What can be put in order: what it makes, and what it needs of others. */
export interface Ordered {
  readonly made: ReadonlySet<string>;
  readonly needed: readonly string[];
}

/** Things in an order in which each stands behind those that it needs. @throws {Error} they need each other */
export function sorted<T extends Ordered>(things: readonly T[]): readonly T[] {
  const rest = [...things];
  const ready: T[] = [];
  while (rest.length > 0) {
    const at = rest.findIndex((thing) => !rest.some((other) => other !== thing && isBehind(thing, other)));
    const [next] = rest.splice(at, 1);
    if (at === -1 || next === undefined) throw new Error("steps of the plan need each other");
    ready.push(next);
  }
  return ready;
}

function isBehind({ needed }: Ordered, { made }: Ordered): boolean {
  return needed.some((name) => made.has(name));
}

/** A block and all that stands in it. */
export function within(one: Block): readonly Part[] {
  if (one.kind === "step") return [one];
  const inner = one.kind === "when" ? [...one.inner.values()].flat() : one.inner;
  return [{ kind: one.kind, of: one.of } as Part, ...inner.flatMap(within)];
}

/** Whether anything runs in a block: a map may only put other results together. */
export function runs(one: Block): boolean {
  return within(one).some(({ kind }) => kind !== "map");
}

/** A name for a part: steps and choices may have the same id. */
export function nameOf({ kind, of }: Part): string {
  return `${kind} ${of.id}`;
}

/** The names of the parts that a part needs. */
export function needs(part: Part, plan: Plan): readonly string[] {
  return bindingsOf(part).flatMap((binding) => named(binding, plan));
}

/** All that a part reads. */
export function bindingsOf({ kind, of }: Part): readonly Binding[] {
  switch (kind) {
    case "step":
      return Object.values(of.inputs);
    case "map":
      return [of.over];
    case "loop":
      return [of.initial, of.next, of.max, ...(of.until === null ? [] : [of.until])];
    default:
      return [of.on, ...Object.values(of.branches), ...(of.otherwise === null ? [] : [of.otherwise])];
  }
}

function named(binding: Binding, plan: Plan): readonly string[] {
  const all = (bindings: readonly Binding[]): readonly string[] => bindings.flatMap((one) => named(one, plan));
  switch (binding.from) {
    case "step":
      return [`step ${binding.step}`];
    case "when":
      return [`when ${binding.when}`];
    case "loop":
      return [`loop ${binding.loop}`];
    case "map": {
      const map = plan.maps.find(({ id }) => id === binding.map);
      return [`map ${binding.map}`, ...all([binding.each, ...(map === undefined ? [] : [map.over])])];
    }
    default:
      return all(membersOf(binding));
  }
}
