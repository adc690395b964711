import { createRequire } from "node:module";
import { CellLog } from "./cells.ts";
import { errorReport } from "./error-report.ts";
import { Execution } from "./execution.ts";
import { installHook, installTslabDisplay } from "./hook.ts";
import { openLane } from "./lane.ts";
import { createExecutor, type Executor, requireFrom } from "./language/index.ts";
import { Output } from "./output.ts";
import {
  type Content,
  openSockets,
  type Request,
  readConnectionFile,
  type Sockets,
  type ZeroMq,
} from "./protocol/index.ts";
import { answers } from "./replies.ts";

/**
 * Starts the kernel that a connection file describes; it ends with the process.
 *
 * @param connectionFile path of the JSON file that Jupyter wrote
 * @throws {StemmaError} the file is missing or wrong, or tslab or typescript is not installed
 */
export async function startKernel(connectionFile: string): Promise<void> {
  const connection = readConnectionFile(connectionFile);
  const zeromq = requireFrom("tslab", "1.0.22")("zeromq") as ZeroMq;
  const kernel = new Kernel(createExecutor(process.cwd()));
  const receive = (request: Request): void => kernel.receive(request);
  kernel.open(await openSockets(zeromq, connection, { receive, warn: kernel.warn }), answersOf(kernel));

  function answersOf({ executor, execution }: Kernel): ReturnType<typeof answers> {
    return answers({ executor, execution, connection, version: packageVersion() });
  }
}

function packageVersion(): string {
  return (createRequire(import.meta.url)("../../package.json") as { readonly version: string }).version;
}

/** What has arrived before the sockets are all bound waits here. */
class Kernel {
  readonly executor: Executor;
  readonly execution: Execution;
  /** Writes to the server's log: a cell is no place for what the kernel has to say about itself. */
  readonly warn: (text: string) => void;
  readonly #cells = new CellLog();
  readonly #output: Output;
  readonly #early: Request[] = [];
  #sockets: Sockets | null = null;
  #answers: ReturnType<typeof answers> = {};
  readonly #lane = openLane({
    run: (request) => this.execution.run(request),
    abort: (request) => this.execution.abort(request),
  });

  constructor(executor: Executor) {
    const log = process.stderr.write.bind(process.stderr);
    this.warn = (text) => void log(`stemma kernel: ${text}\n`);
    this.executor = executor;
    this.#output = new Output(this.#cells, (type, content, cell) =>
      this.#sockets?.publish(type, content, cell.request.header),
    );
    this.execution = new Execution({
      executor,
      cells: this.#cells,
      output: this.#output,
      reply: (request, content) => this.#sockets?.reply(request, "execute_reply", content),
      status: (request, state) => this.#status(request, state),
    });
  }

  open(sockets: Sockets, replies: ReturnType<typeof answers>): void {
    this.#sockets = sockets;
    this.#answers = replies;
    this.#output.capture();
    installHook(this.#cells, this.#output);
    installTslabDisplay(this.executor.tslab.jupyter, this.#cells, this.#output);
    this.#listen();
    sockets.publish("status", { execution_state: "starting" }, null);
    for (const request of this.#early.splice(0)) this.receive(request);
  }

  receive(request: Request): void {
    const type = request.header.msg_type;
    if (this.#sockets === null) this.#early.push(request);
    else if (type === "execute_request") this.#lane.add(request);
    else if (request.channel !== "stdin") this.#answer(request, type);
  }

  #answer(request: Request, type: string): void {
    this.#status(request, "busy");
    try {
      const answer = this.#answers[type] ?? this.#controls[type];
      if (answer === undefined) this.warn(`A request of type ${type} came, which the kernel does not know.`);
      const content = answer?.(request) ?? null;
      if (content !== null) this.#sockets?.reply(request, type.replace(/_request$/, "_reply"), content);
    } catch (error) {
      const report = errorReport(error, this.executor.positions);
      this.warn(report.traceback.join("\n"));
      this.#sockets?.reply(request, type.replace(/_request$/, "_reply"), { status: "error", ...report });
    } finally {
      this.#status(request, "idle");
    }
  }

  /** Requests about the kernel itself; null where there is nothing to reply. */
  readonly #controls: Readonly<Record<string, (request: Request) => Content | null>> = {
    interrupt_request: () => {
      process.kill(process.pid, "SIGINT");
      return { status: "ok" };
    },
    shutdown_request: (request) => this.#shutDown(request),
    comm_open: (request) => {
      // No target is registered: the front end is told, as the protocol wants it.
      this.#sockets?.publish("comm_close", { comm_id: request.content["comm_id"], data: {} }, request.header);
      return null;
    },
    comm_msg: () => null,
    comm_close: () => null,
  };

  #shutDown(request: Request): Content {
    const content = { status: "ok", restart: request.content["restart"] === true };
    this.#sockets?.publish("shutdown_reply", content, request.header);
    // After the reply and the idle status; whatever timers or sockets a cell has left open.
    setTimeout(() => {
      this.#cells.ended();
      this.#output.flush();
      this.executor.close();
      this.#sockets?.close();
      process.exit(0);
    }, 50);
    return content;
  }

  #status(request: Request, state: "busy" | "idle"): void {
    this.#output.flush();
    this.#sockets?.publish("status", { execution_state: state }, request.header);
  }

  #listen(): void {
    process.on("SIGINT", () => this.execution.interrupt());
    process.on("uncaughtException", (error) => this.#uncaught("Uncaught", error));
    process.on("unhandledRejection", (reason) => this.#uncaught("Unhandled rejection", reason));
    endWithParent();
  }

  #uncaught(title: string, error: unknown): void {
    const cell = this.#cells.current();
    if (cell === null) this.warn(`${title}: ${error instanceof Error ? error.stack : String(error)}`);
    else this.execution.warn(cell, title, error);
  }
}

// At load: a server may be killed while its kernel is still starting.
const parentAtStart = process.ppid;

/** A kernel whose server was killed would stay for ever: it ends when it has been handed to another parent. */
function endWithParent(): void {
  const server = Number(process.env["JPY_PARENT_PID"]);
  if (!Number.isInteger(server)) return;
  setInterval(() => {
    const isOrphan = process.ppid !== parentAtStart || (process.ppid === 1 && server !== 1);
    if (isOrphan) process.exit(0);
  }, 1000).unref();
}
