const states = { free: 0, asked: 1, held: 2, refused: 3, cutting: 4, withdrawn: 5 } as const;

/**
 * How the guard's thread makes the main thread stand still, in memory of both. V8 ends whatever runs when it is told to,
 * and what runs next when nothing does. So the guard asks first, by a call that V8 puts into what runs now; who may be
 * ended stays in that call until the order to end it has been given, and no other code comes in between.
 */
export class Hold {
  readonly #shared: Int32Array;

  /** @param memory of another thread's hold */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#shared = new Int32Array(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#shared.buffer as SharedArrayBuffer;
  }

  /** The guard is about to call. */
  ask(): void {
    Atomics.store(this.#shared, 0, states.asked);
  }

  /**
   * Whether the main thread stands still; the guard then gives its order and {@link release}s it.
   *
   * @param mostMs after that it will not stand still any more for this call
   */
  isHeld(mostMs: number): boolean {
    Atomics.wait(this.#shared, 0, states.asked, mostMs);
    this.#turn("asked", "withdrawn");
    return this.#turn("held", "cutting");
  }

  release(): void {
    Atomics.store(this.#shared, 0, states.free);
  }

  /** The main thread's answer to the call: stands still until it is released where it may be ended. */
  answer(mayBeEnded: boolean): void {
    if (!this.#turn("asked", mayBeEnded ? "held" : "refused")) return;
    Atomics.notify(this.#shared, 0);
    while (mayBeEnded && Atomics.load(this.#shared, 0) !== states.free);
  }

  #turn(from: keyof typeof states, to: keyof typeof states): boolean {
    return Atomics.compareExchange(this.#shared, 0, states[from], states[to]) === states[from];
  }
}
