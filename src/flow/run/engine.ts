import { errorFacts, StemmaError } from "../../error.ts";
import type { Entity, Fact } from "../../lineage/index.ts";
import { restoreOuts } from "../command/index.ts";
import { FlowError, FlowStoppedError } from "../flow-error.ts";
import { isDamaged } from "../keep/index.ts";
import { type Evaluator, evaluator, type Known } from "../keys/index.ts";
import {
  type Binding,
  type BranchPlan,
  find,
  indicesIn,
  type LoopPlan,
  type MapPlan,
  type Place,
  type StepPlan,
} from "../plan/index.ts";
import { decodeValue, type Value } from "../values/index.ts";
import { Gate } from "./gate.ts";
import { bindingsOf, Inputs } from "./inputs.ts";
import { KeptItems } from "./kept-items.ts";
import { type Level, levelsOf, nothing } from "./levels.ts";
import { entities, taskFacts } from "./lineage-facts.ts";
import { once, placeKey } from "./once.ts";
import { Repairs } from "./repairs.ts";
import { NotBegun, type Surroundings } from "./surroundings.ts";
import type { Task } from "./task.ts";
import { type TaskPlace, TaskRunner } from "./task-runner.ts";

/** Items of a map that are begun at a time where it has no `max`: far more than can run, so that no worker waits. */
const begunAtOnce = 128;

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
  readonly #loops = new Map<string, Promise<void>>();
  readonly #admitted = new Map<string, PromiseWithResolvers<void>>();
  readonly #known: Known;
  /** What stands directly in each map and loop; the flow's own under "". */
  readonly #levels: ReadonlyMap<string, Level>;
  readonly #inputs: Inputs;
  readonly #runner: TaskRunner;
  readonly #repairs: Repairs;
  readonly #keptItems: KeptItems;
  /** Aborted by the first failure, and by the stop of the run. */
  readonly #halt = new AbortController();
  #failure: unknown = null;

  constructor(around: Surroundings) {
    this.#around = around;
    const result = (step: string, indices: readonly number[]): Value | null =>
      this.#results.get(placeKey(step, indices)) ?? null;
    this.#known = { ...around.known, result };
    this.#read = evaluator(this.#known);
    this.#levels = levelsOf(around.plan);
    this.#inputs = new Inputs(around.plan, {
      task: (step, indices) => this.#task(step, indices),
      items: (map, indices) => this.#size(map, indices),
      rounds: (loop, indices) => this.#rounds(loop, indices),
      branch: (id, place) => this.#branch(id, place),
      file: (path) => this.#known.readFile(path, this.#halt.signal),
    });
    this.#repairs = new Repairs(around.results);
    const sight = { read: this.#read, halt: this.#halt.signal, repairs: this.#repairs };
    this.#runner = new TaskRunner(around, sight);
    this.#keptItems = new KeptItems({
      ...{ plan: around.plan, results: around.results, signal: around.signal },
      ...{ read: this.#read, levels: this.#levels, runner: this.#runner },
      inputs: this.#inputs,
      took: (task, value) => this.#took(task, value),
    });
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

  /** What the flow gives. @throws {FlowError} @throws {FlowStoppedError} */
  async run(): Promise<unknown> {
    const { signal } = this.#around;
    const stop = (): void => this.#halt.abort(new NotBegun());
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    await this.#level({ maps: [], indices: [] }).finally(() => signal.removeEventListener("abort", stop));
    if (signal.aborted) throw new FlowStoppedError(this.#around.plan.name);
    if (this.#failure !== null) throw this.#failure;
    return this.#reading(null, async () => {
      const output = this.#read.value(this.#around.plan.output, { maps: [], indices: [] });
      if (output !== null) return decodeValue(output.text(), this.#around.values);
      throw new StemmaError("FLOW_FAILED", `flow "${this.#around.plan.name}" ended without its output`);
    });
  }

  // All steps, maps and loops that stand directly in the map or loop of a place.
  async #level(place: Place): Promise<void> {
    const { steps, maps, loops } = this.#levels.get(place.maps.at(-1) ?? "") ?? nothing;
    const work = [
      ...steps.map((step) => this.#task(step, place.indices)),
      ...maps.map((map) => this.#all(map, place.indices)),
      ...loops.map((loop) => this.#rounds(loop, place.indices)),
    ];
    await Promise.all(work.map((one) => one.catch((error: unknown) => this.#failed(error))));
  }

  #failed(error: unknown): void {
    if (error instanceof NotBegun) return;
    this.#failure ??= error;
    this.#halt.abort(new NotBegun());
  }

  async #all(map: MapPlan, indices: readonly number[]): Promise<void> {
    const items = await this.#size(map, indices);
    const gate = new Gate(map.max ?? this.#begunAtOnce(map, items));
    const maps = [...map.maps, map.id];
    const taken = await this.#keptItems.take(map, indices, items);
    const each = Array.from({ length: items }, (_, i) => [...indices, i]);
    const isTaken = (at: readonly number[]): boolean =>
      taken?.every((step) => this.#results.has(placeKey(step.id, at))) === true;
    for (const at of each) if (isTaken(at)) this.#admit(map, at);
    const left = each.filter((at) => !isTaken(at));
    await Promise.all(
      left.map((at) =>
        gate.run(async () => {
          this.#admit(map, at);
          await this.#level({ maps, indices: at });
        }),
      ),
    );
  }

  #admit(map: MapPlan, at: readonly number[]): void {
    this.#admitted.get(placeKey(map.id, at))?.resolve();
  }

  // A map of 10,000 would hold what all its items wait with. A cluster gets all of them: as one job array.
  #begunAtOnce(map: MapPlan, items: number): number {
    const far = this.#around.plan.steps.some((step) => step.run === "slurm" && step.maps.includes(map.id));
    return far ? Math.max(1, items) : begunAtOnce;
  }

  #size(map: MapPlan, indices: readonly number[]): Promise<number> {
    return once(this.#maps, placeKey(map.id, indices), async () => {
      const place = { maps: map.maps, indices };
      if (!(await this.#isTaken(map.when, place))) {
        this.#around.progress.skipped(map.id, indices);
        return 0;
      }
      await this.#inputs.ready([map.over], place);
      const items = this.#found(await this.#reading(map.id, () => this.#read.items(map.id, indices)));
      this.#around.progress.sized(map.id, indices, items.length);
      // A join may ask for an item before it is let in: it has a promise to wait for from the start.
      for (const i of items.keys())
        this.#admitted.set(placeKey(map.id, [...indices, i]), Promise.withResolvers<void>());
      return items.length;
    });
  }

  // Rounds one after the other: each needs the state that the one before made.
  #rounds(loop: LoopPlan, indices: readonly number[]): Promise<void> {
    return once(this.#loops, placeKey(loop.id, indices), async () => {
      const place = { maps: loop.maps, indices };
      await this.#admittedTo(place);
      if (!(await this.#isTaken(loop.when, place))) return this.#around.progress.skipped(loop.id, indices);
      await this.#inputs.ready([loop.initial, loop.max], place);
      const maps = [...loop.maps, loop.id];
      for (let round = 0; ; round++) {
        const { count, ended } = await this.#reading(loop.id, () => this.#read.rounds(loop.id, indices));
        if (ended) return this.#around.progress.sized(loop.id, indices, count);
        this.#halt.signal.throwIfAborted();
        if (count < round) throw new NotBegun();
        if (this.#isThrough(loop, { place, count })) throw this.#notEnded(loop, count);
        const inside = { maps, indices: [...indices, round] };
        await this.#level(inside);
        this.#halt.signal.throwIfAborted();
        await this.#inputs.ready(loop.until === null ? [loop.next] : [loop.next, loop.until], inside);
      }
    });
  }

  #isThrough(loop: LoopPlan, { place, count }: { readonly place: Place; readonly count: number }): boolean {
    return String(count) === this.#read.value(loop.max, place)?.text();
  }

  #notEnded({ id }: LoopPlan, count: number): FlowError {
    const flow = this.#around.plan.name;
    const message = `flow "${flow}", loop ${id}: until was true in none of ${count} rounds. Give a larger max, or { atMax: "last" } to go on with the last state.`;
    return new FlowError({ flow, step: id, item: null }, message);
  }

  /** Whether the branches that something stands in are the ones that are taken at a place. */
  async #isTaken(branches: readonly BranchPlan[], place: Place): Promise<boolean> {
    for (const { when, is } of branches) {
      if ((await this.#branch(when, place)) !== is) return false;
    }
    return true;
  }

  async #branch(id: string, place: Place): Promise<string> {
    const { on, maps } = find(this.#around.plan.whens, id);
    const at = { maps, indices: indicesIn(maps, place) };
    await this.#inputs.ready([on], at);
    return this.#found(await this.#reading(id, () => this.#read.branch(id, at)));
  }

  // What the plan asks of a value that is no such value: the flow failed there.
  async #reading<T>(at: string | null, read: () => T | Promise<T>): Promise<T> {
    for (;;) {
      const since = this.#repairs.count;
      try {
        return await read();
      } catch (cause) {
        if (cause instanceof NotBegun) throw cause;
        if (isDamaged(cause) && (await this.#repairs.repaired(since, false))) continue;
        const flow = this.#around.plan.name;
        const place = { flow, step: at ?? "output", item: null };
        throw new FlowError(place, `flow "${flow}": ${errorFacts(cause).message}`, { cause });
      }
    }
  }

  async #admittedTo({ maps, indices }: Place): Promise<void> {
    await Promise.all(
      maps.map((map, depth) => this.#admitted.get(placeKey(map, indices.slice(0, depth + 1)))?.promise),
    );
  }

  // A result that is not there although its task ended: that task failed or was not begun.
  #found<T>(value: T | null): T {
    if (value === null) throw new NotBegun();
    return value;
  }

  #task(step: StepPlan, indices: readonly number[]): Promise<void> {
    return once(this.#tasks, placeKey(step.id, indices), async () => {
      const place = { maps: step.maps, indices };
      const state = this.#around.progress.task(step.id, indices);
      await this.#admittedTo(place);
      // Taken from what is kept meanwhile, with all other items of its map.
      if (this.#results.has(placeKey(step.id, indices))) return;
      if (step.when.length > 0 && !(await this.#isTaken(step.when, place))) {
        const reason = "its branch was not taken";
        this.#around.keeping.skipped(step.id, indices, reason);
        return this.#around.progress.change(state, { state: "skipped", reason });
      }
      await this.#inputs.ready(bindingsOf(step), place);
      this.#halt.signal.throwIfAborted();
      try {
        await this.#result(step, { place, state });
      } catch (error) {
        this.#failed(error);
        throw error;
      }
    });
  }

  async #result(step: StepPlan, at: TaskPlace, repair = false): Promise<void> {
    const { value, key } = await this.#runner.run(step, at, repair);
    const name = placeKey(step.id, at.place.indices);
    this.#results.set(name, value);
    const again = (): Promise<void> => this.#result(step, at, true);
    if (key !== null) this.#repairs.keep(name, { key, again });
    const { command } = step;
    if (command === null || at.state.error !== null) return;
    restoreOuts(this.#around.known.project, value.text(), { command, folder: this.#around.folder });
  }

  // As if it had run: who needs it finds it done.
  #took({ step, place, key }: Task, value: Value): void {
    const name = placeKey(step.id, place.indices);
    this.#results.set(name, value);
    if (!this.#tasks.has(name)) this.#tasks.set(name, done);
    const at = { place, state: this.#around.progress.task(step.id, place.indices) };
    this.#repairs.keep(name, { key, again: () => this.#result(step, at, true) });
  }
}

const done: Promise<void> = Promise.resolve();
