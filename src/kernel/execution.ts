import { setTimeout as wait } from "node:timers/promises";
import type { Cell, CellLog } from "./cells.ts";
import { diagnosticsReport, type ErrorReport, errorReport } from "./error-report.ts";
import type { CellOutcome, Executor } from "./language/index.ts";
import type { Output } from "./output.ts";
import type { Content, HistoryEntry, Request } from "./protocol/index.ts";
import { resultBundle } from "./result-bundle.ts";

export interface ExecutionParts {
  readonly executor: Executor;
  readonly cells: CellLog;
  readonly output: Output;
  /** Sends the reply of an execute request. */
  readonly reply: (request: Request, content: Content) => void;
  readonly status: (request: Request, state: "busy" | "idle") => void;
}

/** How long an error waits before it is answered, so that requests sent before the answer have arrived and are aborted. */
const drainMs = 15;

/** Runs the cells of execute requests and counts them. */
export class Execution {
  readonly history: HistoryEntry[] = [];
  readonly #parts: ExecutionParts;
  #count = 0;
  #running: Cell | null = null;

  constructor(parts: ExecutionParts) {
    this.#parts = parts;
  }

  /** The stop button. */
  interrupt(): void {
    this.#running?.interruption.stop();
  }

  async run(request: Request): Promise<"go on" | "abort the rest"> {
    const { status } = this.#parts;
    status(request, "busy");
    const cell = this.#start(request);
    this.#running = cell;
    const error = await this.#parts.cells.run(cell, () => this.#execute(cell));
    this.#running = null;
    const stops = error !== null && request.content["stop_on_error"] !== false;
    if (stops) await wait(drainMs);
    this.#answer(request, cell, error);
    status(request, "idle");
    return stops ? "abort the rest" : "go on";
  }

  abort(request: Request): void {
    this.#parts.status(request, "busy");
    this.#parts.reply(request, { status: "aborted", execution_count: this.#count, user_expressions: {}, payload: [] });
    this.#parts.status(request, "idle");
  }

  #start(request: Request): Cell {
    const { content, metadata } = request;
    const source = String(content["code"] ?? "");
    const isCounted = content["silent"] !== true && content["store_history"] !== false;
    if (isCounted) this.history.push({ count: ++this.#count, source });
    const id = typeof metadata["cellId"] === "string" ? metadata["cellId"] : null;
    const count = content["silent"] === true ? null : this.#count;
    const cell = this.#parts.cells.start(request, { id, count, source });
    if (count !== null) this.#parts.output.send("execute_input", { code: source, execution_count: count }, cell);
    return cell;
  }

  /** Runs a cell and shows what it gives; null when all went well. */
  async #execute(cell: Cell): Promise<ErrorReport | null> {
    const { executor, cells, output } = this.#parts;
    let report: ErrorReport | null;
    try {
      const label = cell.count === null ? "cell" : `cell [${cell.count}]`;
      const outcome = await executor.execute(cell.source, label, cell.interruption.overdue);
      report = await this.#show(cell, outcome);
    } catch (error) {
      report = errorReport(error, executor.positions);
    }
    for (const error of cells.ended()) this.warn(cell, "At the end of the cell", error);
    if (report !== null) output.send("error", { ...report }, cell);
    output.flush();
    return report;
  }

  /** Prints an error that no cell is waiting for. */
  warn(cell: Cell, title: string, error: unknown): void {
    const { traceback } = errorReport(error, this.#parts.executor.positions);
    this.#parts.output.write(cell, "stderr", `${title}: ${traceback.join("\n")}\n`);
  }

  async #show(cell: Cell, outcome: CellOutcome): Promise<ErrorReport | null> {
    const { executor, output } = this.#parts;
    if (outcome.kind === "rejected") return diagnosticsReport(outcome.diagnostics, cell.source);
    if (outcome.kind === "failed") {
      const error = cell.interruption.explain(outcome.error);
      // A synchronous cell was stopped by V8 itself: what it started hears of it now.
      if (error !== outcome.error && !cell.interruption.signal.aborted) cell.interruption.stop();
      return errorReport(error, executor.positions);
    }
    if (outcome.value == null || cell.count === null) return null;
    const data = await resultBundle(outcome.value);
    // An empty bundle: the value is on the screen already.
    if (Object.keys(data).length === 0) return null;
    output.send("execute_result", { execution_count: cell.count, data, metadata: {} }, cell);
    return null;
  }

  #answer(request: Request, cell: Cell, error: ErrorReport | null): void {
    const shared = { execution_count: cell.count ?? this.#count, user_expressions: {}, payload: [] };
    this.#parts.reply(request, error === null ? { status: "ok", ...shared } : { status: "error", ...error, ...shared });
  }
}
