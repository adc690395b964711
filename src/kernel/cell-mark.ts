/** Which cell runs, as a number in memory that the guard's thread reads too: a stop that comes late is for no other cell. */
export class CellMark {
  readonly #shared: Int32Array;
  #heldUp = 0;
  #sparedUntilMs = 0;

  /** @param memory of another thread's mark */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(3 * Int32Array.BYTES_PER_ELEMENT)) {
    this.#shared = new Int32Array(memory);
  }

  get memory(): SharedArrayBuffer {
    return this.#shared.buffer as SharedArrayBuffer;
  }

  /** A cell begins. @param request the id of its request */
  set(request: string): void {
    Atomics.store(this.#shared, 0, markOf(request));
  }

  /** It has ended. */
  clear(): void {
    Atomics.store(this.#shared, 0, noCell);
    this.setSynchronous(false);
  }

  /** Whether the cell is in the synchronous part of its script: only what has not begun to wait can be ended at once. */
  setSynchronous(isSynchronous: boolean): void {
    Atomics.store(this.#shared, 1, isSynchronous ? 1 : 0);
  }

  get isSynchronous(): boolean {
    return Atomics.load(this.#shared, 1) === 1;
  }

  /** The cell is to stop, which the main thread may not have heard yet. */
  setStopping(): void {
    Atomics.store(this.#shared, 2, Atomics.load(this.#shared, 0));
  }

  get isStopping(): boolean {
    const stopping = Atomics.load(this.#shared, 2);
    return stopping !== noCell && this.isAt(stopping);
  }

  /**
   * Runs code that holds the thread up and asks by itself whether it is to stop: it is not ended by force, nor is what it throws
   * on its way out.
   */
  holdUp<T>(wait: (isStopping: () => boolean) => T): T {
    this.#heldUp += 1;
    try {
      return wait(() => this.isStopping);
    } finally {
      this.#heldUp -= 1;
      if (this.isStopping) this.#sparedUntilMs = Date.now() + wayOutMs;
    }
  }

  get isSpared(): boolean {
    return this.#heldUp > 0 || Date.now() < this.#sparedUntilMs;
  }

  /** Whether the cell of a mark still runs. */
  isAt(mark: number): boolean {
    return Atomics.load(this.#shared, 0) === mark;
  }
}

/** For the error of who was stopped in a wait to reach the end of its cell. */
const wayOutMs = 150;

/** The mark while no cell runs. */
export const noCell = 0;

/** The number of a request, never 0 (FNV-1a over its id). */
export function markOf(request: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(request)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash === 0 ? 1 : hash | 0;
}
