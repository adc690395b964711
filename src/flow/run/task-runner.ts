import { errorFacts } from "../../error.ts";
import type { StepCode } from "../code.ts";
import { type Evaluator, find, type Known, type Place } from "../evaluate.ts";
import { FlowError } from "../flow-error.ts";
import { isDamaged, type Resumption } from "../keep/index.ts";
import { taskKey } from "../key.ts";
import type { Claim, Claims } from "../lease.ts";
import type { Binding, Plan, StepPlan } from "../plan.ts";
import { cachedReason } from "../reason.ts";
import type { KeptResult, MadeResult, Results, TaskNote } from "../results.ts";
import { plainValue, type Value } from "../value.ts";
import type { ValuePlace } from "../values/index.ts";
import { isAhead, type Seat, seatFor, seedOf, TaskLog } from "./executors/index.ts";
import { stepFailure } from "./failure.ts";
import { markOf } from "./lineage-facts.ts";
import type { TaskRun } from "./nested-runs.ts";
import type { Progress, TaskState } from "./progress.ts";
import type { Repairs } from "./repairs.ts";
import { noteOf, runReason, type Task } from "./task.ts";
import type { TaskKeeping } from "./task-keeping.ts";
import { type RunningTask, tries } from "./task-tries.ts";

/** What a run needs from outside. */
export interface Surroundings {
  readonly plan: Plan;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly known: Omit<Known, "result">;
  readonly results: Results;
  readonly claims: Claims;
  /** The run that this one goes on with. */
  readonly resumes: Resumption | null;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly folder: string;
  readonly values: ValuePlace;
  readonly print: (stream: "stdout" | "stderr", text: string) => void;
  /** What a task keeps besides its result. */
  readonly keeping: TaskKeeping;
  /** Runs a task as a nested run. */
  recorded<T>(task: Task, work: (run: TaskRun) => Promise<T>): Promise<T>;
  /** Records a task that was found in the cache; null where that is done. */
  recordedKept(task: Task): Promise<unknown> | null;
  facts(task: Task, result: { readonly digest: string }): TaskNote["facts"];
}

/** The task was not begun, because another one failed or the flow was stopped. */
export class NotBegun extends Error {}

/** What the engine tells of the run that a task is part of. */
export interface TaskSight {
  readonly read: Evaluator;
  /** Throws {@link NotBegun} when nothing new may begin. */
  readonly mayBegin: () => void;
  readonly repairs: Repairs;
}

/** Where a task stands, and how. */
export interface TaskPlace {
  readonly place: Place;
  readonly state: TaskState;
}

/** What a task gave. */
export interface KeptValue {
  readonly value: Value;
  /** By which it is kept; null: it is not. */
  readonly key: string | null;
}

/** A kept result that a task was given. */
export interface TakenValue {
  readonly value: Value;
  /** Resolves when that is recorded; null where it is. */
  readonly recorded: Promise<unknown> | null;
}

/** A task that is about to run. */
interface Execution {
  readonly running: RunningTask;
  readonly reason: string;
  readonly seat: Seat;
  /** Its hold on its key; null where it has none. */
  readonly claim: Claim | null;
}

/** Lines of a step's log that its error shows. */
const shownLines = 5;

/** Runs one task whose inputs are there: finds its kept result, or executes and commits it. */
export class TaskRunner {
  readonly #around: Surroundings;
  readonly #sight: TaskSight;
  /** Keys that this run has made: of two items with equal inputs the second takes what the first gave. */
  readonly #remade = new Set<string>();
  readonly #first = Promise.withResolvers<void>();
  readonly #reasons = new Map<number, string>();
  #executed = 0;

  constructor(around: Surroundings, sight: TaskSight) {
    this.#around = around;
    this.#sight = sight;
  }

  /** Resolves when the first task runs that is not kept. */
  get executing(): Promise<void> {
    return this.#first.promise;
  }

  /** Tasks that ran, cached ones left out. */
  get executed(): number {
    return this.#executed;
  }

  /**
   * The result of a step at a place; its catch value where it failed and has one.
   *
   * @param repair whether it is made again because its kept result was damaged
   * @throws {NotBegun} @throws {FlowError} naming step, item, line and inputs
   */
  async run(step: StepPlan, at: TaskPlace, repair = false): Promise<KeptValue> {
    const { repairs } = this.#sight;
    for (;;) {
      const since = repairs.count;
      const running: RunningTask = { state: at.state, task: null, key: null, log: new TaskLog(), attempt: 0 };
      try {
        return { value: await this.#result(step, at.place, running), key: running.key };
      } catch (error) {
        if (error instanceof NotBegun || this.#around.signal.aborted) throw new NotBegun();
        // An input was damaged on the disk: it is made again, and then this one.
        if (isDamaged(error) && (await repairs.repaired(since, repair))) continue;
        return { value: this.#failed(error, step, running), key: null };
      }
    }
  }

  #failed(error: unknown, step: StepPlan, running: RunningTask): Value {
    const failure = this.#failure(error, running);
    const { progress, keeping } = this.#around;
    const { state, task, attempt } = running;
    const over = { endMs: Date.now(), error: errorFacts(failure) };
    if (step.catch === null || error instanceof FlowError || task === null) {
      progress.change(state, { state: "failed", ...over });
      throw failure;
    }
    const reason = `failed, its catch value is used: ${errorFacts(error).message}`;
    const value = plainValue(step.catch.value, "catch");
    keeping.ended({ task, attempt, reason, state: "done", digest: null, error: over.error, log: running.log.text() });
    progress.change(state, { state: "done", reason, ...over });
    return value;
  }

  #failure(error: unknown, { state, log }: RunningTask): FlowError {
    if (error instanceof FlowError) return error;
    const { plan, codes } = this.#around;
    const { step, indices } = state;
    const { inputs, maps } = find(plan.steps, step);
    const told = Object.entries(inputs).map(
      ([name, binding]) => [name, this.#shown(binding, { maps, indices })] as const,
    );
    const code = codes.get(step) ?? null;
    return stepFailure({
      ...{ flow: plan.name, step, indices, error, code },
      inputs: told,
      lastLines: log.lastLines(shownLines),
    });
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

  /** Whether the kept results of a step are taken without a further look: it is in no queue, and leaves nothing beside. */
  takesKept(step: StepPlan): boolean {
    const isPlain = step.run !== "slurm" && step.command === null;
    return isPlain && this.#isCached(step) && !this.#isFresh(step);
  }

  /** A task by its key; null where an input is not there, or cannot be had. */
  keyed(step: StepPlan, place: Place): Task | null {
    try {
      return this.#task(step, place);
    } catch {
      // The task itself is told of it, when its turn comes.
      return null;
    }
  }

  #isCached(step: StepPlan): boolean {
    return step.cache && this.#around.codes.get(step.id)?.loose === null;
  }

  #task(step: StepPlan, place: Place): Task | null {
    const code = this.#around.codes.get(step.id);
    const key = code === undefined ? null : taskKey(step, { code: code.digest, place, read: this.#sight.read });
    if (code === undefined || key === null) return null;
    const seed = seedOf({ step, place }, key);
    // A result that must not be used again has a key that nothing asks for.
    const name = this.#isCached(step) ? key.key : `${key.key} ${crypto.randomUUID()}`;
    return { ...key, key: name, step, code, place, seed };
  }

  async #result(step: StepPlan, place: Place, running: RunningTask): Promise<Value> {
    const { results, plan, claims, signal } = this.#around;
    const task = this.#task(step, place);
    if (task === null) throw new NotBegun();
    const cached = this.#isCached(step);
    const execute = (seat: Seat, claim: Claim | null = null): Promise<KeptResult> => {
      const last = results.last({ flow: plan.name, step: step.id, indices: place.indices });
      running.task = task;
      const reason = this.#isFresh(step) ? "told to run again" : runReason(task, last, cached);
      return this.#execute(task, { running, reason, seat, claim });
    };
    const enter = (): Promise<Seat> => this.#seat(task);
    // What Slurm has in its queue since before its inputs were there is this run's own.
    if (isAhead(this.#around.keeping.run, step.id, place.indices)) return execute(await enter());
    if (!cached) return this.#finished(task, running) ?? execute(await enter());
    const kept = this.#kept(task);
    if (kept !== null) return this.#cached(task, kept, running);
    const { value, executed } = await claims.run(task.key, { kept: () => this.#kept(task), enter, execute, signal });
    return executed ? value : this.#cached(task, value, running);
  }

  async #seat(task: Task): Promise<Seat> {
    const seat = await seatFor(task, this.#around.signal);
    try {
      this.#sight.mayBegin();
    } catch (error) {
      seat.leave();
      throw error;
    }
    return seat;
  }

  #kept({ key, code, step }: Task): KeptResult | null {
    if (this.#isFresh(step) && !this.#remade.has(key)) return null;
    const kept = this.#around.results.find(key);
    return kept !== null && code.usable(kept) ? kept : null;
  }

  #isFresh(step: StepPlan): boolean {
    return this.#around.resumes?.fresh.has(step.id) === true;
  }

  // What is never taken from the cache is taken from the run that is gone on with: to its user that is the same run.
  #finished(task: Task, running: RunningTask): Promise<Value> | null {
    const { step, place } = task;
    const { resumes, results } = this.#around;
    if (resumes === null || this.#isFresh(step)) return null;
    const key = resumes.finished({ step: step.id, indices: place.indices, key: task.key });
    const kept = key === null ? null : results.find(key);
    return key === null || kept === null ? null : this.#cached({ ...task, key }, kept, running);
  }

  async #cached(task: Task, kept: KeptResult, running: RunningTask): Promise<Value> {
    const isNews = this.#around.results.notedKey({ ...noteOf(task, this.#around.plan.name) }) !== task.key;
    const { value, recorded } = this.takeKept(task, kept, isNews);
    await recorded;
    running.key = task.key;
    return value;
  }

  /** Takes a kept result for a task. @param isNews whether another one is noted as what it ran with last */
  takeKept(task: Task, kept: KeptResult, isNews: boolean): TakenValue {
    const { results, progress, plan, keeping } = this.#around;
    const { step, place } = task;
    const recorded = this.#around.recordedKept(task);
    if (isNews) results.note({ ...noteOf(task, plan.name), facts: this.#around.facts(task, kept) });
    const reason = this.#cachedReason(kept.timeMs);
    keeping.ended({ task, attempt: 1, reason, state: "cached", digest: kept.digest, error: null, log: "" });
    progress.change(progress.task(step.id, place.indices), { state: "cached", reason, endMs: Date.now() });
    return { value: { ...kept, mark: markOf(task.key, kept.digest) }, recorded };
  }

  // A date takes as long to write as a result to find, and those of one run are of one minute.
  #cachedReason(timeMs: number): string {
    const minute = Math.floor(timeMs / 60_000);
    const known = this.#reasons.get(minute) ?? cachedReason(timeMs);
    this.#reasons.set(minute, known);
    return known;
  }

  #execute(task: Task, { running, reason, seat, claim }: Execution): Promise<KeptResult> {
    const { progress, results, plan } = this.#around;
    this.#executed++;
    this.#first.resolve();
    return this.#around.recorded(task, async (run) => {
      progress.change(running.state, { reason });
      const outcome = await tries(task, { ...this.#around, ...this.#sight, running, reason, seat });
      const made: MadeResult = {
        ...noteOf(task, plan.name),
        ...outcome,
        runId: run.id,
        facts: this.#around.facts(task, outcome),
        replaces: this.#isFresh(task.step),
        along(sql) {
          run.close(sql);
          claim?.give(sql);
        },
      };
      const kept = await results.commit(made);
      this.#remade.add(task.key);
      running.key = task.key;
      progress.change(running.state, { state: "done", endMs: Date.now() });
      return { ...kept, mark: markOf(task.key, kept.digest) };
    });
  }
}
