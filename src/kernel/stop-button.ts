import type { CellsProcess } from "./cells-process.ts";
import type { Content, Request } from "./protocol/index.ts";
import { stopCell, stopLeftover } from "./stop.ts";

/** The cell that runs, as the broker knows it. */
export interface RunningCell {
  readonly request: Request;
  readonly finish: (reply: Content) => void;
  /** Whether it is on its way to the cells' process. */
  isSent: boolean;
  /** Whether that process has begun with it. */
  isTaken: boolean;
  isStopping: boolean;
}

export interface StopButtonParts {
  readonly cells: () => CellsProcess;
  readonly running: () => RunningCell | null;
  /** Ends a cell that has not been sent. */
  readonly cancel: (running: RunningCell) => void;
  readonly warn: (text: string) => void;
}

/** The stop button of a notebook: for the cell that runs, or for what an earlier one left behind. */
export class StopButton {
  readonly #parts: StopButtonParts;

  constructor(parts: StopButtonParts) {
    this.#parts = parts;
  }

  press(): void {
    const { cells, cancel } = this.#parts;
    const running = this.#parts.running();
    if (running === null) this.#stopLeftover();
    else if (!running.isSent) cancel(running);
    // A second time: the grace of the first is over.
    else if (running.isStopping) cells().send({ kind: "stop", request: running.request.header.msg_id, sentMs: 0 });
    else this.#stop(running);
  }

  #stop(running: RunningCell): void {
    running.isStopping = true;
    const request = running.request.header.msg_id;
    const isRunning = (): boolean => this.#parts.running() === running;
    this.#watch(
      stopCell(this.#parts.cells(), { request, isRunning, hasBegun: () => running.isTaken }).then(() => {
        running.isStopping = false;
      }),
    );
  }

  #stopLeftover(): void {
    const { cells, running } = this.#parts;
    this.#watch(stopLeftover(cells(), () => running()?.isTaken !== true));
  }

  #watch(stopping: Promise<void>): void {
    stopping.catch((error: unknown) => this.#parts.warn(`A cell was not stopped: ${error}`));
  }
}
