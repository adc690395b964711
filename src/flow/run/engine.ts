import { errorFacts, StemmaError } from "../../error.ts";
import type { Entity, Fact } from "../../lineage/index.ts";
import type { StepCode } from "../code.ts";
import { type Evaluator, evaluator, find, indicesIn, type Known, type Place } from "../evaluate.ts";
import { FlowError, FlowStoppedError } from "../flow-error.ts";
import { taskKey } from "../key.ts";
import type { Binding, MapPlan, Plan, StepPlan } from "../plan.ts";
import { cachedReason } from "../reason.ts";
import type { KeptResult, MadeResult, Results, TaskNote } from "../results.ts";
import type { Value } from "../value.ts";
import { attempts } from "./attempts.ts";
import { Gate } from "./gate.ts";
import { entities, markOf, taskFacts } from "./lineage-facts.ts";
import type { Progress, TaskState } from "./progress.ts";
import { noteOf, runReason, type Task } from "./task.ts";

/** What a run needs from outside. */
export interface Surroundings {
  readonly plan: Plan;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly known: Omit<Known, "result">;
  readonly results: Results;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly folder: string;
  readonly print: (stream: "stdout" | "stderr", text: string) => void;
  /** Runs a task as a nested run; gives the id of that. */
  recorded<T>(task: Task, cached: boolean, work: (runId: string | null) => Promise<T>): Promise<T>;
  facts(task: Task, result: { readonly digest: string }): TaskNote["facts"];
}

/** The task was not begun, because another one failed or the flow was stopped. */
class NotBegun extends Error {}

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
  /** Tasks by cache key: two items with equal inputs run once. */
  readonly #twins = new Map<string, Promise<KeptResult>>();
  readonly #known: Known;
  #failure: unknown = null;
  #executed = 0;

  constructor(around: Surroundings) {
    this.#around = around;
    const result = (step: string, indices: readonly number[]): Value | null =>
      this.#results.get(placeKey(step, indices)) ?? null;
    this.#known = { ...around.known, result };
    this.#read = evaluator(this.#known);
  }

  /** Tasks that ran, cached ones left out. */
  get executed(): number {
    return this.#executed;
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
        this.#results.set(placeKey(step.id, indices), await this.#result(step, place, state));
      } catch (error) {
        throw error instanceof NotBegun || this.#around.signal.aborted
          ? new NotBegun()
          : this.#stepFailed(error, state);
      }
    });
  }

  #mayBegin(): void {
    if (this.#failure !== null || this.#around.signal.aborted) throw new NotBegun();
  }

  #stepFailed(error: unknown, state: TaskState): unknown {
    const { plan, progress } = this.#around;
    if (error instanceof FlowError) return error;
    const item = state.indices.at(-1) ?? null;
    const place = item === null ? "" : `, item ${state.indices.join(".")}`;
    const message = `flow "${plan.name}", step ${state.step}${place}: ${errorFacts(error).message}${this.#inputsText(state)}`;
    const failure = new FlowError({ flow: plan.name, step: state.step, item }, message, { cause: error });
    progress.change(state, { state: "failed", endMs: Date.now(), error: errorFacts(failure) });
    this.#failure ??= failure;
    return failure;
  }

  #inputsText({ step, indices }: TaskState): string {
    const { inputs, maps } = find(this.#around.plan.steps, step);
    const told = Object.entries(inputs).map(([name, binding]) => `${name}: ${this.#shown(binding, { maps, indices })}`);
    return told.length === 0 ? "" : `\ninputs: { ${told.join(", ")} }`;
  }

  #shown(binding: Binding, place: Place): string {
    try {
      const text = this.#read.value(binding, place)?.text() ?? "?";
      return text.length > 80 ? `${text.slice(0, 80)} …` : text;
    } catch {
      // The input itself is what failed; the message tells that.
      return "?";
    }
  }

  async #result(step: StepPlan, place: Place, state: TaskState): Promise<Value> {
    const { codes, results, plan } = this.#around;
    const code = codes.get(step.id);
    const key = code === undefined ? null : taskKey(step, { code: code.digest, place, read: this.#read });
    if (code === undefined || key === null) throw new NotBegun();
    const cached = step.cache && code.loose === null;
    // A result that must not be used again has a key that nothing asks for.
    const task: Task = { ...key, key: cached ? key.key : `${key.key} ${crypto.randomUUID()}`, step, code, place };
    const kept = cached ? results.find(task.key) : null;
    if (kept !== null) return this.#cached(task, kept, state);
    const twin = cached ? this.#twins.get(task.key) : undefined;
    if (twin !== undefined) return this.#cached(task, await twin, state);
    const last = results.last({ flow: plan.name, step: step.id, indices: place.indices });
    const reason = runReason(task, last, cached);
    const made = this.#execute(task, state, reason);
    if (cached) this.#twins.set(task.key, made);
    return made;
  }

  async #cached(task: Task, kept: KeptResult, state: TaskState): Promise<Value> {
    const { results, progress, plan } = this.#around;
    await this.#around.recorded(task, true, async () => {
      results.note({ ...noteOf(task, plan.name), facts: this.#around.facts(task, kept) });
    });
    progress.change(state, { state: "cached", reason: cachedReason(kept.timeMs), endMs: Date.now() });
    return { ...kept, mark: markOf(task.key, kept.digest) };
  }

  #execute(task: Task, state: TaskState, reason: string): Promise<KeptResult> {
    const { progress, results, plan, folder, print, signal } = this.#around;
    this.#executed++;
    return this.#around.recorded(task, false, async (runId) => {
      progress.change(state, { reason });
      const started = (): void => progress.change(state, { state: "running", startMs: state.startMs ?? Date.now() });
      const outcome = await attempts(task, { folder, print, signal, started, mayBegin: () => this.#mayBegin() });
      const made: MadeResult = {
        ...noteOf(task, plan.name),
        ...outcome,
        runId,
        facts: this.#around.facts(task, outcome),
      };
      const kept = await results.commit(made);
      progress.change(state, { state: "done", endMs: Date.now() });
      return { ...kept, mark: markOf(task.key, kept.digest) };
    });
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
