import type { Cell, CellLog } from "./cells.ts";
import { sendUp } from "./uplink.ts";

/** `input()` where the front end cannot ask; the name is the one that Jupyter's tools know. */
class StdinNotImplementedError extends Error {
  override readonly name = "StdinNotImplementedError";
}

/** The questions of cells to the user, one at a time. */
export class Inputs {
  readonly #cells: CellLog;
  readonly #running: () => Cell | null;
  #asked: { readonly request: string; readonly answer: (value: string) => void } | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(cells: CellLog, running: () => Cell | null) {
    this.#cells = cells;
    this.#running = running;
  }

  /** What the user types; rejects when the cell is stopped, or the front end cannot ask. */
  ask(prompt: string, password: boolean): Promise<string> {
    const cell = this.#cells.current();
    const before = this.#last;
    const answer = before.then(() => this.#askNow(cell, { prompt, password }));
    this.#last = answer.catch(() => {});
    return answer;
  }

  take(request: string, value: string): void {
    if (this.#asked?.request === request) this.#asked.answer(value);
  }

  #askNow(cell: Cell | null, question: { readonly prompt: string; readonly password: boolean }): Promise<string> {
    if (cell === null || cell !== this.#running())
      throw new Error(
        "input() was called after its cell had ended; the front end no longer listens to it. Await it in the cell.",
      );
    if (cell.request.content["allow_stdin"] !== true)
      throw new StdinNotImplementedError(
        "input() was called, but this front end cannot ask. Give the value in the cell.",
      );
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const { signal } = cell.interruption;
    signal.throwIfAborted();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    const request = cell.request.header.msg_id;
    this.#asked = { request, answer: resolve };
    sendUp({ kind: "input", request, ...question });
    return promise;
  }
}
