import { cachedReason, type KeptResult } from "../keys/index.ts";
import type { StepPlan } from "../plan/index.ts";
import type { Value } from "../values/index.ts";
import { markOf } from "./lineage-facts.ts";
import type { Surroundings } from "./surroundings.ts";
import { noteOf, type Task } from "./task.ts";

/** A kept result that a task was given. */
export interface TakenValue {
  readonly value: Value;
  /** Resolves when that is recorded; null where it is. */
  readonly recorded: Promise<unknown> | null;
}

/** A task, and the kept result that serves for it. */
export interface KeptTask {
  readonly task: Task;
  readonly kept: KeptResult;
}

/** Which kept results a run uses, and what it notes when a task is given one. */
export class Reuse {
  readonly #around: Surroundings;
  /** Keys that this run has made: of two items with equal inputs the second takes what the first gave. */
  readonly #made = new Set<string>();
  readonly #reasons = new Map<number, string>();

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** Whether the results of a step are kept to be used again. */
  isCached(step: StepPlan): boolean {
    return step.cache && this.#around.codes.get(step.id)?.loose === null;
  }

  /** Whether a step was told to run again, whatever is kept of it. */
  isFresh(step: StepPlan): boolean {
    return this.#around.resumes?.fresh.has(step.id) === true;
  }

  /** Whether the kept results of a step are taken without a further look: it is in no queue, and leaves nothing beside. */
  isPlain(step: StepPlan): boolean {
    return step.run !== "slurm" && step.command === null && this.isCached(step) && !this.isFresh(step);
  }

  /** Notes that this run made the result of a key. */
  made(key: string): void {
    this.#made.add(key);
  }

  find({ key, code, step }: Task): KeptResult | null {
    if (this.isFresh(step) && !this.#made.has(key)) return null;
    const kept = this.#around.results.find(key);
    return kept !== null && code.usable(kept) ? kept : null;
  }

  /** What is never taken from the cache is taken from the run that is gone on with: to its user that is the same run. */
  finished(task: Task): KeptTask | null {
    const { step, place } = task;
    const { resumes, results } = this.#around;
    if (resumes === null || this.isFresh(step)) return null;
    const key = resumes.finished({ step: step.id, indices: place.indices, key: task.key });
    const kept = key === null ? null : results.find(key);
    return key === null || kept === null ? null : { task: { ...task, key }, kept };
  }

  /** Takes a kept result for a task; it is recorded when it resolves. */
  async take({ task, kept }: KeptTask): Promise<Value> {
    const { results, plan } = this.#around;
    const { value, recorded } = this.taken({ task, kept }, results.notedKey(noteOf(task, plan.name)) !== task.key);
    await recorded;
    return value;
  }

  /** Takes a kept result for a task. @param isNews whether another one is noted as what it ran with last */
  taken({ task, kept }: KeptTask, isNews: boolean): TakenValue {
    const { results, progress, plan, keeping } = this.#around;
    const { step, place } = task;
    const recorded = this.#around.recordedKept(task);
    if (isNews) results.note({ ...noteOf(task, plan.name), facts: this.#around.facts(task, kept) });
    const reason = this.#reason(kept.timeMs);
    keeping.ended({ task, attempt: 1, reason, state: "cached", digest: kept.digest, error: null, log: "" });
    progress.change(progress.task(step.id, place.indices), { state: "cached", reason, endMs: Date.now() });
    return { value: { ...kept, mark: markOf(task.key, kept.digest) }, recorded };
  }

  // A date takes as long to write as a result to find, and those of one run are of one minute.
  #reason(timeMs: number): string {
    const minute = Math.floor(timeMs / 60_000);
    const known = this.#reasons.get(minute) ?? cachedReason(timeMs);
    this.#reasons.set(minute, known);
    return known;
  }
}
