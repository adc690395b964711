import { errorFacts } from "../../error.ts";
import type { StepCode } from "../code.ts";
import { type Evaluator, find, type Known, type Place } from "../evaluate.ts";
import { FlowError } from "../flow-error.ts";
import { taskKey } from "../key.ts";
import type { Claims } from "../lease.ts";
import type { Binding, Plan, StepPlan } from "../plan.ts";
import { cachedReason } from "../reason.ts";
import type { KeptResult, MadeResult, Results, TaskNote } from "../results.ts";
import { plainValue, type Value } from "../value.ts";
import type { ValuePlace } from "../values/index.ts";
import { attempts, type CardPart, type Outcome, type StepSink, seedOf, TaskLog, type Try } from "./executors/index.ts";
import { stepFailure } from "./failure.ts";
import { markOf } from "./lineage-facts.ts";
import type { Progress, TaskState } from "./progress.ts";
import { environmentOf, noteOf, runReason, type Task } from "./task.ts";

/** What a run needs from outside. */
export interface Surroundings {
  readonly plan: Plan;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly known: Omit<Known, "result">;
  readonly results: Results;
  readonly claims: Claims;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly folder: string;
  readonly values: ValuePlace;
  readonly print: (stream: "stdout" | "stderr", text: string) => void;
  /** What a task keeps besides its result. */
  readonly keeping: TaskKeeping;
  /** Runs a task as a nested run; gives the id of that. */
  recorded<T>(task: Task, cached: boolean, work: (runId: string | null) => Promise<T>): Promise<T>;
  facts(task: Task, result: { readonly digest: string }): TaskNote["facts"];
}

/** Where a task's half-way results and cards go. */
export interface TaskKeeping {
  /** On the disk when it resolves. */
  saveCheckpoint(task: Task, text: string): Promise<void>;
  /** The last one of the task's key; null where there is none. */
  checkpoint(task: Task): string | null;
  card(task: Task, part: CardPart): void;
}

/** The task was not begun, because another one failed or the flow was stopped. */
export class NotBegun extends Error {}

/** What the engine tells of the run that a task is part of. */
export interface TaskSight {
  readonly read: Evaluator;
  /** Throws {@link NotBegun} when nothing new may begin. */
  readonly mayBegin: () => void;
}

/** Lines of a step's log that its error shows. */
const shownLines = 5;

/** Runs one task whose inputs are there: finds its kept result, or executes and commits it. */
export class TaskRunner {
  readonly #around: Surroundings;
  readonly #sight: TaskSight;
  #executed = 0;

  constructor(around: Surroundings, sight: TaskSight) {
    this.#around = around;
    this.#sight = sight;
  }

  /** Tasks that ran, cached ones left out. */
  get executed(): number {
    return this.#executed;
  }

  /**
   * The result of a step at a place; its catch value where it failed and has one.
   *
   * @throws {NotBegun} @throws {FlowError} naming step, item, line and inputs
   */
  async run(step: StepPlan, place: Place, state: TaskState): Promise<Value> {
    const log = new TaskLog();
    try {
      return await this.#result(step, place, { state, log });
    } catch (error) {
      if (error instanceof NotBegun || this.#around.signal.aborted) throw new NotBegun();
      return this.#failed(error, step, { state, log });
    }
  }

  #failed(error: unknown, step: StepPlan, { state, log }: Following): Value {
    const failure = this.#failure(error, { state, log });
    const { progress } = this.#around;
    const over = { endMs: Date.now(), error: errorFacts(failure) };
    if (step.catch === null || error instanceof FlowError) {
      progress.change(state, { state: "failed", ...over });
      throw failure;
    }
    const reason = `failed, its catch value is used: ${errorFacts(error).message}`;
    progress.change(state, { state: "done", reason, ...over });
    return plainValue(step.catch.value, "catch");
  }

  #failure(error: unknown, { state, log }: Following): FlowError {
    if (error instanceof FlowError) return error;
    const { plan, codes } = this.#around;
    const { step, indices } = state;
    const { inputs, maps } = find(plan.steps, step);
    const told = Object.entries(inputs).map(
      ([name, binding]) => [name, this.#shown(binding, { maps, indices })] as const,
    );
    const lastLines = log.lastLines(shownLines);
    const code = codes.get(step) ?? null;
    return stepFailure({ flow: plan.name, step, indices, error, inputs: told, lastLines, code });
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

  async #result(step: StepPlan, place: Place, following: Following): Promise<Value> {
    const { codes, results, plan, claims, signal } = this.#around;
    const code = codes.get(step.id);
    const key = code === undefined ? null : taskKey(step, { code: code.digest, place, read: this.#sight.read });
    if (code === undefined || key === null) throw new NotBegun();
    const cached = step.cache && code.loose === null;
    const seed = seedOf({ step, place }, key.key);
    // A result that must not be used again has a key that nothing asks for.
    const task: Task = { ...key, key: cached ? key.key : `${key.key} ${crypto.randomUUID()}`, step, code, place, seed };
    const execute = (): Promise<KeptResult> => {
      const last = results.last({ flow: plan.name, step: step.id, indices: place.indices });
      return this.#execute(task, following, runReason(task, last, cached));
    };
    if (!cached) return execute();
    const kept = results.find(task.key);
    if (kept !== null) return this.#cached(task, kept, following.state);
    const { value, executed } = await claims.run(task.key, { kept: () => results.find(task.key), execute, signal });
    return executed ? value : this.#cached(task, value, following.state);
  }

  async #cached(task: Task, kept: KeptResult, state: TaskState): Promise<Value> {
    const { results, progress, plan } = this.#around;
    await this.#around.recorded(task, true, async () => {
      results.note({ ...noteOf(task, plan.name), facts: this.#around.facts(task, kept) });
    });
    progress.change(state, { state: "cached", reason: cachedReason(kept.timeMs), endMs: Date.now() });
    return { ...kept, mark: markOf(task.key, kept.digest) };
  }

  #execute(task: Task, { state, log }: Following, reason: string): Promise<KeptResult> {
    const { progress, results, plan } = this.#around;
    this.#executed++;
    return this.#around.recorded(task, false, async (runId) => {
      progress.change(state, { reason });
      const outcome = await this.#tries(task, { state, log });
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

  #tries(task: Task, { state, log }: Following): Promise<Outcome> {
    const { progress, signal } = this.#around;
    return attempts(task, {
      signal,
      mayBegin: this.#sight.mayBegin,
      started: () => progress.change(state, { state: "running", startMs: state.startMs ?? Date.now() }),
      prepare: (attempt) => this.#try(task, attempt, log),
    });
  }

  #try(task: Task, attempt: number, log: TaskLog): Try {
    const { plan, folder, values, signal } = this.#around;
    const { step, code, inputs, place, seed } = task;
    const { indices } = place;
    const context = { flow: plan.name, step: step.id, indices, key: task.key, seed, attempt };
    return {
      step,
      code,
      inputs,
      context,
      env: environmentOf(step),
      folder,
      values,
      signal,
      sink: this.#sink(task, log),
    };
  }

  #sink(task: Task, log: TaskLog): StepSink {
    const { print, keeping } = this.#around;
    return {
      print(stream, text) {
        log.add(text);
        print(stream, text);
      },
      heard: (_, text) => log.add(text),
      card: (part) => keeping.card(task, part),
      save: (text) => keeping.saveCheckpoint(task, text),
      load: async () => keeping.checkpoint(task),
    };
  }
}

/** How a task is followed while it runs. */
interface Following {
  readonly state: TaskState;
  readonly log: TaskLog;
}
