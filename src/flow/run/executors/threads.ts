import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { Crew, type Hand, type HandEvents } from "./crew.ts";
import type { Executor } from "./executor.ts";
import { StepEndedError } from "./step-error.ts";
import type { WorkerAnswer } from "./worker-message.ts";

/** Steps in threads and processes at a time, of all flows of this process; `stemma flow run --max-workers` says how many. */
export const threadLimit: number = Math.max(
  1,
  Number(process.env["STEMMA_MAX_WORKERS"] ?? 0) || Math.min(availableParallelism(), 8),
);

const crew = new Crew((_, events) => startThread(events), threadLimit);

/** Runs a step in a worker thread; a timeout or stop ends the thread, also in the middle of a busy loop. */
export const runInThread: Executor = (attempt) => crew.run(attempt);

function startThread(events: HandEvents): Hand {
  // The sources run as they are, under Node's type stripping, and as dist/*.js.
  const program = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
  const worker = new Worker(program, { name: "stemma step", execArgv: [] });
  worker.on("message", (answer: WorkerAnswer) => events.answered(answer));
  worker.on("error", (error) => events.ended(() => error));
  worker.on("exit", (code) => events.ended((step) => new StepEndedError(step, `its thread (exit code ${code})`)));
  return {
    tell: (order) => worker.postMessage(order),
    hold: () => worker.ref(),
    release: () => worker.unref(),
    end: () => void worker.terminate(),
  };
}
