import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { countedThread } from "./read-counter.ts";

/** Threads that wait for the next call: to start one costs more than to read a thousand small files. */
const idle = new Set<Worker>();
let timer: NodeJS.Timeout | null = null;

/** A pull is a fetch and then a checkout; a cell that versions is often run again at once. */
const keptMs = 3_000;

/** As many threads as there are processors, four at most: more only wait for the disk. */
export function lendThreads(): readonly Worker[] {
  const count = threadCount();
  const threads = [...idle].slice(0, count);
  for (const thread of threads) {
    idle.delete(thread);
    thread.removeAllListeners("exit").removeAllListeners("error").ref();
  }
  const workerData = countedThread();
  const fresh = Array.from({ length: count - threads.length }, () => new Worker(workerUrl(), { workerData }));
  return [...threads, ...fresh];
}

/** Takes threads back that have nothing to do; they end when nobody wants them for a while, and never keep a process alive. */
export function keepThreads(threads: readonly Worker[]): void {
  for (const thread of threads) {
    if (idle.size >= threadCount()) void thread.terminate();
    else keep(thread);
  }
  if (timer !== null) clearTimeout(timer);
  timer = setTimeout(endThreads, keptMs).unref();
}

function keep(thread: Worker): void {
  const forget = (): void => {
    idle.delete(thread);
  };
  thread.once("exit", forget).once("error", forget).unref();
  idle.add(thread);
}

function endThreads(): void {
  for (const thread of idle) void thread.terminate();
  idle.clear();
}

function threadCount(): number {
  return Math.min(availableParallelism(), 4);
}

// Sources run as .ts under test and bench, as .js from the package.
function workerUrl(): URL {
  return new URL(import.meta.url.endsWith(".ts") ? "./put-worker.ts" : "./put-worker.js", import.meta.url);
}
