import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { errorFrom, StemmaError } from "../../error.ts";
import { host } from "../../host/index.ts";
import type { Answers, BlockingAnswer, BlockingJob } from "./blocking-worker.ts";
import { addressOf, type RestOptions } from "./rest-address.ts";
import { ServerDownError } from "./rest-errors.ts";
import { waitStoppably } from "./stoppable-wait.ts";

/** How long a cell may be held up by a server. */
const longestMs = 60_000;

/** The user did not want to wait any longer. */
export class ServerWaitError extends StemmaError {
  constructor(url: string, waitedMs: number) {
    super(
      "SERVER_WAIT",
      `Stopped. The tracking server ${url} had not answered for ${(waitedMs / 1000).toFixed(1)} s; track.use(null) asks the project instead.`,
    );
  }
}

/** The one thread that asks servers for this process; it never keeps the process alive. */
let thread: Worker | null = null;

/**
 * Asks a server and waits for its answer, and the thread with it: for answers that a user wants at once.
 *
 * @throws {ServerDownError} none came within a minute; and what the server's errors are otherwise
 * @throws {ServerWaitError} the stop button, or Ctrl-C
 */
export function askAndWait<Name extends keyof Answers>(
  options: RestOptions,
  method: Name,
  values: Parameters<Answers[Name]>,
): Awaited<ReturnType<Answers[Name]>> {
  thread ??= start();
  const { port1, port2 } = new MessageChannel();
  const done = new Int32Array(new SharedArrayBuffer(4));
  const job: BlockingJob = { options, environment: ofMlflow(), method, values, port: port2, done };
  thread.postMessage(job, [port2]);
  const startMs = Date.now();
  const waited = waitStoppably(done, longestMs);
  const received = receiveMessageOnPort(port1) as { readonly message: BlockingAnswer } | undefined;
  port1.close();
  if (received === undefined) {
    // Whatever holds it up, the next question gets a thread of its own.
    void thread.terminate();
    thread = null;
    const { url } = addressOf(options);
    if (waited === "stopped") throw stopped(new ServerWaitError(url, Date.now() - startMs));
    throw new ServerDownError(url, waited === "timed-out" ? `${longestMs / 1000} s` : waited);
  }
  if (received.message.error !== null) throw errorFrom(received.message.error);
  return received.message.value as Awaited<ReturnType<Answers[Name]>>;
}

/** A program without a notebook ends by Ctrl-C as ever; when nobody listens for it, the error would not be seen. */
function stopped(error: ServerWaitError): ServerWaitError {
  if (host().kind !== "node") return error;
  if (process.listenerCount("SIGINT") === 0) process.stderr.write(`${error.message}\n`);
  process.kill(process.pid, "SIGINT");
  return error;
}

function start(): Worker {
  // The compiled package has .js, the sources run as they are.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  // Without the arguments of the process: a kernel's or a test runner's loaders are not meant for it.
  const worker = new Worker(new URL(`./blocking-worker.${extension}`, import.meta.url), { execArgv: [] });
  worker.unref();
  worker.on("error", () => {
    if (thread === worker) thread = null;
  });
  return worker;
}

// A worker has the environment of when it was started; a token may be set later.
function ofMlflow(): Readonly<Record<string, string>> {
  const entries = Object.entries(process.env).filter(([name]) => name.startsWith("MLFLOW_"));
  return Object.fromEntries(entries.map(([name, value]) => [name, value ?? ""]));
}
