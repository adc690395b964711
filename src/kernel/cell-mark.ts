/**
 * Which cell runs, as a number in memory that the guard's thread reads: V8 ends whatever runs next when nothing does, so a
 * stop that comes late must not be carried out on the turn that reads the next request.
 */
export class CellMark {
  readonly #shared: Int32Array;

  /** @param memory of another thread's mark */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)) {
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

  /** Whether the cell is in its synchronous part, the only one that a signal ends; later it would hit the next cell. */
  setSynchronous(isSynchronous: boolean): void {
    Atomics.store(this.#shared, 1, isSynchronous ? 1 : 0);
  }

  get isSynchronous(): boolean {
    return Atomics.load(this.#shared, 1) === 1;
  }

  /** Whether the cell of a mark still runs. */
  isAt(mark: number): boolean {
    return Atomics.load(this.#shared, 0) === mark;
  }
}

/** Before a mark on its way to the guard: a signal only, which ends the synchronous part of a cell in order. */
export const mildly = "mildly ";

/** The mark while no cell runs. */
export const noCell = 0;

/** The number of a request, never 0 (FNV-1a over its id). */
export function markOf(request: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(request)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash === 0 ? 1 : hash | 0;
}
