import type { Json } from "../track/index.ts";
import { sha256 } from "./digest.ts";
import type { FileDigest } from "./file-digest.ts";
import type { Binding, MapPlan, Plan, StepPlan } from "./plan.ts";
import { bindingText } from "./ref.ts";
import { itemsOf, listOf, partOf, plainValue, recordOf, type Value, valueOfText } from "./value.ts";

/** Where in the maps a binding is read: one index for each map, outermost first. */
export interface Place {
  readonly maps: readonly string[];
  readonly indices: readonly number[];
}

/** Outside all maps. */
export const top: Place = { maps: [], indices: [] };

/** What is known so far: params, files, results of steps. */
export interface Known {
  readonly plan: Plan;
  readonly params: Readonly<Record<string, Json>>;
  file(path: string): FileDigest;
  /** The result of a step for one item; null while it is not there. */
  result(step: string, indices: readonly number[]): Value | null;
}

/** Reads bindings. All that it reads stays, so that a value that many items share is written once. */
export interface Evaluator {
  /** The value; null where it needs a result that is not there. */
  value(binding: Binding, place: Place): Value | null;
  /** The items that a map goes through at a place; null where they are not known. */
  items(map: string, indices: readonly number[]): readonly Value[] | null;
}

/** An evaluator over what is known; ask again when more is. */
export function evaluator(known: Known): Evaluator {
  return new Reader(known);
}

class Reader implements Evaluator {
  readonly #known: Known;
  readonly #memo = new Map<string, Value>();
  readonly #items = new Map<string, readonly Value[]>();

  constructor(known: Known) {
    this.#known = known;
  }

  value(binding: Binding, place: Place): Value | null {
    switch (binding.from) {
      case "value":
        return plainValue(binding.value, "value");
      case "param":
        return this.#param(binding);
      case "file":
        return fileValue(this.#known.file(binding.path));
      case "list":
        return all(
          binding.items.map((item) => this.value(item, place)),
          listOf,
        );
      case "record": {
        const names = Object.keys(binding.fields);
        const values = Object.values(binding.fields).map((field) => this.value(field, place));
        return all(values, (found) => recordOf(Object.fromEntries(names.map((name, i) => [name, at(found, i)]))));
      }
      case "step":
      case "item":
      case "map":
        return this.#computed(binding, place);
      default:
        throw new TypeError(`${bindingText(binding)} cannot be read yet`);
    }
  }

  items(map: string, indices: readonly number[]): readonly Value[] | null {
    const key = `${map} ${indices.join(" ")}`;
    const seen = this.#items.get(key);
    if (seen !== undefined) return seen;
    const plan = find(this.#known.plan.maps, map);
    const found = this.#parts(plan.over, { maps: plan.maps, indices });
    if (found !== null) this.#items.set(key, found);
    return found;
  }

  #param(binding: Binding & { from: "param" }): Value {
    return this.#once(`param ${binding.param} ${JSON.stringify(binding.path)}`, () => {
      const name = `p.${binding.param}`;
      return partOf(plainValue(this.#known.params[binding.param], name), binding.path, name);
    });
  }

  #once(key: string, make: () => Value): Value {
    const seen = this.#memo.get(key);
    if (seen !== undefined) return seen;
    const made = make();
    this.#memo.set(key, made);
    return made;
  }

  #computed(binding: Binding & { from: "step" | "item" | "map" }, place: Place): Value | null {
    const whole = this.#whole(binding, place);
    if (whole === null || binding.path.length === 0) return whole;
    const key = `${whole.digest} ${JSON.stringify(binding.path)}`;
    return this.#once(key, () => partOf(whole, binding.path, bindingText({ ...binding, path: [] })));
  }

  #whole(binding: Binding & { from: "step" | "item" | "map" }, place: Place): Value | null {
    if (binding.from === "item") {
      const outer = indicesIn(find(this.#known.plan.maps, binding.map).maps, place);
      return this.items(binding.map, outer)?.[place.indices[place.maps.indexOf(binding.map)] ?? -1] ?? null;
    }
    const single = binding.from === "step" ? this.#single(binding, place) : undefined;
    if (single !== undefined) return single;
    const parts = this.#parts({ ...binding, path: [] }, place);
    return parts === null ? null : listOf(parts);
  }

  // Undefined where the step is in a map that the place is not in: its results are a list then.
  #single(binding: Binding & { from: "step" }, place: Place): Value | null | undefined {
    const step = find(this.#known.plan.steps, binding.step);
    if (!step.maps.every((map) => place.maps.includes(map))) return undefined;
    return this.#known.result(step.id, indicesIn(step.maps, place));
  }

  // The items of a list without writing the whole list, where it is made of parts.
  #parts(binding: Binding, place: Place): readonly Value[] | null {
    if (binding.from === "list")
      return all(
        binding.items.map((item) => this.value(item, place)),
        (found) => found,
      );
    const spread =
      binding.from === "step" || binding.from === "map" ? spreadOf(binding, place, this.#known.plan) : null;
    if (spread === null) {
      const list = this.value(binding, place);
      return list === null ? null : itemsOf(list, bindingText(binding));
    }
    const items = this.items(spread.map, indicesIn(find(this.#known.plan.maps, spread.map).maps, place));
    if (items === null) return null;
    const inside = items.map((_, i) => ({ maps: [...place.maps, spread.map], indices: [...place.indices, i] }));
    return all(
      inside.map((one) => this.value(spread.each, one)),
      (found) => found,
    );
  }
}

// A binding that is a list because it goes through a map: that map, and what there is for each item.
function spreadOf(
  binding: Binding & { from: "step" | "map" },
  place: Place,
  plan: Plan,
): { readonly map: string; readonly each: Binding } | null {
  if (binding.path.length > 0) return null;
  if (binding.from === "map") return { map: binding.map, each: binding.each };
  const map = find(plan.steps, binding.step).maps.find((id) => !place.maps.includes(id));
  return map === undefined ? null : { map, each: binding };
}

/** The indices of the maps at a place. */
export function indicesIn(maps: readonly string[], place: Place): readonly number[] {
  return maps.map((map) => place.indices[place.maps.indexOf(map)] ?? -1);
}

function all<T>(values: readonly (Value | null)[], make: (values: readonly Value[]) => T): T | null {
  return values.every((value) => value !== null) ? make(values) : null;
}

function at(values: readonly Value[], index: number): Value {
  return values[index] as Value;
}

function fileValue(file: FileDigest): Value {
  // The path on this machine is given to the step; the key knows the path in the project and the bytes.
  return valueOfText(JSON.stringify(file.absolutePath), sha256(`file ${file.path} ${file.md5}`));
}

/** The step or map of that id. */
export function find<T extends StepPlan | MapPlan>(list: readonly T[], id: string): T {
  const found = list.find((entry) => entry.id === id);
  if (found === undefined) throw new RangeError(`The plan has no "${id}"`);
  return found;
}
