import { errorFacts } from "../../error.ts";
import type { StepCode } from "../code.ts";
import { type Evaluator, find, type Known, type Place } from "../evaluate.ts";
import { FlowError } from "../flow-error.ts";
import { taskKey } from "../key.ts";
import type { Binding, Plan, StepPlan } from "../plan.ts";
import { cachedReason } from "../reason.ts";
import type { KeptResult, MadeResult, Results, TaskNote } from "../results.ts";
import type { Value } from "../value.ts";
import { attempts } from "./attempts.ts";
import { markOf } from "./lineage-facts.ts";
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
export class NotBegun extends Error {}

/** What the engine tells of the run that a task is part of. */
export interface TaskSight {
  readonly read: Evaluator;
  /** Throws {@link NotBegun} when nothing new may begin. */
  readonly mayBegin: () => void;
}

/** Runs one task whose inputs are there: finds its kept result, or executes and commits it. */
export class TaskRunner {
  readonly #around: Surroundings;
  readonly #sight: TaskSight;
  /** Tasks by cache key: two items with equal inputs run once. */
  readonly #twins = new Map<string, Promise<KeptResult>>();
  #executed = 0;

  constructor(around: Surroundings, sight: TaskSight) {
    this.#around = around;
    this.#sight = sight;
  }

  /** Tasks that ran, cached ones left out. */
  get executed(): number {
    return this.#executed;
  }

  /** The result of a step at a place. @throws {NotBegun} @throws {FlowError} naming step, item and inputs */
  async run(step: StepPlan, place: Place, state: TaskState): Promise<Value> {
    try {
      return await this.#result(step, place, state);
    } catch (error) {
      if (error instanceof NotBegun || this.#around.signal.aborted) throw new NotBegun();
      throw this.#stepFailed(error, state);
    }
  }

  #stepFailed(error: unknown, state: TaskState): unknown {
    const { plan, progress } = this.#around;
    if (error instanceof FlowError) return error;
    const item = state.indices.at(-1) ?? null;
    const place = item === null ? "" : `, item ${state.indices.join(".")}`;
    const message = `flow "${plan.name}", step ${state.step}${place}: ${errorFacts(error).message}${this.#inputsText(state)}`;
    const failure = new FlowError({ flow: plan.name, step: state.step, item }, message, { cause: error });
    progress.change(state, { state: "failed", endMs: Date.now(), error: errorFacts(failure) });
    return failure;
  }

  #inputsText({ step, indices }: TaskState): string {
    const { inputs, maps } = find(this.#around.plan.steps, step);
    const told = Object.entries(inputs).map(([name, binding]) => `${name}: ${this.#shown(binding, { maps, indices })}`);
    return told.length === 0 ? "" : `\ninputs: { ${told.join(", ")} }`;
  }

  #shown(binding: Binding, place: Place): string {
    try {
      const text = this.#sight.read.value(binding, place)?.text() ?? "?";
      return text.length > 80 ? `${text.slice(0, 80)} …` : text;
    } catch {
      // The input itself is what failed; the message tells that.
      return "?";
    }
  }

  async #result(step: StepPlan, place: Place, state: TaskState): Promise<Value> {
    const { codes, results, plan } = this.#around;
    const code = codes.get(step.id);
    const key = code === undefined ? null : taskKey(step, { code: code.digest, place, read: this.#sight.read });
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
      const outcome = await attempts(task, { folder, print, signal, started, mayBegin: this.#sight.mayBegin });
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
