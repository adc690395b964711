import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { CellMark } from "./cell-mark.ts";
import { CellLog } from "./cells.ts";
import { Comms } from "./comms.ts";
import { errorReport } from "./error-report.ts";
import { Execution } from "./execution.ts";
import { allowForce } from "./force.ts";
import { installGlobals } from "./globals.ts";
import type { GuardMemory } from "./guard-memory.ts";
import { Hold } from "./hold.ts";
import { installHook, installTslabDisplay } from "./hook.ts";
import { Inputs } from "./inputs.ts";
import { createExecutor, type Executor } from "./language/index.ts";
import { link, type Parcel, parcelReader, type ToCells } from "./link.ts";
import { Output } from "./output.ts";
import type { Content, Request } from "./protocol/index.ts";
import { RecentIds } from "./recent-ids.ts";
import { answers } from "./replies.ts";
import { endWithCell } from "./started-work.ts";
import { inTurn, separateImmediates } from "./turns.ts";
import { sendUp } from "./uplink.ts";

export interface SessionOptions {
  /** Whose packages and modules the cells see. */
  readonly folder: string;
  /** Of the cell that ran last. */
  readonly count: number;
}

/**
 * Starts taking requests from the broker; ends with the process.
 *
 * @throws {StemmaError} tslab or typescript is not installed
 */
export function startSession({ folder, count }: SessionOptions): void {
  const session = new Session(createExecutor(folder), count);
  const read = parcelReader<ToCells>();
  const down = new Socket({ fd: link.down, readable: true, writable: false });
  // Force spares it: half a message read would be the end of all that follow.
  const readsFromBroker = (piece: Uint8Array): void => {
    for (const parcel of read(piece)) session.take(parcel);
  };
  down.on("data", readsFromBroker);
  // The broker is gone; the guard sees it too, but it may not run yet.
  down.on("end", () => process.exit(0));
  session.open();
  startGuard(session.guardMemory([readsFromBroker, sendUp]));
  sendUp({ kind: "ready" });
}

/** Before what cells start is watched: the guard is none of theirs. */
function startGuard(memory: GuardMemory): void {
  const main = fileURLToPath(import.meta.url).replace(/session(\.\w+)$/, "guard-main$1");
  new Worker(main, { workerData: memory, stdout: false, stderr: false }).unref();
}

class Session {
  readonly #executor: Executor;
  readonly #execution: Execution;
  readonly #cells = new CellLog();
  readonly #output: Output;
  readonly #comms: Comms;
  readonly #inputs: Inputs;
  readonly #answers: ReturnType<typeof answers>;
  /** Ids of requests that were begun with. */
  readonly #taken = new RecentIds();
  /** The cell that runs, for the guard. */
  readonly #mark = new CellMark();
  readonly #waiting: RequestParcel[] = [];

  constructor(executor: Executor, count: number) {
    const cells = this.#cells;
    this.#executor = executor;
    this.#output = new Output(cells, (type, content, cell) =>
      sendUp({ kind: "publish", type, parent: cell.request.header, metadata: {} }, json(content)),
    );
    const reply = (request: Request, content: Content): void => this.#reply(request, content);
    this.#execution = new Execution({ executor, cells, output: this.#output, reply, count, mark: this.#mark });
    this.#comms = new Comms(cells, this.#output, (error) => this.#uncaught("In a listener of a comm", error));
    this.#inputs = new Inputs(cells, () => this.#execution.running);
    this.#answers = answers(executor);
  }

  open(): void {
    this.#output.capture();
    const { scripts } = this.#executor;
    installHook({ cells: this.#cells, output: this.#output, scripts, comms: this.#comms, mark: this.#mark });
    installGlobals({ cells: this.#cells, output: this.#output, inputs: this.#inputs });
    installTslabDisplay(this.#executor.tslab.jupyter, this.#cells, this.#output);
    separateImmediates();
    // In the next turn: the guard starts in this one.
    setImmediate(() => endWithCell(this.#cells, this.#output));
    process.on("uncaughtException", (error) => this.#uncaught("Uncaught", error));
    process.on("unhandledRejection", (reason) => this.#uncaught("Unhandled rejection", reason));
    process.on("exit", () => this.#output.flush());
  }

  /** Lets force end what cells do. @param spared functions that it leaves alone */
  guardMemory(spared: readonly CallableFunction[]): GuardMemory {
    const hold = new Hold();
    const ended = (): void => this.#execution.running?.interruption.cut();
    allowForce({ mark: this.#mark, hold, cells: this.#cells, spared, ended });
    return { mark: this.#mark.memory, hold: hold.memory };
  }

  /** Nothing of a cell's own runs in here: a request gets a turn of its own. */
  take({ head, body, buffers }: Parcel<ToCells>): void {
    if (head.kind === "request") this.#waiting.push({ head, body, buffers });
    else if (head.kind === "ping") sendUp({ kind: "pong", number: head.number });
    else if (head.kind === "stop") this.#ifRunning(head.request, () => this.#execution.interrupt(head.sentMs));
    else if (head.kind === "input") this.#inputs.take(head.request, head.value);
    else inTurn(() => this.#shutDown());
    // Also for those whose turn force has ended.
    if (this.#waiting.length > 0) inTurn(() => this.#answerNext());
  }

  #answerNext(): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    if (this.#waiting.length > 0) inTurn(() => this.#answerNext());
    this.#answer(next.head.type, requestOf(next.head, next.body, next.buffers));
  }

  /** A stop may come when its cell has ended meanwhile. */
  #ifRunning(id: string, act: () => void): void {
    if (this.#execution.running?.request.header.msg_id === id) act();
  }

  #answer(type: string, request: Request): void {
    const id = request.header.msg_id;
    const isCell = type === "execute_request";
    // It comes a second time where the broker could not know that it arrived.
    const isKnown = this.#taken.has(id) || this.#execution.running?.request.header.msg_id === id;
    if (isCell && !isKnown) void this.#execution.run(request);
    this.#taken.add(id);
    sendUp({ kind: "taken", request: id, isCell });
    if (!isCell && !isKnown)
      try {
        this.#reply(request, this.#answers[type]?.(request) ?? this.#comms.take(type, request));
      } catch (error) {
        this.#reply(request, { status: "error", ...errorReport(error, this.#executor.positions) });
      }
  }

  #reply(request: Request, content: Content): void {
    this.#output.flush();
    sendUp({ kind: "reply", request: request.header.msg_id }, json(content));
  }

  #uncaught(title: string, error: unknown): void {
    const cell = this.#cells.current();
    if (cell !== null) this.#execution.warn(cell, title, error);
    else process.stderr.write(`${title}: ${error instanceof Error ? error.stack : String(error)}\n`);
  }

  #shutDown(): void {
    this.#cells.ended();
    this.#output.flush();
    this.#executor.close();
    process.exit(0);
  }
}

type RequestParcel = Parcel<Extract<ToCells, { readonly kind: "request" }>>;

function json(content: Content): Buffer {
  return Buffer.from(JSON.stringify(content));
}

function requestOf(
  { header, metadata }: Extract<ToCells, { readonly kind: "request" }>,
  body: Uint8Array,
  buffers: readonly Uint8Array[],
): Request {
  const content = JSON.parse(Buffer.from(body).toString()) as Content;
  return { channel: "shell", idents: [], header, parent: {}, metadata, content, buffers };
}
