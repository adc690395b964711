import { Worker } from "node:worker_threads";
import { type ErrorFacts, errorFrom } from "../../error.ts";
import type { Project } from "../../store/index.ts";
import type { Segment } from "./tail.ts";

export interface FoldJob {
  readonly job: number;
  readonly project: Project;
  readonly segments: readonly Segment[];
}

export interface FoldAnswer {
  readonly job: number;
  readonly error: ErrorFacts | null;
}

interface Waiting {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** The one background thread of this process; it never keeps the process alive by itself. */
let thread: Worker | null = null;
let jobs = 0;
const waiting = new Map<number, Waiting>();

/**
 * Folds segments in the background, behind all that it was given before.
 *
 * @returns resolves when they are in the database; until then the process lives. One that is killed loses nothing: the
 *   next reader folds them.
 */
export function foldInBackground(project: Project, segments: readonly Segment[]): Promise<void> {
  const job = ++jobs;
  const done = new Promise<void>((resolve, reject) => waiting.set(job, { resolve, reject }));
  thread ??= start();
  thread.ref();
  thread.postMessage({ job, project, segments } satisfies FoldJob);
  return done;
}

function start(): Worker {
  // The compiled package has .js, the sources run as they are.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  // Without the arguments of the process: a kernel's or a test runner's loaders are not meant for it.
  const worker = new Worker(new URL(`./fold-worker.${extension}`, import.meta.url), { execArgv: [] });
  worker.on("message", ({ job, error }: FoldAnswer) => {
    settle(job, error === null ? null : errorFrom(error));
    if (waiting.size === 0) worker.unref();
  });
  worker.on("error", (error) => fail(worker, error));
  worker.on("exit", (code) => fail(worker, new Error(`the background thread ended with code ${code}`)));
  return worker;
}

function settle(job: number, error: Error | null): void {
  const { resolve, reject } = waiting.get(job) ?? {};
  waiting.delete(job);
  if (error === null) resolve?.();
  else reject?.(error);
}

function fail(worker: Worker, error: Error): void {
  if (thread !== worker) return;
  thread = null;
  for (const job of waiting.keys()) settle(job, error);
}
