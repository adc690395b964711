import { setTimeout as wait } from "node:timers/promises";
import { ownAnswers } from "./broker-answers.ts";
import { CellsProcess, type Ending } from "./cells-process.ts";
import { isCounted } from "./counting.ts";
import { diedWords, stoppedAnswer, stoppedByEnding, stoppedEarly } from "./ended-words.ts";
import type { ErrorReport } from "./error-report.ts";
import { openLane } from "./lane.ts";
import type { FromCells, Parcel } from "./link.ts";
import { OpenComms } from "./open-comms.ts";
import { endWithParent } from "./parent-process.ts";
import { loadZeroMq } from "./peer-packages.ts";
import { type Content, openSockets, type Request, readConnectionFile, type Sockets } from "./protocol/index.ts";
import { SessionHistory } from "./session-history.ts";
import { type RunningCell, StopButton } from "./stop-button.ts";
import { StrayText } from "./stray-text.ts";

/**
 * Starts the kernel that a connection file describes; it ends with the process.
 *
 * @param connectionFile path of the JSON file that Jupyter wrote
 * @throws {StemmaError} the file is missing or wrong, or tslab is not installed
 */
export async function startBroker(connectionFile: string): Promise<void> {
  const connection = readConnectionFile(connectionFile);
  const zeromq = loadZeroMq();
  const broker = new Broker(connectionFile);
  try {
    const receive = (request: Request): void => broker.receive(request);
    const sockets = await openSockets(zeromq, connection, { receive, warn });
    broker.open(sockets, ownAnswers(broker, connection));
  } catch (error) {
    broker.kill();
    throw error;
  }
}

/** Writes to the server's log: a cell is no place for what the kernel has to say about itself. */
function warn(text: string): void {
  process.stderr.write(`stemma kernel: ${text}\n`);
}

/** How long an error waits before it is answered, so that requests sent before the answer have arrived and are aborted. */
const drainMs = 15;
/** How long the cells' process may take to end by itself when the kernel shuts down. */
const shutdownMs = 1500;
/** How long the cell that runs may take to stop before that; Jupyter kills a kernel that has not ended after 5 seconds. */
const stoppingMs = 1500;

/**
 * The process that Jupyter talks to: it answers at any time, whatever the cells do. What needs TypeScript or the variables
 * it passes on to the cells' process.
 */
export class Broker {
  readonly history: SessionHistory = new SessionHistory(warn);
  readonly comms: OpenComms = new OpenComms();
  readonly #connectionFile: string;
  readonly #early: Request[] = [];
  /** Requests whose end the cells' process will tell. */
  readonly #passedOn = new Map<string, Request>();
  readonly #lane = openLane({ run: (request) => this.#run(request), abort: (request) => this.#abort(request) });
  readonly #stray: StrayText = new StrayText((name, text) => this.#tellStray(name, text));
  readonly #stopButton: StopButton = new StopButton({
    cells: () => this.#cells,
    running: () => this.#running,
    cancel: (running) => this.#fail(running, stoppedEarly),
    warn,
  });
  #cells: CellsProcess;
  #sockets: Sockets | null = null;
  #answers: ReturnType<typeof ownAnswers> = {};
  #running: RunningCell | null = null;
  #last: Request | null = null;
  #count = 0;
  #isEnding = false;

  constructor(connectionFile: string) {
    this.#connectionFile = connectionFile;
    this.#cells = this.#startCells();
  }

  /** What has arrived before the sockets are all bound has waited. */
  open(sockets: Sockets, answers: ReturnType<typeof ownAnswers>): void {
    this.#sockets = sockets;
    this.#answers = answers;
    process.on("SIGINT", () => this.interrupt());
    for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => void this.end(0));
    endWithParent(() => void this.end(0));
    sockets.publish({ type: "status", content: { execution_state: "starting" }, parent: null });
    for (const request of this.#early.splice(0)) this.receive(request);
  }

  receive(request: Request): void {
    const type = request.header.msg_type;
    if (this.#sockets === null) this.#early.push(request);
    else if (type === "execute_request") this.#lane.add(request);
    else if (request.channel === "stdin") this.#takeInput(request);
    else this.#answer(request, type);
  }

  /** The stop button. */
  interrupt(): void {
    // Jupyter presses it before it asks for the end, and may be heard of after: a second press would be one for force.
    if (!this.#isEnding) this.#stopButton.press();
  }

  /** Ends the cells' process, then this one. */
  async end(code: number): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    await this.#stopped();
    const ended = new Promise((resolve) => this.#cells.once("end", resolve));
    this.#cells.send({ kind: "shutdown" });
    // A cell that could not be stopped hears nothing of it.
    if (this.#running === null && !this.#cells.hasEnded) await Promise.race([ended, wait(shutdownMs)]);
    this.#exit(code);
  }

  kill(): void {
    this.#cells.kill();
  }

  // A flow tells then that it was stopped, and ends its jobs.
  async #stopped(): Promise<void> {
    const running = this.#running;
    if (running === null) return;
    if (!running.isStopping) this.#stopButton.press();
    const lastMs = Date.now() + stoppingMs;
    while (this.#running === running && !this.#cells.hasEnded && Date.now() < lastMs) await wait(10);
  }

  publish(type: string, content: Content, parent: Request | null): void {
    this.#sockets?.publish({ type, content, parent: parent?.header ?? null });
  }

  #exit(code: number): void {
    this.#cells.kill();
    this.history.close();
    // What was sent is on its way in another thread.
    setTimeout(() => {
      this.#sockets?.close();
      process.exit(code);
    }, 50);
  }

  #startCells(): CellsProcess {
    const cells = new CellsProcess({ connectionFile: this.#connectionFile, count: this.#count });
    cells.on("parcel", (parcel) => this.#take(parcel));
    cells.on("text", (name, bytes) => this.#stray.take(name, bytes));
    cells.on("lost", (request) => this.#lost(request));
    cells.on("end", (ending) => this.#ended(ending));
    return cells;
  }

  #answer(request: Request, type: string): void {
    this.#status(request, "busy");
    const answer = this.#answers[type];
    if (answer === "pass on") {
      this.comms.received(request);
      return void this.#passOn(request);
    }
    const content = answer?.(request) ?? unknownRequest(type);
    if (type.endsWith("_request")) this.#reply(request, content);
    else warn(`A message of type ${type} came, which the kernel does not know.`);
    this.#status(request, "idle");
  }

  async #passOn(request: Request): Promise<void> {
    this.#passedOn.set(request.header.msg_id, request);
    const cells = this.#cells;
    await cells.ready;
    cells.deliver(request);
  }

  async #run(request: Request): Promise<"go on" | "abort the rest"> {
    // It waited for the cell that the end of the kernel has stopped.
    if (this.#isEnding) {
      this.#abort(request);
      return "go on";
    }
    this.#status(request, "busy");
    this.#last = request;
    if (isCounted(request.content)) {
      this.#count += 1;
      this.history.add({ count: this.#count, source: String(request.content["code"]) });
    }
    const reply = await this.#ran(request);
    this.#running = null;
    const stops = reply["status"] === "error" && request.content["stop_on_error"] !== false;
    if (stops) await wait(drainMs);
    this.#reply(request, reply);
    this.#status(request, "idle");
    return stops ? "abort the rest" : "go on";
  }

  /** The reply of a cell: from the cells' process, or in its place. */
  async #ran(request: Request): Promise<Content> {
    const ended = Promise.withResolvers<Content>();
    const running: RunningCell = { request, finish: ended.resolve, isSent: false, isTaken: false, isStopping: false };
    this.#running = running;
    await Promise.race([this.#cells.ready, ended.promise]);
    // It may have been stopped while it waited.
    if (this.#running === running && !this.#cells.hasEnded) {
      running.isSent = true;
      await this.#passOn(request);
    }
    return ended.promise;
  }

  #abort(request: Request): void {
    this.#status(request, "busy");
    this.#reply(request, { status: "aborted", execution_count: this.#count, user_expressions: {}, payload: [] });
    this.#status(request, "idle");
  }

  #take({ head, body, buffers }: Parcel<FromCells>): void {
    if (head.kind === "publish") {
      const { type, parent, metadata } = head;
      this.comms.published(type, body);
      this.#sockets?.publish({ type, content: body, parent, metadata, buffers });
    } else if (head.kind === "input") this.#ask(head);
    else if (head.kind === "taken") this.#begun(head.request);
    // Not at once: what came past the cells' kernel was written earlier and may be read later.
    else if (head.kind === "reply") setImmediate(() => this.#takeReply(head.request, body));
  }

  #begun(id: string): void {
    if (this.#running?.request.header.msg_id === id) this.#running.isTaken = true;
  }

  /** A request about the cells' variables that was ended together with a cell. */
  #lost(id: string): void {
    this.#takeReply(id, Buffer.from(JSON.stringify({ status: "error", ...stoppedAnswer })));
  }

  #takeReply(id: string, body: Uint8Array): void {
    const request = this.#passedOn.get(id);
    if (request === undefined) return;
    this.#passedOn.delete(id);
    if (this.#running?.request === request) {
      this.#stray.flush();
      this.#running.finish(JSON.parse(Buffer.from(body).toString()) as Content);
      return;
    }
    if (request.header.msg_type.endsWith("_request")) this.#reply(request, body);
    this.#status(request, "idle");
  }

  #ask({ request, prompt, password }: Extract<FromCells, { readonly kind: "input" }>): void {
    const running = this.#running?.request;
    if (running?.header.msg_id === request) this.#sockets?.ask(running, "input_request", { prompt, password });
  }

  #takeInput({ header, content }: Request): void {
    const request = this.#running?.request.header.msg_id;
    if (header.msg_type !== "input_reply" || request === undefined) return;
    this.#cells.send({ kind: "input", request, value: String(content["value"] ?? "") });
  }

  /** A cell ends by words of the broker's. */
  #fail(running: RunningCell, report: ErrorReport): void {
    this.#passedOn.delete(running.request.header.msg_id);
    this.publish("error", { ...report }, running.request);
    running.finish({ status: "error", ...report, execution_count: this.#count, user_expressions: {}, payload: [] });
  }

  #ended(ending: Ending): void {
    this.#stray.flush();
    if (this.#isEnding) return;
    // process.exit() in a cell ends the kernel, as it says; so does what it cannot start without.
    if (ending.code !== null) {
      this.#isEnding = true;
      this.#exit(ending.code);
      return;
    }
    const running = this.#running;
    const words = this.#cells.wasKilled ? stoppedByEnding : diedWords(ending);
    for (const id of this.comms.forget()) this.publish("comm_close", { comm_id: id, data: {} }, this.#last);
    this.#cells = this.#startCells();
    if (running !== null) this.#fail(running, words);
    else this.publish("stream", { name: "stderr", text: `${words.traceback.join("\n")}\n` }, this.#last);
    for (const request of this.#passedOn.values()) {
      this.#reply(request, { status: "error", ...words });
      this.#status(request, "idle");
    }
    this.#passedOn.clear();
  }

  #tellStray(name: "stdout" | "stderr", text: string): void {
    if (this.#last === null || this.#sockets === null) process.stderr.write(text);
    else this.publish("stream", { name, text }, this.#last);
  }

  #reply(request: Request, content: Content | Uint8Array): void {
    this.#sockets?.reply(request, request.header.msg_type.replace(/_request$/, "_reply"), content);
  }

  #status(request: Request, state: "busy" | "idle"): void {
    this.publish("status", { execution_state: state }, request);
  }
}

function unknownRequest(type: string): Content {
  const evalue = `The kernel does not know requests of type ${type}.`;
  return { status: "error", ename: "UnknownRequest", evalue, traceback: [evalue] };
}
