import {
  type Binding,
  find,
  indicesIn,
  type LoopPlan,
  type MapPlan,
  membersOf,
  type Place,
  type Plan,
  type StepPlan,
} from "../plan/index.ts";

/** How a run brings about what something reads; each is begun once, and settles when it is over. */
export interface Origins {
  readonly task: (step: StepPlan, indices: readonly number[]) => Promise<void>;
  /** Resolves with how many items a map has. */
  readonly items: (map: MapPlan, indices: readonly number[]) => Promise<number>;
  readonly rounds: (loop: LoopPlan, indices: readonly number[]) => Promise<void>;
  /** Resolves with the branch that is taken. */
  readonly branch: (when: string, place: Place) => Promise<string>;
  /** Resolves when the bytes of a file are hashed. */
  readonly file: (path: string) => Promise<void>;
}

/** All that a step reads: its inputs, and the files that it says it reads besides. */
export function bindingsOf({ inputs, files }: StepPlan): readonly Binding[] {
  return [...Object.values(inputs), ...files.map((path) => ({ from: "file", path }) as const)];
}

/** Waits for what inputs, lists of maps, choices and the flow's output read. */
export class Inputs {
  readonly #plan: Plan;
  readonly #from: Origins;

  constructor(plan: Plan, from: Origins) {
    this.#plan = plan;
    this.#from = from;
  }

  /** Resolves when all that some bindings read at a place is there, or rejects with the first that cannot be. */
  async ready(bindings: readonly Binding[], place: Place): Promise<void> {
    await Promise.all(bindings.map((binding) => this.#one(binding, place)));
  }

  async #one(binding: Binding, place: Place): Promise<void> {
    switch (binding.from) {
      case "file":
        return this.#from.file(binding.path);
      case "step":
        return this.#step(find(this.#plan.steps, binding.step), place);
      case "map":
        return this.#each(binding.map, place, (inside) => this.#one(binding.each, inside));
      case "when":
        return this.#taken(binding.when, place);
      case "loop": {
        const loop = find(this.#plan.loops, binding.loop);
        return this.#from.rounds(loop, indicesIn(loop.maps, place));
      }
      default:
        return this.ready(membersOf(binding), place);
    }
  }

  async #taken(id: string, place: Place): Promise<void> {
    const branch = await this.#from.branch(id, place);
    const { branches, otherwise } = find(this.#plan.whens, id);
    const given = Object.hasOwn(branches, branch) ? branches[branch] : otherwise;
    if (given != null) await this.#one(given, place);
  }

  async #step(step: StepPlan, place: Place): Promise<void> {
    const outer = step.maps.find((map) => !place.maps.includes(map));
    if (outer === undefined) await this.#from.task(step, indicesIn(step.maps, place));
    else await this.#each(outer, place, (inside) => this.#step(step, inside));
  }

  async #each(id: string, place: Place, work: (inside: Place) => Promise<void>): Promise<void> {
    const map = find(this.#plan.maps, id);
    const items = await this.#from.items(map, indicesIn(map.maps, place));
    const maps = [...place.maps, id];
    await Promise.all(Array.from({ length: items }, (_, i) => work({ maps, indices: [...place.indices, i] })));
  }
}
