import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { errorFrom } from "../../error.ts";
import type { Outcome, Try } from "./executor.ts";
import { StepEndedError, StepTimeoutError } from "./step-error.ts";
import type { WorkerAnswer, WorkerJob } from "./worker-message.ts";

/** Threads at a time, of all flows of this process. */
export const threadLimit: number = Math.max(1, Math.min(availableParallelism(), 8));

interface Queued {
  readonly signal: AbortSignal;
  /** Called when a thread is free: nothing is written out for a job that waits. */
  readonly begin: () => Try;
  readonly resolve: (outcome: Outcome) => void;
  readonly reject: (error: unknown) => void;
  readonly leave: () => void;
}

const queue: Queued[] = [];
const idle: Thread[] = [];
let threads = 0;

/**
 * Runs a step in a worker thread; a timeout or stop ends the thread, also in the middle of a busy loop.
 *
 * @param begin gives the try when a thread is free for it
 */
export function runInThread(signal: AbortSignal, begin: () => Try): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const queued: Queued = { signal, begin, resolve, reject, leave: () => leave(queued) };
    queue.push(queued);
    signal.addEventListener("abort", queued.leave);
    next();
  });
}

// A job that waits is taken back at once; one that runs is ended by its thread.
function leave(queued: Queued): void {
  queued.signal.removeEventListener("abort", queued.leave);
  const at = queue.indexOf(queued);
  if (at === -1) return;
  queue.splice(at, 1);
  queued.reject(queued.signal.reason);
}

function next(): void {
  while (queue.length > 0 && (idle.length > 0 || threads < threadLimit)) {
    const queued = queue.shift();
    if (queued === undefined) return;
    queued.signal.removeEventListener("abort", queued.leave);
    const thread = idle.pop() ?? new Thread();
    void thread.run(queued).finally(next);
  }
}

/** A worker and the one job that it runs. */
class Thread {
  readonly #worker: Worker;
  readonly #codes = new Set<string>();
  #job = 0;
  #ended = false;
  #answer: ((answer: WorkerAnswer) => void) | null = null;
  #fail: ((error: unknown) => void) | null = null;

  constructor() {
    threads++;
    // The sources run as they are, under Node's type stripping, and as dist/*.js.
    const program = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
    this.#worker = new Worker(program, { name: "stemma step", execArgv: [] });
    this.#worker.unref();
    this.#worker.on("message", (answer: WorkerAnswer) => this.#answer?.(answer));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", (code) => this.#end(new StepEndedError("The step", `exit code ${code}`)));
  }

  async run({ signal, begin, resolve, reject }: Queued): Promise<void> {
    this.#worker.ref();
    let timer: NodeJS.Timeout | null = null;
    const stop = (): void => this.#end(signal.reason);
    try {
      signal.addEventListener("abort", stop);
      const attempt = begin();
      const { timeoutMs } = attempt;
      if (timeoutMs !== null)
        timer = setTimeout(() => this.#end(new StepTimeoutError(attempt.step, timeoutMs)), timeoutMs);
      resolve(await this.#answered(attempt));
    } catch (error) {
      reject(error);
    } finally {
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      this.#rest();
    }
  }

  #answered(attempt: Try): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#answer = (answer) => {
        if (answer.kind === "output") attempt.print(answer.stream, answer.text);
        else if (answer.job !== this.#job) return;
        else if (answer.kind === "done") resolve(answer);
        else reject(errorFrom(answer.error));
      };
      if (attempt.signal.aborted) reject(attempt.signal.reason);
      else this.#worker.postMessage(this.#message(attempt));
    });
  }

  #message({ step, folder, inputs, code }: Try): WorkerJob {
    if (code === null) throw new TypeError(`${step} has no code that stands alone`);
    const known = this.#codes.has(code.digest);
    this.#codes.add(code.digest);
    this.#job++;
    return { job: this.#job, name: step, folder, code: code.digest, text: known ? null : code.text, inputs };
  }

  #rest(): void {
    this.#fail = null;
    if (this.#ended) return;
    this.#worker.unref();
    idle.push(this);
  }

  // Also called when the thread ends by itself.
  #end(reason: unknown): void {
    this.#fail?.(reason);
    if (this.#ended) return;
    this.#ended = true;
    threads--;
    const at = idle.indexOf(this);
    if (at !== -1) idle.splice(at, 1);
    void this.#worker.terminate();
  }
}
