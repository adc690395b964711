import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import { errorFrom } from "../error.ts";
import type { PutAnswer, PutRequest } from "./put-worker.ts";
import { type Move, placeFiles, type StagedFile, type StageJob, stageFile } from "./stage-file.ts";

/** Stages and places files so that the caller's event loop stays free: in slices of this thread, or in others. */
export interface Putter {
  stage(jobs: readonly StageJob[]): Promise<readonly StagedFile[]>;
  place(moves: readonly Move[]): Promise<void>;
  close(): Promise<void>;
}

const batchSize = 250;

/** How long the event loop waits at most: a stop button pressed meanwhile is seen. */
const sliceMs = 20;

/** Everything in this thread, in slices. */
export function inlinePutter(folder: string, signal: AbortSignal | null): Putter {
  return {
    stage: (jobs) => inSlices(jobs, (job) => stageFile(job, folder), signal),
    place: async (moves) => {
      await inSlices(batches(moves), placeFiles, signal);
    },
    close: async () => {},
  };
}

async function inSlices<T, R>(
  items: readonly T[],
  work: (item: T) => R,
  signal: AbortSignal | null,
): Promise<readonly R[]> {
  const results: R[] = [];
  let sliceStart = performance.now();
  for (const item of items) {
    if (performance.now() - sliceStart > sliceMs) {
      await setImmediate();
      signal?.throwIfAborted();
      sliceStart = performance.now();
    }
    results.push(work(item));
  }
  return results;
}

/** As many threads as there are processors, four at most: more only wait for the disk. */
export function threadPutter(folder: string, signal: AbortSignal | null): Putter {
  const threads = Array.from({ length: Math.min(availableParallelism(), 4) }, () => new Worker(workerUrl()));
  const close = async (): Promise<void> => {
    await Promise.all(threads.map((thread) => thread.terminate()));
  };
  const run = (requests: readonly PutRequest[]): Promise<readonly StagedFile[]> =>
    stoppable(share(threads, requests), signal);
  return {
    stage: (jobs) => run(batches(jobs).map((part) => ({ kind: "stage", folder, jobs: part }))),
    place: async (moves) => {
      await run(batches(moves).map((part) => ({ kind: "place", moves: part })));
    },
    close,
  };
}

// Sources run as .ts under test and bench, as .js from the package.
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./put-worker.ts" : "./put-worker.js", import.meta.url);
}

function batches<T>(items: readonly T[]): readonly (readonly T[])[] {
  const count = Math.ceil(items.length / batchSize);
  return Array.from({ length: count }, (_, i) => items.slice(i * batchSize, (i + 1) * batchSize));
}

/** Each thread takes the next request when it has answered; answers in the order of the requests. */
async function share(threads: readonly Worker[], requests: readonly PutRequest[]): Promise<readonly StagedFile[]> {
  const answers: (readonly StagedFile[])[] = [];
  let next = 0;
  const drain = async (thread: Worker): Promise<void> => {
    while (next < requests.length) {
      const index = next++;
      const request = requests[index];
      if (request !== undefined) answers[index] = await ask(thread, request);
    }
  };
  await Promise.all(threads.map(drain));
  return answers.flat();
}

function ask(thread: Worker, request: PutRequest): Promise<readonly StagedFile[]> {
  return new Promise((resolve, reject) => {
    const done = (settle: () => void): void => {
      thread.removeAllListeners("message").removeAllListeners("error").removeAllListeners("exit");
      settle();
    };
    thread.once("message", (answer: PutAnswer) =>
      done(() => (answer.kind === "done" ? resolve(answer.staged) : reject(errorFrom(answer.error)))),
    );
    thread.once("error", (error) => done(() => reject(error)));
    thread.once("exit", (code) => done(() => reject(new Error(`A thread that keeps files ended with code ${code}`))));
    thread.postMessage(request);
  });
}

async function stoppable<T>(work: Promise<T>, signal: AbortSignal | null): Promise<T> {
  if (signal === null) return work;
  signal.throwIfAborted();
  let stop = (): void => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => {});
  }
}
