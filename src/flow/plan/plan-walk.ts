import type { Binding, Plan } from "./plan.ts";

/** The bindings that a binding is written with: items, fields, the ends of a range, what a map gives for each item. */
export function membersOf(binding: Binding): readonly Binding[] {
  switch (binding.from) {
    case "list":
      return binding.items;
    case "record":
      return Object.values(binding.fields);
    case "map":
      return [binding.each];
    case "range":
      return [binding.start, binding.end, binding.step];
    default:
      return [];
  }
}

/** The bindings that a binding is made of, itself left out: branches, rounds and lists taken apart once. */
export function partsOf(binding: Binding, plan: Plan): readonly Binding[] {
  switch (binding.from) {
    case "item":
      return plan.maps.filter(({ id }) => id === binding.map).map(({ over }) => over);
    case "when": {
      const when = plan.whens.find(({ id }) => id === binding.when);
      if (when === undefined) return [];
      return [when.on, ...Object.values(when.branches), ...(when.otherwise === null ? [] : [when.otherwise])];
    }
    case "state":
    case "loop": {
      const loop = plan.loops.find(({ id }) => id === binding.loop);
      return loop === undefined ? [] : [loop.initial, loop.next];
    }
    default:
      return membersOf(binding);
  }
}

/** What a value comes from in the end: params, files, steps, plain values. */
export function leavesOf(binding: Binding, plan: Plan): readonly Binding[] {
  const leaves: Binding[] = [];
  const seen = new Set<Binding>();
  const visit = (one: Binding): void => {
    // The state of a loop is made of itself.
    if (seen.has(one)) return;
    seen.add(one);
    const parts = partsOf(one, plan);
    if (parts.length === 0) leaves.push(one);
    for (const part of parts) visit(part);
  };
  visit(binding);
  return leaves;
}

/** The steps whose results a value is made of. */
export function stepsOf(binding: Binding, plan: Plan): readonly string[] {
  return leavesOf(binding, plan).flatMap((leaf) => (leaf.from === "step" ? [leaf.step] : []));
}
