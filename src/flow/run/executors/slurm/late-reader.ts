import {
  type Binding,
  find,
  indicesIn,
  type LoopPlan,
  type Place,
  type StepPlan,
  type ValuePath,
} from "../../../plan/index.ts";
import { type Value, valueOfText } from "../../../values/index.ts";
import type { FlowSight } from "../executor.ts";
import type { LateValue } from "../late-value.ts";
import { outcomePath } from "../task-spec.ts";
import type { Submitted } from "./submit.ts";

/** What is known of the tasks of a run: their results, and the jobs that will make them. */
export interface LateSight {
  readonly sight: FlowSight;
  /** The job of a task that is in Slurm's queue. */
  readonly job: (step: string, indices: readonly number[]) => Submitted | null;
  /** Puts a value that is known where jobs find it. */
  readonly put: (value: Value) => string;
}

/** An input, and the jobs that make it. */
export interface LateInput {
  readonly late: LateValue;
  readonly jobs: readonly Submitted[];
}

/** Rounds of a loop that wait in Slurm's queue at most. */
const roundsAhead = 100;

/**
 * Reads bindings as the evaluator does, before the values are there: a value that only the flow's own progress can tell
 * (the branch of a result, the items of a list that is being made, a round behind `until`) is null.
 */
export class LateReader {
  readonly #at: LateSight;
  /** What an input stands on, gathered on the way. */
  #jobs: Submitted[] = [];

  constructor(at: LateSight) {
    this.#at = at;
  }

  input(binding: Binding, place: Place): LateInput | null {
    this.#jobs = [];
    const late = this.#late(binding, place);
    return late === null ? null : { late, jobs: [...new Set(this.#jobs)] };
  }

  /** The places of a step in all its maps and loops, as far as they are known; those of branches that are not taken are none. */
  places({ maps, when }: StepPlan): readonly Place[] | null {
    let places: readonly Place[] = [{ maps: [], indices: [] }];
    for (const id of maps) {
      const next = places.map((place) => {
        const count = this.#count(id, place);
        return count === null
          ? null
          : Array.from({ length: count }, (_, i) => ({ maps: [...place.maps, id], indices: [...place.indices, i] }));
      });
      if (next.includes(null)) return null;
      places = next.flatMap((some) => some ?? []);
    }
    const taken = (place: Place): boolean => when.every((branch) => this.#branch(branch.when, place) === branch.is);
    return places.filter(taken);
  }

  #branch(when: string, place: Place): string | null {
    return this.#at.sight.read.branch(when, place);
  }

  // The items of a map, or the rounds of a loop.
  #count(id: string, place: Place): number | null {
    const { known, read } = this.#at.sight;
    const loop = known.plan.loops.find((one) => one.id === id);
    if (loop !== undefined) return this.#rounds(loop, place);
    const indices = indicesIn(find(known.plan.maps, id).maps, place);
    const items = read.items(id, indices);
    if (items !== null) return items.length;
    const { over, maps } = find(known.plan.maps, id);
    return this.#length(over, { maps, indices });
  }

  // The length of a list whose items are not there yet.
  #length(over: Binding, place: Place): number | null {
    if (over.from === "list") return over.items.length;
    const spread = this.#spread(over, place);
    return spread === null ? null : this.#count(spread.map, place);
  }

  // With a question there are as many rounds as have been asked; without one, all.
  #rounds(loop: LoopPlan, place: Place): number | null {
    const { read } = this.#at.sight;
    const outer = { maps: loop.maps, indices: indicesIn(loop.maps, place) };
    const most = Number(read.value(loop.max, outer)?.text() ?? Number.NaN);
    if (!Number.isSafeInteger(most)) return null;
    if (loop.until === null) return most > roundsAhead ? null : most;
    const { count, ended } = read.rounds(loop.id, outer.indices);
    return ended ? count : Math.min(count + 1, most);
  }

  #late(binding: Binding, place: Place): LateValue | null {
    if (binding.from === "list") {
      const list = this.#all(binding.items, place);
      return list === null ? null : { list };
    }
    if (binding.from === "record") {
      const names = Object.keys(binding.fields);
      const values = this.#all(Object.values(binding.fields), place);
      if (values === null) return null;
      return { record: Object.fromEntries(names.map((name, i) => [name, values[i] as LateValue])) };
    }
    const known = this.#at.sight.read.value(binding, place);
    if (known !== null) return this.#known(known);
    if (!("path" in binding) || binding.from === "param" || binding.from === "file") return null;
    return partOf(this.#whole(binding, place), binding.path);
  }

  #known(value: Value): LateValue {
    const digest = this.#at.put(value);
    if (value.portable === undefined) return { digest };
    return { digest, portable: this.#at.put(valueOfText(value.portable())) };
  }

  #all(bindings: readonly Binding[], place: Place): readonly LateValue[] | null {
    const all: LateValue[] = [];
    for (const binding of bindings) {
      const late = this.#late(binding, place);
      if (late === null) return null;
      all.push(late);
    }
    return all;
  }

  #whole(binding: Binding, place: Place): LateValue | null {
    const { plan } = this.#at.sight.known;
    switch (binding.from) {
      case "item":
        return this.#item(binding.map, place);
      case "step":
      case "map":
        return this.#made({ ...binding, path: [] }, place);
      case "when": {
        const branch = this.#branch(binding.when, place);
        if (branch === null) return null;
        const { branches, otherwise } = find(plan.whens, binding.when);
        const given = Object.hasOwn(branches, branch) ? branches[branch] : otherwise;
        return given == null ? null : this.#late(given, place);
      }
      case "state": {
        const loop = find(plan.loops, binding.loop);
        return this.#state(loop, indicesIn([...loop.maps, loop.id], place));
      }
      case "loop": {
        const loop = find(plan.loops, binding.loop);
        const outer = indicesIn(loop.maps, place);
        const rounds = loop.until === null ? this.#rounds(loop, { maps: loop.maps, indices: outer }) : null;
        return rounds === null ? null : this.#state(loop, [...outer, rounds]);
      }
      default:
        return null;
    }
  }

  #state(loop: LoopPlan, indices: readonly number[]): LateValue | null {
    const outer = indices.slice(0, -1);
    const round = indices.at(-1) ?? 0;
    if (round === 0) return this.#late(loop.initial, { maps: loop.maps, indices: outer });
    return this.#late(loop.next, { maps: [...loop.maps, loop.id], indices: [...outer, round - 1] });
  }

  #item(id: string, place: Place): LateValue | null {
    const { over, maps } = find(this.#at.sight.known.plan.maps, id);
    const outer = { maps, indices: indicesIn(maps, place) };
    const index = place.indices[place.maps.indexOf(id)] ?? -1;
    const item = over.from === "list" ? over.items[index] : undefined;
    if (item !== undefined) return this.#late(item, outer);
    const spread = this.#spread(over, outer);
    return spread === null ? null : this.#late(spread.each, inside(outer, spread.map, index));
  }

  // The result of a task, or the list of results of all items of a map that the place is not in.
  #made(binding: Binding & { from: "step" | "map" }, place: Place): LateValue | null {
    const spread = this.#spread(binding, place);
    if (spread === null) return binding.from === "step" ? this.#single(binding.step, place) : null;
    const count = this.#count(spread.map, place);
    if (count === null) return null;
    const list: LateValue[] = [];
    for (let i = 0; i < count; i++) {
      const late = this.#late(spread.each, inside(place, spread.map, i));
      if (late === null) return null;
      list.push(late);
    }
    return { list };
  }

  #single(id: string, place: Place): LateValue | null {
    const step = find(this.#at.sight.known.plan.steps, id);
    const job = this.#at.job(id, indicesIn(step.maps, place));
    if (job === null) return null;
    this.#jobs.push(job);
    return { outcome: outcomePath(job.specPath), outs: step.command !== null };
  }

  #spread(binding: Binding, place: Place): { readonly map: string; readonly each: Binding } | null {
    if ((binding.from !== "step" && binding.from !== "map") || binding.path.length > 0) return null;
    if (binding.from === "map") return { map: binding.map, each: binding.each };
    const { maps } = find(this.#at.sight.known.plan.steps, binding.step);
    const map = maps.find((one) => !place.maps.includes(one));
    return map === undefined ? null : { map, each: binding };
  }
}

function inside({ maps, indices }: Place, map: string, index: number): Place {
  return { maps: [...maps, map], indices: [...indices, index] };
}

function partOf(part: LateValue | null, path: ValuePath): LateValue | null {
  return part === null || path.length === 0 ? part : { part, path };
}
