import type { Results } from "../keys/index.ts";

/** A task of this run whose result is kept. */
export interface KeptTask {
  readonly key: string;
  /** Runs it again, and puts what it gives in the place of the result. */
  readonly again: () => Promise<void>;
}

/** How often one task is made again: a disk that damages all that is written does not keep a flow busy forever. */
const repairsPerTask = 2;

/** Makes results again whose bytes turned out to be damaged when somebody read them. */
export class Repairs {
  readonly #results: Pick<Results, "find">;
  /** In the order in which they ended: each behind those that it needs. */
  readonly #kept = new Map<string, KeptTask>();
  readonly #times = new Map<string, number>();
  #last: Promise<unknown> = Promise.resolve();
  /** Results that were made again so far: who failed looks whether it has changed since it began. */
  count = 0;

  constructor(results: Pick<Results, "find">) {
    this.#results = results;
  }

  keep(place: string, task: KeptTask): void {
    this.#kept.set(place, task);
  }

  /**
   * Makes again what is gone; who found it damaged has taken it away. False: all is there.
   *
   * @param since `count` when who asks began
   * @param within a repair asks, which found one more; others wait for their turn
   */
  async repaired(since: number, within: boolean): Promise<boolean> {
    if (within) return this.#pass();
    const pass = this.#last.then(() => this.count > since || this.#pass());
    this.#last = pass.catch(() => {});
    return pass;
  }

  async #pass(): Promise<boolean> {
    const before = this.count;
    for (const [place, task] of [...this.#kept]) {
      const times = this.#times.get(place) ?? 0;
      if (this.#kept.get(place) !== task || times >= repairsPerTask || this.#results.find(task.key) !== null) continue;
      // While it is made again it is nobody's to repair; then it is kept anew.
      this.#kept.delete(place);
      this.#times.set(place, times + 1);
      await task.again();
      this.count++;
    }
    return this.count > before;
  }
}
