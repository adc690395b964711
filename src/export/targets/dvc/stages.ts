import type { Binding, MapPlan, Plan, StepPlan } from "../../../flow/index.ts";
import type { Json } from "../../../track/index.ts";
import { type Around, around, nameOf, needs, type Part, partsOf, sorted } from "./blocks.ts";

import { type GivenPaths, givenPaths } from "./given.ts";

/** A param whose items are one stage each: params.yaml holds it as a map by key, `setting0`, `setting1` … */
export interface Fan {
  readonly map: MapPlan;
  /** Name in params.yaml. */
  readonly param: string;
  /** What the keys begin with. */
  readonly prefix: string;
  readonly items: readonly Json[];
}

/** The steps that one stage of dvc.yaml runs. */
export interface Unit {
  /** Name of the stage. */
  readonly name: string;
  /** Where each item is a stage of its own. */
  readonly fan: Fan | null;
  /** The map, loop or choice that the stage runs inside; null: the stage is one step. */
  readonly group: Part | null;
  /** All that the stage runs, the group too. */
  readonly parts: readonly Part[];
  readonly steps: readonly StepPlan[];
}

export interface Layout {
  readonly plan: Plan;
  readonly units: readonly Unit[];
  readonly fans: readonly Fan[];
  /** Files of what the flow is given where it is defined. */
  readonly given: GivenPaths;
  /** Whether results may hold models, which take a while to load. */
  readonly models: boolean;
}

// DVC's repro takes time by the square of the number of stages; 100 are ready in a minute.
const mostStages = 100;

/**
 * Which stage runs which steps.
 *
 * A step is a stage. A map over a param (or over a list written in the flow) is a `foreach`: one stage an item. A map over
 * something computed, a map in a map, an empty one and one of more than 100 items are one stage that runs the items inside,
 * and so are a loop and a choice with its branches: DVC has to know its stages before anything runs.
 */
export function layoutOf(plan: Plan, models = false): Layout {
  const fans = fansOf(plan);
  const all = partsOf(plan);
  const groups = new Map<string, { fan: Fan | null; group: Part | null; parts: Part[] }>();
  for (const part of all) {
    const fan = fans.find(({ map }) => map.id === part.of.maps[0]) ?? null;
    const [outer] = around(part, plan).slice(fan === null ? 0 : 1);
    const group = outer === undefined ? (part.kind === "step" ? null : part) : scopeAt(all, outer);
    const name = nameOf(group ?? part);
    const known = groups.get(name);
    if (known === undefined) groups.set(name, { fan, group, parts: [part] });
    else known.parts.push(part);
  }
  // A map in which nothing runs is put together where it is read.
  const used = [...groups.values()].filter(({ parts }) => parts.some(({ kind }) => kind !== "map"));
  const units = named(plan, used.map(unitOf));
  const ordered = sorted(units.map((unit) => ({ unit, ...orderOf(unit, plan) })));
  return { plan, units: ordered.map(({ unit }) => unit), fans, given: givenPaths(plan), models };
}

function scopeAt(all: readonly Part[], { id }: Around): Part | null {
  return all.find(({ kind, of }) => kind !== "step" && of.id === id) ?? null;
}

function unitOf(unit: Pick<Unit, "fan" | "group" | "parts">): Unit {
  const steps = unit.parts.flatMap((part) => (part.kind === "step" ? [part.of] : []));
  return { ...unit, steps, name: steps[0]?.id ?? "" };
}

function orderOf({ parts }: Unit, plan: Plan): Parameters<typeof sorted>[0][number] {
  return { made: new Set(parts.map(nameOf)), needed: parts.flatMap((part) => needs(part, plan)) };
}

/** What of a stage others may read: its steps, loops and choices, but for those inside of a loop or branch. */
export function resultsOf({ fan, parts }: Unit, plan: Plan): readonly Part[] {
  const isMap = ({ id, is }: Around): boolean => is === null && plan.maps.some((map) => map.id === id);
  return parts.filter((part) => {
    const places = around(part, plan).slice(fan === null ? 0 : 1);
    return part.kind !== "map" && places.every(isMap);
  });
}

/** The name of a part's result: that of a loop or choice is told from a step's, and from the flow's output. */
export function resultName({ kind, of }: Part, { steps }: Plan): string {
  let name = of.id;
  while (kind !== "step" && (name === "output" || steps.some(({ id }) => id === name))) name = `${name}-${kind}`;
  return name;
}

// A stage of several steps is called after its map, loop or choice; where a step has that name too, "-2" tells them apart.
function named(plan: Plan, units: readonly Unit[]): readonly Unit[] {
  const taken = new Set([...plan.steps.map(({ id }) => id), "output"]);
  return units.map((unit) => {
    const alone = unit.steps.length === 1 && unit.parts.every(({ kind }) => kind === "map" || kind === "step");
    if (unit.group === null || alone) return unit;
    let name = unit.group.of.id;
    for (let n = 2; taken.has(name); n++) name = `${unit.group.of.id}-${n}`;
    taken.add(name);
    return { ...unit, name };
  });
}

function fansOf(plan: Plan): readonly Fan[] {
  const taken = new Set(Object.keys(plan.params));
  return plan.maps.flatMap((map) => {
    const items = map.maps.length + map.when.length === 0 ? itemsOf(plan, map.over) : null;
    if (items === null || items.length === 0 || items.length > mostStages) return [];
    const param = map.over.from === "param" ? map.over.param : freeName(map.id, taken);
    taken.add(param);
    return [{ map, param, prefix: prefixOf(plan, map, param), items }];
  });
}

function itemsOf(plan: Plan, over: Binding): readonly Json[] | null {
  const value = over.from === "value" ? over.value : over.from === "param" ? paramValue(plan, over) : null;
  return Array.isArray(value) ? value : null;
}

function paramValue(plan: Plan, { param, path }: Extract<Binding, { from: "param" }>): Json | null {
  // The name stands in a template of dvc.yaml.
  return path.length === 0 && isPlainName(param) ? (plan.params[param] ?? null) : null;
}

/** A name that DVC takes in `params:` and `${…}` as it is. */
export function isPlainName(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(name);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  let free = name;
  for (let n = 2; taken.has(free); n++) free = `${name}_${n}`;
  return free;
}

// The name under which a step gets the whole item says best what an item is. All maps over a param share its keys.
function prefixOf(plan: Plan, map: MapPlan, param: string): string {
  const same = plan.maps.filter(
    (other) => other === map || (other.over.from === "param" && other.over.param === param),
  );
  const ids = new Set(same.map(({ id }) => id));
  const inputs = plan.steps.flatMap(({ inputs }) => Object.entries(inputs));
  const whole = inputs.find(
    ([, binding]) => binding.from === "item" && binding.path.length === 0 && ids.has(binding.map),
  );
  const name = whole?.[0] ?? param;
  return /^[A-Za-z][A-Za-z0-9_]*$/.test(name) ? name : "item";
}

/** params.yaml of a flow: its defaults; a param with one stage an item is a map by key. */
export function paramsOf({ plan, fans }: Layout): Readonly<Record<string, Json>> {
  const fanned = fans.map(({ param, prefix, items }) => {
    const keyed = items.map((item, index) => [`${prefix}${index}`, item] as const);
    return [param, Object.fromEntries(keyed)] as const;
  });
  return { ...plan.params, ...Object.fromEntries(fanned) };
}
