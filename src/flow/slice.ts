import { refuseUnknown } from "./define/index.ts";
import { FlowError } from "./flow-error.ts";
import { didYouMean } from "./near-name.ts";
import { needsOf, type Plan, type StepPlan, stepsAbove, stepsBelow, stepsNamed } from "./plan/index.ts";
import type { FlowStatus } from "./status/index.ts";

/** Which steps of a flow run: by id or name, or by the name of a sub-flow. What all three say has to hold. */
export interface SliceOptions {
  /** These and all that use what they give. */
  readonly from?: readonly string[];
  /** These and all that they need. */
  readonly to?: readonly string[];
  /** Only steps that have one of these tags. */
  readonly tags?: readonly string[];
}

/** A part of a plan that runs by itself. */
export interface Slice {
  readonly plan: Plan;
  /** Steps whose kept results it uses: they do not run. */
  readonly outside: ReadonlySet<string>;
  /** Whether it makes the flow's output. */
  readonly whole: boolean;
}

/** A step that a slice leaves out has no kept result. */
export class SliceError extends FlowError {
  constructor(flow: string, { step, reason }: { readonly step: string; readonly reason: string }) {
    const message = `flow "${flow}": ${step} is left out by from, to or tags, and what it gives is needed and not kept (${reason}). Take it in, or run the whole flow first.`;
    super({ flow, step, item: null }, message);
  }
}

/** The part of a plan that is asked for; null: all of it. @throws {RangeError} no such step or tag, or nothing is left @throws {TypeError} no such option */
export function sliceOf(plan: Plan, options: SliceOptions): Slice | null {
  const { from, to, tags } = options;
  refuseUnknown(options, "run()", ["from", "to", "tags", "systemMetrics"]);
  for (const [name, list] of Object.entries({ from, to, tags }))
    if (list !== undefined && !Array.isArray(list))
      throw new TypeError(`run() got ${name} ${JSON.stringify(list)}; it takes a list: { ${name}: ["fit"] }`);
  if (from === undefined && to === undefined && tags === undefined) return null;
  const below = from === undefined ? null : stepsBelow(plan, named(plan, from, "from"));
  const above = to === undefined ? null : stepsAbove(plan, named(plan, to, "to")).steps;
  const tagged = tags === undefined ? null : taggedSteps(plan, tags);
  const chosen = plan.steps.filter(({ id }) => [below, above, tagged].every((set) => set === null || set.has(id)));
  if (chosen.length === 0)
    throw new RangeError(`flow "${plan.name}": no step is left by ${JSON.stringify({ from, to, tags })}`);
  const inside = new Set(withLoops(plan, chosen));
  const { steps, scopes } = stepsAbove(plan, inside);
  const output = needsOf([plan.output], plan);
  const whole = [...output.steps].every((id) => steps.has(id));
  const kept = whole ? new Set([...scopes, ...output.scopes]) : scopes;
  const outside = new Set([...steps].filter((id) => !inside.has(id)));
  return { plan: partOf(plan, { steps, scopes: kept, whole }), outside, whole };
}

/** Steps that a part leaves out though it needs what they give, and that is not kept: it would not run. */
export function missingNotes({ steps }: Pick<FlowStatus, "steps">, part: Slice | null): readonly string[] {
  const missing = steps.filter(
    ({ step, state }) => part?.outside.has(step) && state !== "cached" && state !== "skipped",
  );
  return missing.map(
    ({ step }) => `${step} is left out by from, to or tags, and what it gives is needed and not kept: take it in, too.`,
  );
}

// A round needs all of its steps.
function withLoops(plan: Plan, chosen: readonly StepPlan[]): readonly string[] {
  const loops = new Set(plan.loops.map(({ id }) => id).filter((id) => chosen.some(({ maps }) => maps.includes(id))));
  const together = plan.steps.filter(({ maps }) => maps.some((id) => loops.has(id)));
  return [...chosen, ...together].map(({ id }) => id);
}

function named(plan: Plan, names: readonly string[], option: string): readonly string[] {
  return names.flatMap((name) => {
    const found = stepsNamed(plan, name);
    if (found.length > 0) return found;
    const known = plan.steps.map(({ id }) => id);
    const about = `flow "${plan.name}" has no step ${JSON.stringify(name)} (${option}).${didYouMean(name, known)}`;
    throw new RangeError(`${about} It has ${known.join(", ")}.`);
  });
}

function taggedSteps(plan: Plan, tags: readonly string[]): ReadonlySet<string> {
  const all = new Set(plan.steps.flatMap((step) => step.tags));
  const unknown = tags.find((tag) => !all.has(tag));
  if (unknown !== undefined) {
    const known = [...all].join(", ") || "none";
    throw new RangeError(`flow "${plan.name}": no step has the tag ${JSON.stringify(unknown)} (tags: ${known})`);
  }
  return new Set(plan.steps.filter((step) => step.tags.some((tag) => tags.includes(tag))).map(({ id }) => id));
}

interface Kept {
  readonly steps: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
  readonly whole: boolean;
}

function partOf(plan: Plan, { steps, scopes, whole }: Kept): Plan {
  const among = ({ id }: { readonly id: string }): boolean => scopes.has(id);
  return {
    ...plan,
    steps: plan.steps.filter(({ id }) => steps.has(id)),
    maps: plan.maps.filter(among),
    loops: plan.loops.filter(among),
    whens: plan.whens.filter(among),
    notes: plan.notes.filter(({ step }) => step === null || steps.has(step)),
    output: whole ? plan.output : { from: "value", value: null },
  };
}
