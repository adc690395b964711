import { StringDecoder } from "node:string_decoder";
import type { Cell, CellLog } from "./cells.ts";
import type { Content } from "./protocol/index.ts";

type StreamName = "stdout" | "stderr";
type Publish = (type: string, content: Content, cell: Cell) => void;

const waitMs = 20;
const mostWaiting = 8192;

/**
 * The outputs of cells: each goes under the cell that caused it, in the order in which they were made.
 *
 * Text that comes within 20 ms of other text is gathered, so that a loop of `console.log` is few messages; a loop that
 * never yields sends it by the clock and the size.
 */
export class Output {
  readonly #cells: CellLog;
  readonly #publish: Publish;
  #waiting: { readonly cell: Cell; readonly name: StreamName; text: string } | null = null;
  #sentMs = 0;
  #lastCell: Cell | null = null;

  constructor(cells: CellLog, publish: Publish) {
    this.#cells = cells;
    this.#publish = publish;
  }

  /** Takes over `process.stdout` and `process.stderr`; what no cell causes still goes to the real ones. */
  capture(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const stream = process[name];
      const real = stream.write.bind(stream);
      const decoder = new StringDecoder("utf8");
      const write = (chunk: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
        const cell = this.#cells.current();
        const done = rest.find((argument) => typeof argument === "function");
        if (cell === null) return real(chunk, done as () => void);
        this.write(cell, name, typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk)));
        if (done !== undefined) process.nextTick(done as () => void);
        return true;
      };
      stream.write = write as typeof stream.write;
    }
  }

  write(cell: Cell, name: StreamName, text: string): void {
    if (text === "") return;
    if (this.#waiting?.cell !== cell || this.#waiting.name !== name) {
      this.flush();
      this.#waiting = { cell, name, text: "" };
      setTimeout(() => this.flush(), waitMs).unref();
    }
    const waiting = this.#waiting;
    waiting.text += text;
    // The first text goes at once: a busy loop may follow, in which no timer fires.
    const isFirst = this.#lastCell !== cell;
    this.#lastCell = cell;
    if (isFirst || waiting.text.length >= mostWaiting || performance.now() - this.#sentMs >= waitMs) this.flush();
  }

  /** Publishes a message of a cell after the text that came before it. */
  send(type: string, content: Content, cell: Cell): void {
    this.flush();
    this.#publish(type, content, cell);
  }

  flush(): void {
    const waiting = this.#waiting;
    if (waiting === null) return;
    this.#waiting = null;
    this.#sentMs = performance.now();
    this.#publish("stream", { name: waiting.name, text: waiting.text }, waiting.cell);
  }
}
