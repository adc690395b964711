import type { Project } from "../../store/index.ts";
import type { Json } from "../../track/index.ts";
import { sha256 } from "../encoding/index.ts";
import { KeptTexts } from "../keep/index.ts";
import { type Binding, bindingText, find, indicesIn, noListText, type Place, type Plan } from "../plan/index.ts";
import { itemsOf, listOf, partOf, plainValue, recordOf, type Value, valueOfText } from "../values/index.ts";
import type { FileDigest } from "./file-digest.ts";
import { branchFor, LoopReader, type Rounds, rangeOf } from "./rounds.ts";

export type { Rounds } from "./rounds.ts";

/** What is known so far: params, files, results of steps. */
export interface Known {
  readonly project: Project;
  readonly plan: Plan;
  readonly params: Readonly<Record<string, Json>>;
  /** The bytes of a file now; hashes them at once where {@link readFile} did not. */
  file(path: string): FileDigest;
  /** Hashes a file while the thread is free. What is wrong with the file, `file()` tells who needs it. Rejects when `signal` is aborted. */
  readFile(path: string, signal: AbortSignal): Promise<void>;
  /** The result of a step for one item; null while it is not there. */
  result(step: string, indices: readonly number[]): Value | null;
  /** The paths of a command's outs, from its result. */
  outs(result: string): Value;
  /** The version of a package that is installed. */
  version(name: string): string;
}

/** Reads bindings. All that it reads stays, so that a value that many items share is written once. */
export interface Evaluator {
  /** The value; null where it needs a result that is not there. */
  value(binding: Binding, place: Place): Value | null;
  /** The items that a map goes through at a place; null where they are not known. */
  items(map: string, indices: readonly number[]): readonly Value[] | null;
  /** The branch that is taken at a place; null where the value that decides is not known. @throws {TypeError} there is no branch for it */
  branch(when: string, place: Place): string | null;
  /** Rounds of a loop at a place that are there, and whether the last of them is the end. */
  rounds(loop: string, indices: readonly number[]): Rounds;
  /** The version of a package that is installed. @throws {StemmaError} it is not */
  version(name: string): string;
}

/** An evaluator over what is known; ask again when more is. */
export function evaluator(known: Known): Evaluator {
  return new Reader(known);
}

type Fixed = Binding & { readonly from: "value" | "given" };

/** A long list that each item of a map gets is written and hashed once. */
const fixedValues = new WeakMap<Fixed, Value>();

class Reader implements Evaluator {
  readonly #known: Known;
  readonly #memo = new Map<string, Value>();
  readonly #items = new Map<string, readonly Value[]>();
  readonly #loops: LoopReader;

  constructor(known: Known) {
    this.#known = known;
    this.#loops = new LoopReader(known.plan, (binding, place) => this.value(binding, place));
  }

  value(binding: Binding, place: Place): Value | null {
    switch (binding.from) {
      case "value":
      case "given":
        return this.#fixed(binding);
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
      case "round":
        return plainValue(place.indices[place.maps.indexOf(binding.loop)] ?? -1, "the round");
      case "range": {
        const numbers = this.#numbers(binding, place);
        return numbers === null ? null : valueOfText(JSON.stringify(numbers));
      }
      default:
        return this.#computed(binding, place);
    }
  }

  branch(id: string, place: Place): string | null {
    const when = find(this.#known.plan.whens, id);
    const value = this.value(when.on, { maps: when.maps, indices: indicesIn(when.maps, place) });
    return value === null ? null : branchFor(when, value);
  }

  version(name: string): string {
    return this.#known.version(name);
  }

  rounds(id: string, indices: readonly number[]): Rounds {
    return this.#loops.rounds(id, indices);
  }

  #numbers({ start, end, step }: Binding & { from: "range" }, place: Place): readonly number[] | null {
    const [from, to, by] = [start, end, step].map((binding) => this.value(binding, place));
    return from == null || to == null || by == null ? null : rangeOf({ start: from, end: to, step: by });
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

  #fixed(binding: Fixed): Value {
    const seen = fixedValues.get(binding) ?? valueOfText(JSON.stringify(binding.value));
    fixedValues.set(binding, seen);
    return binding.from === "value" ? seen : { ...seen, beside: new KeptTexts(this.#known.project).arrays };
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

  #computed(binding: Computed, place: Place): Value | null {
    const whole = this.#whole(binding, place);
    if (whole === null || binding.path.length === 0) return whole;
    const key = `${whole.digest} ${JSON.stringify(binding.path)}`;
    return this.#once(key, () => partOf(whole, binding.path, bindingText({ ...binding, path: [] })));
  }

  #whole(binding: Computed, place: Place): Value | null {
    switch (binding.from) {
      case "item": {
        const outer = indicesIn(find(this.#known.plan.maps, binding.map).maps, place);
        return this.items(binding.map, outer)?.[place.indices[place.maps.indexOf(binding.map)] ?? -1] ?? null;
      }
      case "when":
        return this.#taken(binding.when, place);
      case "state": {
        const { id, maps } = find(this.#known.plan.loops, binding.loop);
        return this.#loops.state(id, indicesIn([...maps, id], place));
      }
      case "loop":
        return this.#loops.last(binding.loop, indicesIn(find(this.#known.plan.loops, binding.loop).maps, place));
      default:
        return this.#collected(binding, place);
    }
  }

  #taken(id: string, place: Place): Value | null {
    const branch = this.branch(id, place);
    if (branch === null) return null;
    const when = find(this.#known.plan.whens, id);
    const given = Object.hasOwn(when.branches, branch) ? when.branches[branch] : when.otherwise;
    return given == null ? null : this.value(given, place);
  }

  #collected(binding: Binding & { from: "step" | "map" }, place: Place): Value | null {
    const single = binding.from === "step" ? this.#single(binding, place) : undefined;
    if (single !== undefined) return single;
    const parts = this.#parts({ ...binding, path: [] }, place);
    return parts === null ? null : listOf(parts);
  }

  // Undefined where the step is in a map that the place is not in: its results are a list then.
  #single(binding: Binding & { from: "step" }, place: Place): Value | null | undefined {
    const step = find(this.#known.plan.steps, binding.step);
    if (!step.maps.every((map) => place.maps.includes(map))) return undefined;
    const result = this.#known.result(step.id, indicesIn(step.maps, place));
    if (result === null || step.command === null || result.caught === true) return result;
    const { mark } = result;
    return {
      ...this.#once(`outs ${result.digest}`, () => this.#known.outs(result.text())),
      ...(mark === undefined ? {} : { mark }),
    };
  }

  #rangeItems(binding: Binding & { from: "range" }, place: Place): readonly Value[] | null {
    return this.#numbers(binding, place)?.map((number) => valueOfText(String(number))) ?? null;
  }

  // The items of a list without writing the whole list, where it is made of parts.
  #parts(binding: Binding, place: Place): readonly Value[] | null {
    if (binding.from === "list")
      return all(
        binding.items.map((item) => this.value(item, place)),
        (found) => found,
      );
    if (binding.from === "range") return this.#rangeItems(binding, place);
    const spread =
      binding.from === "step" || binding.from === "map" ? spreadOf(binding, place, this.#known.plan) : null;
    if (spread === null) {
      const list = this.value(binding, place);
      return list === null ? null : listItems(list, bindingText(binding));
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

function listItems(list: Value, name: string): readonly Value[] {
  const text = list.text();
  const other = noListText(text);
  if (other !== null) throw new TypeError(`f.map() goes over a list, and ${name} is ${other}`);
  return itemsOf({ ...list, text: () => text }, name);
}

type Computed = Binding & { from: "step" | "item" | "map" | "when" | "state" | "loop" };

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

function all<T>(values: readonly (Value | null)[], make: (values: readonly Value[]) => T): T | null {
  return values.every((value) => value !== null) ? make(values) : null;
}

function at(values: readonly Value[], index: number): Value {
  return values[index] as Value;
}

function fileValue(file: FileDigest): Value {
  // The path on this machine is given to the step; the key knows the path in the project and the bytes.
  const words = `file ${file.path} ${file.md5}`;
  return { ...valueOfText(JSON.stringify(file.absolutePath), sha256(words)), portable: () => JSON.stringify(words) };
}
