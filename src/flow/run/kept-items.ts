import { setImmediate as turn } from "node:timers/promises";
import type { Evaluator, Results } from "../keys/index.ts";
import { type Binding, find, type MapPlan, membersOf, type Place, type Plan, type StepPlan } from "../plan/index.ts";
import type { Value } from "../values/index.ts";
import { bindingsOf, type Inputs } from "./inputs.ts";
import { type Level, nothing } from "./levels.ts";
import type { Task } from "./task.ts";
import type { TaskRunner } from "./task-runner.ts";

/** Items that are looked up by one question; between two the thread is free. */
const itemsAtOnce = 256;

/** Fewer are begun as soon. */
const fewItems = 8;

/** What the items of a map are taken with. */
export interface KeptItemsParts {
  readonly plan: Plan;
  readonly results: Results;
  readonly signal: AbortSignal;
  readonly read: Evaluator;
  readonly levels: ReadonlyMap<string, Level>;
  readonly runner: TaskRunner;
  readonly inputs: Inputs;
  /** Is given each result that was taken. */
  readonly took: (task: Task, value: Value) => void;
}

/** Where the items of a map are, and what each reads besides. */
interface Sweep {
  readonly steps: readonly StepPlan[];
  /** What all of them read from outside of the map. */
  readonly outside: readonly Binding[];
}

/** Takes what is kept of a map's items for many at a time; one by one each would be waited for, looked up and noted. */
export class KeptItems {
  readonly #parts: KeptItemsParts;

  constructor(parts: KeptItemsParts) {
    this.#parts = parts;
  }

  /**
   * Takes what is kept of a map.
   *
   * @returns the steps that all items do; null where nothing was taken: something has to run first, or items differ
   */
  async take(map: MapPlan, outer: readonly number[], items: number): Promise<readonly StepPlan[] | null> {
    const sweep = items < fewItems ? null : this.#sweep(map);
    if (sweep === null || !(await this.#isReady(sweep.outside, { maps: map.maps, indices: outer }))) return null;
    const indices = Array.from({ length: items }, (_, i) => [...outer, i]);
    for (let from = 0; from < items && !this.#parts.signal.aborted; from += itemsAtOnce) {
      const some = indices.slice(from, from + itemsAtOnce);
      for (const step of sweep.steps) await this.#takeStep(step, some);
      await turn();
    }
    return sweep.steps;
  }

  #sweep(map: MapPlan): Sweep | null {
    const { steps, maps, loops } = this.#parts.levels.get(map.id) ?? nothing;
    if (steps.length === 0 || maps.length > 0 || loops.length > 0) return null;
    if (!steps.every((step) => step.when.length === 0 && this.#parts.runner.reuse.isPlain(step))) return null;
    const bindings = steps.flatMap(bindingsOf);
    const outside = bindings.map((binding) => outsideOf(binding, map.id, this.#parts.plan));
    return outside.some((part) => part === null) ? null : { steps, outside: outside.flatMap((part) => part ?? []) };
  }

  // What is kept comes at once; a task that has to run may take long, and items that do not need it must not wait.
  async #isReady(outside: readonly Binding[], place: Place): Promise<boolean> {
    if (outside.length === 0) return true;
    let isReady = false;
    const all = this.#parts.inputs.ready(outside, place).then(
      () => {
        isReady = true;
      },
      // It failed, or was not begun: whoever needs it hears of that.
      () => {},
    );
    await Promise.race([all, this.#parts.runner.executing]);
    return isReady;
  }

  async #takeStep(step: StepPlan, indices: readonly (readonly number[])[]): Promise<void> {
    const { runner, results, took } = this.#parts;
    const tasks = indices.flatMap((at) => runner.keyed(step, { maps: step.maps, indices: at }) ?? []);
    const kept = results.findAll(tasks.map(({ key }) => key));
    const noted = results.notedKeys({ flow: this.#parts.plan.name, step: step.id }, indices);
    const recording = new Set<Promise<unknown>>();
    for (const task of tasks) {
      const found = kept.get(task.key);
      if (found === undefined || !task.code.usable(found)) continue;
      const isNews = noted.get(task.place.indices.join(" ")) !== task.key;
      const { value, recorded } = runner.reuse.taken({ task, kept: found }, isNews);
      if (recorded !== null) recording.add(recorded);
      took(task, value);
    }
    await Promise.all(recording);
  }
}

/** The parts of a binding that stand outside of a map; null where that is not to be told. */
function outsideOf(binding: Binding, map: string, plan: Plan): readonly Binding[] | null {
  const unless = ({ maps }: { readonly maps: readonly string[] }): readonly Binding[] | null =>
    maps.includes(map) ? null : [binding];
  switch (binding.from) {
    case "file":
      return [binding];
    case "step":
      return find(plan.steps, binding.step).maps.includes(map) ? [] : [binding];
    case "map":
      return unless(find(plan.maps, binding.map));
    case "when":
      return unless(find(plan.whens, binding.when));
    case "loop":
      return unless(find(plan.loops, binding.loop));
    default: {
      const found = membersOf(binding).map((member) => outsideOf(member, map, plan));
      return found.some((part) => part === null) ? null : found.flatMap((part) => part ?? []);
    }
  }
}
