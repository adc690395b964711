/** A place where something may run. */
export interface Seat {
  /** Gives it to the next one; again, nothing happens. */
  leave(): void;
}

/** The processor's cores as places: a task takes one, or as many as it asks for; who comes first is first. */
export class Slots {
  readonly #capacity: number;
  readonly #waiting: { readonly weight: number; readonly enter: () => void }[] = [];
  #free: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#free = capacity;
  }

  /**
   * Resolves when there is room; `leave()` gives it back.
   *
   * @param weight places that are taken; more than there are are all of them
   * @throws the signal's reason, when it aborts before there is room
   */
  async enter(weight: number, signal: AbortSignal): Promise<Seat> {
    const taken = Math.min(weight, this.#capacity);
    if (this.#waiting.length === 0 && this.#free >= taken) this.#free -= taken;
    else await this.#turn(taken, signal);
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      this.#free += taken;
      this.#next();
    };
    return { leave };
  }

  #turn(weight: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const waiting = { weight, enter };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        reject(signal.reason);
        // Who stands behind may need less.
        this.#next();
      };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
      if (signal.aborted) leave();
    });
  }

  #next(): void {
    for (let first = this.#waiting[0]; first !== undefined && first.weight <= this.#free; first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= first.weight;
      first.enter();
    }
  }
}
