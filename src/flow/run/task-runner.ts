import { errorFacts } from "../../error.ts";
import { FlowError } from "../flow-error.ts";
import { isDamaged } from "../keep/index.ts";
import { type Evaluator, type KeptResult, type MadeResult, taskKey } from "../keys/index.ts";
import { type Binding, caughtReason, find, type Place, type StepPlan, shownValue } from "../plan/index.ts";
import { lastFailures } from "../status/index.ts";
import { caughtValue, type Value } from "../values/index.ts";
import { isAhead, type Seat, seatFor, seedOf, TaskLog } from "./executors/index.ts";
import { stepFailure } from "./failure.ts";
import type { Claim } from "./lease.ts";
import { markOf } from "./lineage-facts.ts";
import type { TaskState } from "./progress.ts";
import type { Repairs } from "./repairs.ts";
import { type KeptTask, Reuse } from "./reuse.ts";
import { NotBegun, type Surroundings } from "./surroundings.ts";
import { noteOf, runReason, type Task, type TaskPast } from "./task.ts";
import { type RunningTask, tries } from "./task-tries.ts";

/** What the engine tells of the run that a task is part of. */
export interface TaskSight {
  readonly read: Evaluator;
  /** Aborted, with a {@link NotBegun}, when nothing new may begin. */
  readonly halt: AbortSignal;
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
  /** What it takes of what is kept. */
  readonly reuse: Reuse;
  readonly #first = Promise.withResolvers<void>();
  /** What failed in the last run, by step. */
  readonly #failures = new Map<string, ReturnType<typeof lastFailures>>();
  #executed = 0;

  constructor(around: Surroundings, sight: TaskSight) {
    this.#around = around;
    this.#sight = sight;
    this.reuse = new Reuse(around);
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
    const reason = caughtReason(errorFacts(error).message);
    const value = caughtValue(step.catch.value);
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
      const value = this.#sight.read.value(binding, place);
      return value === null ? "?" : shownValue(value.text());
    } catch {
      // The input itself is what failed; the message tells that.
      return "?";
    }
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

  #task(step: StepPlan, place: Place): Task | null {
    const code = this.#around.codes.get(step.id);
    const key = code === undefined ? null : taskKey(step, { code: code.digest, place, read: this.#sight.read });
    if (code === undefined || key === null) return null;
    const seed = seedOf({ step, place }, key);
    // A result that must not be used again has a key that nothing asks for.
    const name = this.reuse.isCached(step) ? key.key : `${key.key} ${crypto.randomUUID()}`;
    return { ...key, key: name, step, code, place, seed };
  }

  async #result(step: StepPlan, place: Place, running: RunningTask): Promise<Value> {
    const { claims } = this.#around;
    const { halt } = this.#sight;
    const task = this.#task(step, place);
    if (task === null) throw new NotBegun();
    const cached = this.reuse.isCached(step);
    const execute = (seat: Seat, claim: Claim | null = null): Promise<KeptResult> => {
      running.task = task;
      const reason = this.reuse.isFresh(step) ? "told to run again" : runReason(task, this.#past(step, place), cached);
      return this.#execute(task, { running, reason, seat, claim });
    };
    const enter = (): Promise<Seat> => this.#seat(task, running);
    // What Slurm has in its queue since before its inputs were there is this run's own.
    if (isAhead(this.#around.keeping.run, step.id, place.indices)) return execute(await enter());
    const kept = cached ? this.reuse.find(task) : null;
    const found = cached ? kept && { task, kept } : this.reuse.finished(task);
    if (found !== null) return this.#reused(found, running);
    if (!cached) return execute(await enter());
    const find = (): KeptResult | null => this.reuse.find(task);
    const { value, executed } = await claims.run(task.key, { kept: find, enter, execute, signal: halt });
    return executed ? value : this.#reused({ task, kept: value }, running);
  }

  #past(step: StepPlan, { indices }: Place): TaskPast {
    const { results, plan, known, keeping } = this.#around;
    const question = { flow: plan.name, step: step.id, run: keeping.run };
    const failures = this.#failures.get(step.id) ?? lastFailures(known.project, question);
    this.#failures.set(step.id, failures);
    return { last: results.last({ ...question, indices }), failure: failures.get(indices.join(" ")) };
  }

  async #reused(found: KeptTask, running: RunningTask): Promise<Value> {
    const value = await this.reuse.take(found);
    running.key = found.task.key;
    return value;
  }

  async #seat(task: Task, { state }: RunningTask): Promise<Seat> {
    const { halt } = this.#sight;
    const reason = "waits for a GPU that another process has";
    const elsewhere = (): void => {
      if (state.reason !== reason) this.#around.progress.change(state, { reason });
    };
    const seat = await seatFor(task, { signal: halt, elsewhere });
    try {
      halt.throwIfAborted();
    } catch (error) {
      seat.leave();
      throw error;
    }
    return seat;
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
        replaces: this.reuse.isFresh(task.step),
        along(sql) {
          run.close(sql);
          claim?.give(sql);
        },
      };
      const kept = await results.commit(made);
      this.reuse.made(task.key);
      running.key = task.key;
      progress.change(running.state, { state: "done", endMs: Date.now() });
      return { ...kept, mark: markOf(task.key, kept.digest) };
    });
  }
}
