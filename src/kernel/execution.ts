import type { CellMark } from "./cell-mark.ts";
import type { Cell, CellLog } from "./cells.ts";
import { isCounted } from "./counting.ts";
import { diagnosticsReport, type ErrorReport, errorReport } from "./error-report.ts";
import { frontEndCell } from "./front-end-cell.ts";
import type { CellOutcome, Executor } from "./language/index.ts";
import type { Output } from "./output.ts";
import type { Content, Request } from "./protocol/index.ts";
import { evaluated } from "./user-expressions.ts";
import { resultBundle } from "./values/index.ts";

export interface ExecutionParts {
  readonly executor: Executor;
  readonly cells: CellLog;
  readonly output: Output;
  /** Sends the reply of an execute request. */
  readonly reply: (request: Request, content: Content) => void;
  /** Of the cell that ran last in this session; 0 where none is named. */
  readonly count?: number;
  /** Told which cell runs. */
  readonly mark?: CellMark;
}

/** Runs the cells of execute requests and counts them. */
export class Execution {
  readonly #parts: ExecutionParts;
  #count: number;
  #running: Cell | null = null;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
    this.#count = parts.count ?? 0;
  }

  /** The cell that runs now. */
  get running(): Cell | null {
    return this.#running;
  }

  /** The stop button. */
  interrupt(sentMs?: number): void {
    this.#running?.interruption.stop(sentMs);
  }

  /** Resolves when the cell has ended and was answered. */
  async run(request: Request): Promise<void> {
    const cell = this.#start(request);
    this.#running = cell;
    this.#parts.mark?.set(request.header.msg_id);
    const report = await this.#outcome(cell);
    this.#parts.mark?.clear();
    this.#parts.cells.run(cell, () => this.#end(cell, report));
    this.#running = null;
    this.#parts.reply(request, this.#answer(cell, report));
  }

  /** Prints an error that no cell is waiting for. */
  warn(cell: Cell, title: string, error: unknown): void {
    const { traceback } = errorReport(error, this.#parts.executor.positions);
    this.#parts.output.write(cell, "stderr", `${title}: ${traceback.join("\n")}\n`);
  }

  #start(request: Request): Cell {
    const { content } = request;
    const source = String(content["code"] ?? "");
    if (isCounted(content)) this.#count += 1;
    const { id } = frontEndCell(request);
    const count = content["silent"] === true ? null : this.#count;
    const cell = this.#parts.cells.start(request, { id, count, source });
    if (count !== null) this.#parts.output.send("execute_input", { code: source, execution_count: count }, cell);
    return cell;
  }

  /**
   * How the cell ended, in any case. V8 ends a loop by throwing what cannot be caught, through all functions that have
   * called each other up to it: so none that has to go on afterwards may be among them.
   */
  #outcome(cell: Cell): Promise<ErrorReport | null> {
    const { cells, executor } = this.#parts;
    const ended = Promise.withResolvers<ErrorReport | null>();
    void cell.interruption.lost.then((error) => ended.resolve(errorReport(error, executor.positions)));
    cells.run(cell, () => setImmediate(() => void this.#execute(cell).then(ended.resolve)));
    return ended.promise;
  }

  /** Runs a cell and shows what it gives; null when all went well. */
  async #execute(cell: Cell): Promise<ErrorReport | null> {
    const { executor } = this.#parts;
    if (cell.source.trim() === "") return null;
    try {
      cell.interruption.signal.throwIfAborted();
      const label = cell.count === null ? "cell" : `cell [${cell.count}]`;
      this.#parts.mark?.setSynchronous(true);
      const outcome = executor.execute(cell.source, label, cell.interruption.overdue);
      this.#parts.mark?.setSynchronous(false);
      return await this.#show(cell, await outcome);
    } catch (error) {
      return errorReport(error, executor.positions);
    }
  }

  #end(cell: Cell, report: ErrorReport | null): void {
    const { cells, output } = this.#parts;
    for (const error of cells.ended()) this.warn(cell, "At the end of the cell", error);
    if (report !== null) output.send("error", { ...report }, cell);
    output.flush();
  }

  async #show(cell: Cell, outcome: CellOutcome): Promise<ErrorReport | null> {
    const { executor, output } = this.#parts;
    if (outcome.kind === "rejected") return diagnosticsReport(outcome.diagnostics, cell.source);
    if (outcome.kind === "failed") {
      // The stop button may have ended what the cell waited for; that it was pressed is read now.
      for (let turn = 0; turn < 2; turn++) await new Promise(setImmediate);
      const error = cell.interruption.explain(outcome.error);
      // A synchronous cell was stopped by V8 itself: what it started hears of it now.
      if (error !== outcome.error && !cell.interruption.signal.aborted) cell.interruption.stop();
      return errorReport(error, executor.positions);
    }
    if (outcome.value != null && cell.count !== null) {
      const data = await resultBundle(outcome.value);
      // An empty bundle: the value is on the screen already.
      if (Object.keys(data).length > 0)
        output.send("execute_result", { execution_count: cell.count, data, metadata: {} }, cell);
    }
    // It took the stop signal and gave what it had; the cells behind it must not run all the same.
    const { signal } = cell.interruption;
    return signal.aborted ? errorReport(signal.reason, executor.positions) : null;
  }

  #answer(cell: Cell, error: ErrorReport | null): Content {
    const execution_count = cell.count ?? this.#count;
    if (error !== null) return { status: "error", ...error, execution_count, user_expressions: {}, payload: [] };
    const asked = cell.request.content["user_expressions"];
    const user_expressions = evaluated(Object(asked) as Content, this.#parts.executor);
    return { status: "ok", execution_count, user_expressions, payload: cell.payload };
  }
}
