import type { Binding, Plan, StepPlan } from "./plan.ts";
import { partsOf } from "./plan-walk.ts";

/** What something needs directly: the steps that give its values, and the maps, loops and choices that these go through. */
export interface Needs {
  readonly steps: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
}

/** What values are made of, with all that decides how often and whether they are there. */
export function needsOf(bindings: readonly Binding[], plan: Plan): Needs {
  const steps = new Set<string>();
  const scopes = new Set<string>();
  const seen = new Set<Binding>();
  const enter = (id: string): void => {
    if (scopes.has(id)) return;
    scopes.add(id);
    for (const one of scopeBindings(id, plan)) visit(one);
  };
  const visit = (binding: Binding): void => {
    if (seen.has(binding)) return;
    seen.add(binding);
    if (binding.from === "step") steps.add(binding.step);
    if (binding.from === "item" || binding.from === "map") enter(binding.map);
    if (binding.from === "when") enter(binding.when);
    if (binding.from === "state" || binding.from === "loop" || binding.from === "round") enter(binding.loop);
    for (const part of partsOf(binding, plan)) visit(part);
  };
  for (const binding of bindings) visit(binding);
  return { steps, scopes };
}

/** What a step needs directly. */
export function needsOfStep(step: StepPlan, plan: Plan): Needs {
  const ids = [...step.maps, ...step.when.map(({ when }) => when)];
  const own = needsOf([...Object.values(step.inputs), ...ids.flatMap((id) => scopeBindings(id, plan))], plan);
  return { steps: own.steps, scopes: new Set([...own.scopes, ...ids]) };
}

/** Steps and all that use what they give, directly or through others. */
export function stepsBelow(plan: Plan, from: Iterable<string>): ReadonlySet<string> {
  const below = new Set(from);
  const needs = plan.steps.map((step) => ({ id: step.id, needed: [...needsOfStep(step, plan).steps] }));
  // Steps stand behind those that they need, but in loops: until nothing is added.
  for (let before = -1; before < below.size; ) {
    before = below.size;
    for (const { id, needed } of needs) if (needed.some((one) => below.has(one))) below.add(id);
  }
  return below;
}

/** Steps and all that they need, directly or through others; and the maps, loops and choices on the way. */
export function stepsAbove(plan: Plan, to: Iterable<string>): Needs {
  const byId = new Map(plan.steps.map((step) => [step.id, step]));
  const steps = new Set<string>();
  const scopes = new Set<string>();
  const waiting = [...to];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const step = byId.get(id);
    if (step === undefined || steps.has(id)) continue;
    steps.add(id);
    const needs = needsOfStep(step, plan);
    for (const scope of needs.scopes) scopes.add(scope);
    waiting.push(...needs.steps);
  }
  return { steps, scopes };
}

function scopeBindings(id: string, plan: Plan): readonly Binding[] {
  const maps = plan.maps.filter((map) => map.id === id).map(({ over }) => over);
  const loops = plan.loops.filter((loop) => loop.id === id);
  const rounds = loops.flatMap(({ initial, next, until, max }) => [
    initial,
    next,
    max,
    ...(until === null ? [] : [until]),
  ]);
  const whens = plan.whens.filter((when) => when.id === id).map(({ on }) => on);
  return [...maps, ...rounds, ...whens];
}
