import type { Try } from "../executor.ts";
import { cancelJob } from "./jobs.ts";
import type { Submitted } from "./submit.ts";

/** What a run has in Slurm's queue. */
export class RunQueue {
  /** The job of each task that has not failed, by {@link taskName}. */
  readonly jobs: Map<string, Submitted> = new Map();
  /** Tasks that were submitted once: what failed is tried again by its own policy. */
  readonly seen: Set<string> = new Set();
  /** Steps that Slurm did not take before their turn. */
  readonly refused: Set<string> = new Set();
  readonly #ahead = new Map<string, Submitted>();
  readonly #print: (text: string) => void;
  /** Ends with the last look at what can be submitted. */
  pass: Promise<void> = Promise.resolve();
  over = false;

  constructor(print: (text: string) => void) {
    this.#print = print;
  }

  /** @param isAhead whether it was submitted before its inputs were there */
  add(step: string, job: Submitted, isAhead: boolean): void {
    const name = taskName(step, job.indices);
    this.jobs.set(name, job);
    this.seen.add(name);
    if (isAhead) this.#ahead.set(name, job);
    // The run ended while it was submitted.
    if (this.over) this.cancelAhead();
  }

  failed(step: string, indices: readonly number[]): void {
    this.jobs.delete(taskName(step, indices));
  }

  isAhead(step: string, indices: readonly number[]): boolean {
    return this.#ahead.has(taskName(step, indices));
  }

  /** The job that was submitted ahead for a task, once. */
  takeAhead(step: string, indices: readonly number[]): Submitted | null {
    const name = taskName(step, indices);
    const job = this.#ahead.get(name) ?? null;
    this.#ahead.delete(name);
    return job;
  }

  /** Takes back what was submitted ahead and nobody asked for. */
  cancelAhead(): void {
    this.over = true;
    if (this.#ahead.size === 0) return;
    const steps = [...new Set([...this.#ahead.keys()].map((name) => name.split(" ")[0] ?? ""))];
    const count = this.#ahead.size;
    this.#print(
      `Slurm: ${count} ${count === 1 ? "job" : "jobs"} of ${steps.join(", ")} cancelled, which waited for others\n`,
    );
    for (const { id } of this.#ahead.values()) cancelJob(id);
    this.#ahead.clear();
  }
}

export function taskName(step: string, indices: readonly number[]): string {
  return `${step} ${indices.join(" ")}`;
}

const queues = new Map<string, RunQueue>();

/** What the run of a try has in the queue. */
export function queueOf({ origin: { runId }, sink }: Pick<Try, "origin" | "sink">): RunQueue {
  const queue = queues.get(runId) ?? new RunQueue((text) => sink.print("stderr", text));
  queues.set(runId, queue);
  return queue;
}

/** Whether a task of a run was submitted before its inputs were there. */
export function isAhead(runId: string, step: string, indices: readonly number[]): boolean {
  return queues.get(runId)?.isAhead(step, indices) === true;
}

/** The run is over: what was submitted ahead and nobody asked for is taken back. */
export function cancelAhead(runId: string): void {
  queues.get(runId)?.cancelAhead();
  queues.delete(runId);
}
