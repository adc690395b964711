import { errorFacts, StemmaError } from "../../error.ts";
import type { Entity, Fact } from "../../lineage/index.ts";
import { type Evaluator, evaluator, find, indicesIn, type Known, type Place } from "../evaluate.ts";
import { FlowError, FlowStoppedError } from "../flow-error.ts";
import type { Binding, MapPlan, StepPlan } from "../plan.ts";
import type { Value } from "../value.ts";
import { Gate } from "./gate.ts";
import { entities, taskFacts } from "./lineage-facts.ts";
import type { Task } from "./task.ts";
import { NotBegun, type Surroundings, TaskRunner } from "./task-runner.ts";

/**
 * Runs every step of a plan once for each item: as soon as its inputs are there, as many at a time as may.
 * After a failure nothing new begins; what runs then ends, and its result is kept.
 */
export class Engine {
  readonly #around: Surroundings;
  readonly #read: Evaluator;
  readonly #results = new Map<string, Value>();
  readonly #tasks = new Map<string, Promise<void>>();
  readonly #maps = new Map<string, Promise<number>>();
  readonly #admitted = new Map<string, PromiseWithResolvers<void>>();
  readonly #known: Known;
  readonly #runner: TaskRunner;
  #failure: unknown = null;

  constructor(around: Surroundings) {
    this.#around = around;
    const result = (step: string, indices: readonly number[]): Value | null =>
      this.#results.get(placeKey(step, indices)) ?? null;
    this.#known = { ...around.known, result };
    this.#read = evaluator(this.#known);
    this.#runner = new TaskRunner(around, { read: this.#read, mayBegin: () => this.#mayBegin() });
  }

  /** Tasks that ran, cached ones left out. */
  get executed(): number {
    return this.#runner.executed;
  }

  factsOf(task: Task, result: { readonly digest: string }): readonly Fact[] {
    return taskFacts(task, result, { known: this.#known, read: this.#read });
  }

  /** The results and files that a binding stands for, outside all maps. */
  entitiesOf(binding: Binding): readonly Entity[] {
    return entities(binding, { maps: [], indices: [] }, { known: this.#known, read: this.#read });
  }

  /** The value of the plan's output. @throws {FlowError} @throws {FlowStoppedError} */
  async run(): Promise<Value> {
    await this.#level({ maps: [], indices: [] });
    if (this.#around.signal.aborted) throw new FlowStoppedError(this.#around.plan.name);
    if (this.#failure !== null) throw this.#failure;
    const output = this.#read.value(this.#around.plan.output, { maps: [], indices: [] });
    if (output === null)
      throw new StemmaError("FLOW_FAILED", `flow "${this.#around.plan.name}" ended without its output`);
    return output;
  }

  // All steps and maps that stand directly in the map of a place.
  async #level(place: Place): Promise<void> {
    const here = (maps: readonly string[]): boolean =>
      maps.length === place.maps.length && maps.at(-1) === place.maps.at(-1);
    const steps = this.#around.plan.steps
      .filter((step) => here(step.maps))
      .map((step) => this.#task(step, place.indices));
    const maps = this.#around.plan.maps.filter((map) => here(map.maps)).map((map) => this.#all(map, place.indices));
    await Promise.all([...steps, ...maps].map((work) => work.catch((error: unknown) => this.#failed(error))));
  }

  #failed(error: unknown): void {
    if (!(error instanceof NotBegun)) this.#failure ??= error;
  }

  async #all(map: MapPlan, indices: readonly number[]): Promise<void> {
    const items = await this.#size(map, indices);
    const gate = new Gate(map.max ?? Math.max(1, items));
    const maps = [...map.maps, map.id];
    const each = Array.from({ length: items }, (_, i) => [...indices, i]);
    await Promise.all(
      each.map((at) =>
        gate.run(async () => {
          this.#admitted.get(placeKey(map.id, at))?.resolve();
          await this.#level({ maps, indices: at });
        }),
      ),
    );
  }

  #size(map: MapPlan, indices: readonly number[]): Promise<number> {
    return once(this.#maps, placeKey(map.id, indices), async () => {
      const place = { maps: map.maps, indices };
      await this.#ready(map.over, place);
      const items = this.#found(this.#itemsOf(map, indices));
      this.#around.progress.sized(map.id, indices, items.length);
      // A join may ask for an item before it is let in: it has a promise to wait for from the start.
      for (const i of items.keys())
        this.#admitted.set(placeKey(map.id, [...indices, i]), Promise.withResolvers<void>());
      return items.length;
    });
  }

  #itemsOf(map: MapPlan, indices: readonly number[]): readonly Value[] | null {
    try {
      return this.#read.items(map.id, indices);
    } catch (cause) {
      const flow = this.#around.plan.name;
      throw new FlowError({ flow, step: map.id, item: null }, `flow "${flow}": ${errorFacts(cause).message}`, {
        cause,
      });
    }
  }

  // A result that is not there although its task ended: that task failed or was not begun.
  #found<T>(value: T | null): T {
    if (value === null) throw new NotBegun();
    return value;
  }

  /** Waits until all that a binding reads at a place is there. */
  async #ready(binding: Binding, place: Place): Promise<void> {
    if (binding.from === "list") await Promise.all(binding.items.map((item) => this.#ready(item, place)));
    if (binding.from === "record")
      await Promise.all(Object.values(binding.fields).map((field) => this.#ready(field, place)));
    if (binding.from === "step") await this.#stepReady(find(this.#around.plan.steps, binding.step), place);
    if (binding.from === "map") await this.#mapReady(binding, place);
  }

  async #stepReady(step: StepPlan, place: Place): Promise<void> {
    const outer = step.maps.find((map) => !place.maps.includes(map));
    if (outer === undefined) await this.#task(step, indicesIn(step.maps, place));
    else await this.#each(outer, place, (inside) => this.#stepReady(step, inside));
  }

  #mapReady(binding: Binding & { from: "map" }, place: Place): Promise<void> {
    return this.#each(binding.map, place, (inside) => this.#ready(binding.each, inside));
  }

  async #each(id: string, place: Place, work: (inside: Place) => Promise<void>): Promise<void> {
    const map = find(this.#around.plan.maps, id);
    const items = await this.#size(map, indicesIn(map.maps, place));
    const inside = Array.from({ length: items }, (_, i) => ({
      maps: [...place.maps, id],
      indices: [...place.indices, i],
    }));
    await Promise.all(inside.map(work));
  }

  #task(step: StepPlan, indices: readonly number[]): Promise<void> {
    return once(this.#tasks, placeKey(step.id, indices), async () => {
      const place = { maps: step.maps, indices };
      const state = this.#around.progress.task(step.id, indices);
      await Promise.all(
        step.maps.map((map, depth) => this.#admitted.get(placeKey(map, indices.slice(0, depth + 1)))?.promise),
      );
      await Promise.all(Object.values(step.inputs).map((binding) => this.#ready(binding, place)));
      this.#mayBegin();
      try {
        this.#results.set(placeKey(step.id, indices), await this.#runner.run(step, place, state));
      } catch (error) {
        this.#failed(error);
        throw error;
      }
    });
  }

  #mayBegin(): void {
    if (this.#failure !== null || this.#around.signal.aborted) throw new NotBegun();
  }
}

function placeKey(id: string, indices: readonly number[]): string {
  return `${id} ${indices.join(" ")}`;
}

function once<T>(memo: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  memo.set(key, made);
  // Whoever needs it awaits it; one that nobody needs any more must not end the process.
  made.catch(() => {});
  return made;
}
