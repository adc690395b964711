import { inTurn } from "./turns.ts";

/** What a stopped cell ends with; the name is the one that Jupyter's tools know. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
}

/** How long a stopped cell may take to end by itself. */
const graceMs = 400;
/** Its end may be lost: what V8 ends by force takes all waiting promise callbacks with it. */
const lostMs = 300;

/** The stop button of one cell. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #overdue = Promise.withResolvers<never>();
  #lost: (error: KeyboardInterrupt) => void = () => {};
  #wasCut = false;
  #isStopped = false;

  constructor() {
    // Nobody waits for it before the script begins.
    this.#overdue.promise.catch(() => {});
  }

  /** Aborts when the user stops the cell. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the user has stopped the cell. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** Rejects when the cell was stopped and did not end by itself in time. */
  get overdue(): Promise<never> {
    return this.#overdue.promise;
  }

  /** Called, in a turn of its own, when not even {@link overdue} has ended the cell; maybe more than once. */
  onLost(end: (error: KeyboardInterrupt) => void): void {
    this.#lost = end;
  }

  /**
   * Tells the cell to stop. A second time it does not wait.
   *
   * @param sentMs the clock when the user pressed: a busy process hears of it late
   */
  stop(sentMs: number = Date.now()): void {
    const waitMs = this.#isStopped ? 0 : Math.max(0, graceMs - (Date.now() - sentMs));
    this.#isStopped = true;
    setTimeout(() => this.#overdue.reject(this.reason()), waitMs);
    setTimeout(() => this.#lost(this.reason()), waitMs + lostMs);
    // In a turn of its own: what listens to the signal is the user's code, and may loop.
    inTurn(() => this.#controller.abort(new KeyboardInterrupt(stopped)));
  }

  /** The stop of a cell whose script was ended before it waited for anything: nothing of it can end by itself. */
  stopEnded(): void {
    this.stop(0);
    this.#overdue.reject(this.reason());
  }

  /** V8 ends the script by force: nothing of the cell goes on. */
  cut(): void {
    this.#wasCut = true;
  }

  /** The error that a cell ended with, told as an interruption where it is one. */
  explain(error: unknown): unknown {
    if (isCodeOf(error, "ERR_SCRIPT_EXECUTION_INTERRUPTED")) return new KeyboardInterrupt(stopped);
    return this.#isStopped && (isAbort(error) || wasEnded(error)) ? new KeyboardInterrupt(stopped) : error;
  }

  /** What a cell ends with that has ended by itself. */
  ended(): KeyboardInterrupt {
    return new KeyboardInterrupt(stopped);
  }

  /** What it ends with otherwise. */
  reason(): KeyboardInterrupt {
    return new KeyboardInterrupt(this.#wasCut ? stopped : stillGoing);
  }
}

const stopped = "Stopped from the notebook.";
const stillGoing = "Stopped. What the cell was waiting for takes no stop signal and may go on in the kernel.";

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** What `execSync` throws when its process was ended. */
function wasEnded(error: unknown): boolean {
  return error instanceof Error && "signal" in error && (error.signal === "SIGINT" || error.signal === "SIGKILL");
}

function isCodeOf(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
