import type { Binding, MapPlan, Plan, StepPlan } from "../../../flow/index.ts";
import type { Json } from "../../../track/index.ts";

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
  /** The map whose items the stage runs inside; null: the stage is one step. */
  readonly group: MapPlan | null;
  readonly steps: readonly StepPlan[];
}

export interface Layout {
  readonly plan: Plan;
  readonly units: readonly Unit[];
  readonly fans: readonly Fan[];
}

// DVC's repro takes time by the square of the number of stages; 100 are ready in a minute.
const mostStages = 100;

/**
 * Which stage runs which steps.
 *
 * A step is a stage. A map over a param (or over a list written in the flow) is a `foreach`: one stage an item. A map over
 * something computed, a map in a map, an empty one and one of more than 100 items are one stage that runs the items inside:
 * DVC has to know its stages before anything runs.
 */
export function layoutOf(plan: Plan): Layout {
  const fans = fansOf(plan);
  const units: Unit[] = [];
  for (const step of plan.steps) {
    const fan = fans.find(({ map }) => map.id === step.maps[0]) ?? null;
    const groupId = fan === null ? step.maps[0] : step.maps[1];
    const group = plan.maps.find(({ id }) => id === groupId) ?? null;
    const last = units.findIndex((unit) => unit.group !== null && unit.group === group);
    const known = units[last];
    if (known === undefined) units.push({ name: step.id, fan, group, steps: [step] });
    else units[last] = { ...known, steps: [...known.steps, step] };
  }
  return { plan, units: named(plan, units), fans };
}

// A stage of several steps is called after its map; where a step has that name too, "-2" tells them apart.
function named(plan: Plan, units: readonly Unit[]): readonly Unit[] {
  const taken = new Set([...plan.steps.map(({ id }) => id), "output"]);
  return units.map((unit) => {
    if (unit.group === null || unit.steps.length === 1) return unit;
    let name = unit.group.id;
    for (let n = 2; taken.has(name); n++) name = `${unit.group.id}-${n}`;
    taken.add(name);
    return { ...unit, name };
  });
}

function fansOf(plan: Plan): readonly Fan[] {
  const taken = new Set(Object.keys(plan.params));
  return plan.maps.flatMap((map) => {
    const items = map.maps.length === 0 ? itemsOf(plan, map.over) : null;
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
