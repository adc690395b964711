/** What a stopped cell ends with; the name is the one that Jupyter's tools know. */
export class KeyboardInterrupt extends Error {
  override readonly name = "KeyboardInterrupt";
}

const graceMs = 400;

/** The stop button of one cell. */
export class Interruption {
  readonly #controller = new AbortController();
  readonly #rejected = Promise.withResolvers<never>();

  constructor() {
    // Nobody waits for it while the cell is synchronous.
    this.#rejected.promise.catch(() => {});
  }

  /** Aborts when the user stops the cell. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Rejects when the cell was stopped and did not end by itself in time. */
  get overdue(): Promise<never> {
    return this.#rejected.promise;
  }

  /** Tells the cell to stop. A second time it does not wait. */
  stop(): void {
    if (this.#controller.signal.aborted) this.#rejected.reject(stillGoing());
    else this.#controller.abort(new KeyboardInterrupt("Stopped from the notebook."));
    setTimeout(() => this.#rejected.reject(stillGoing()), graceMs).unref();
  }

  /** The error that a cell ended with, told as an interruption where it is one. */
  explain(error: unknown): unknown {
    if (isCodeOf(error, "ERR_SCRIPT_EXECUTION_INTERRUPTED")) return new KeyboardInterrupt("Stopped from the notebook.");
    const isAbort = error instanceof Error && error.name === "AbortError";
    return this.signal.aborted && isAbort ? this.signal.reason : error;
  }
}

function stillGoing(): KeyboardInterrupt {
  return new KeyboardInterrupt(
    "Stopped. What the cell was waiting for takes no stop signal and may go on in the kernel.",
  );
}

function isCodeOf(error: unknown, code: string): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === code;
}
