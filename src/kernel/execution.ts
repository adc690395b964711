import type { CellMark } from "./cell-mark.ts";
import type { Cell, CellLog } from "./cells.ts";
import { isCounted } from "./counting.ts";
import { diagnosticsReport, type ErrorReport, errorReport } from "./error-report.ts";
import { frontEndCell } from "./front-end-cell.ts";
import type { CellOutcome, Executor } from "./language/index.ts";
import type { Output } from "./output.ts";
import type { Content, Request } from "./protocol/index.ts";
import { inTurn } from "./turns.ts";
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

/** How a cell ended. */
type Ended =
  | { readonly error: ErrorReport }
  /** The reply's user expressions. */
  | { readonly error: null; readonly evaluated: Content };

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
    const { mark } = this.#parts;
    // Another turn than the script's: that one was ended by force.
    if (mark?.isSynchronous === true) {
      mark.setSynchronous(false);
      this.#running?.interruption.stopEnded();
    } else this.#running?.interruption.stop(sentMs);
  }

  /**
   * Resolves when the cell has ended and was answered. V8 ends a loop by throwing what cannot be caught, through all
   * functions that have called each other up to it: so none that has to go on afterwards may be among them.
   */
  run(request: Request): Promise<void> {
    const { cells, executor, mark } = this.#parts;
    const cell = this.#start(request);
    this.#running = cell;
    mark?.set(request.header.msg_id);
    return new Promise((resolve) => {
      const finish = (ended: Ended): void => {
        if (this.#running !== cell) return;
        this.#finish(cell, ended);
        resolve();
      };
      cell.interruption.onLost((error) => finish({ error: errorReport(error, executor.positions) }));
      cells.run(cell, () => inTurn(() => void this.#execute(cell).then(finish)));
    });
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

  /** Runs a cell and shows what it gives. */
  async #execute(cell: Cell): Promise<Ended> {
    const error = await this.#report(cell);
    if (error !== null) return { error };
    const asked = cell.request.content["user_expressions"];
    return { error, evaluated: evaluated(Object(asked) as Content, this.#parts.executor) };
  }

  async #report(cell: Cell): Promise<ErrorReport | null> {
    const { executor } = this.#parts;
    const { interruption, source, count } = cell;
    if (source.trim() === "") return null;
    try {
      if (interruption.isStopped) throw interruption.ended();
      const label = count === null ? "cell" : `cell [${count}]`;
      const turn = <T>(script: () => T): Promise<Awaited<T>> => this.#turn(cell, script);
      return await this.#show(
        cell,
        await executor.execute(source, label, {
          turn,
          interrupted: interruption.overdue,
          breakOnSigint: this.#parts.mark === undefined,
        }),
      );
    } catch (error) {
      return errorReport(error, executor.positions);
    }
  }

  /** Runs the synchronous part of a cell's script in a turn of its own: force ends that turn, and nothing else. */
  #turn<T>(cell: Cell, script: () => T): Promise<Awaited<T>> {
    const { mark } = this.#parts;
    return new Promise<Awaited<T>>((resolve, reject) => {
      const run = (): void => {
        mark?.setSynchronous(true);
        try {
          // The stop button may have been pressed while TypeScript read the cell.
          if (cell.interruption.isStopped) throw cell.interruption.ended();
          resolve(script() as Awaited<T>);
        } catch (error) {
          reject(error);
        }
        mark?.setSynchronous(false);
      };
      inTurn(run);
    });
  }

  /** None of the cell's own code runs in here. */
  #finish(cell: Cell, ended: Ended): void {
    const { cells, mark, reply } = this.#parts;
    mark?.clear();
    cells.run(cell, () => this.#end(cell, ended.error));
    this.#running = null;
    reply(cell.request, this.#answer(cell, ended));
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
    const { interruption } = cell;
    // The message that tells of the stop may still be unread: what ended a process that the cell waited for was faster.
    if (this.#parts.mark?.isStopping === true && !interruption.isStopped) interruption.stop();
    if (outcome.kind === "failed") {
      const error = interruption.explain(outcome.error);
      // A synchronous cell was stopped by V8 itself: what it started hears of it now.
      if (error !== outcome.error && !interruption.isStopped) interruption.stop();
      return errorReport(error, executor.positions);
    }
    if (outcome.value != null && cell.count !== null) {
      const data = await resultBundle(outcome.value);
      // An empty bundle: the value is on the screen already.
      if (Object.keys(data).length > 0)
        output.send("execute_result", { execution_count: cell.count, data, metadata: {} }, cell);
    }
    // It took the stop signal and gave what it had; the cells behind it must not run all the same.
    return interruption.isStopped ? errorReport(interruption.ended(), executor.positions) : null;
  }

  #answer(cell: Cell, ended: Ended): Content {
    const execution_count = cell.count ?? this.#count;
    if (ended.error !== null)
      return { status: "error", ...ended.error, execution_count, user_expressions: {}, payload: [] };
    return { status: "ok", execution_count, user_expressions: ended.evaluated, payload: cell.payload };
  }
}
