/** The program of a process that runs steps. Its argument is the memory that they may have, in MB. */
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { workerLoop } from "./worker-loop.ts";
import type { WorkerOrder } from "./worker-message.ts";

const send = process.send?.bind(process);
if (send === undefined) throw new Error("child.ts is the program of a step's process; it does not run by itself.");

/** Ends this process and all that it started. */
function endAll(): void {
  if (process.platform !== "win32") process.kill(-process.pid, "SIGKILL");
  process.exit(1);
}

/** A step that is busy does not hear that its parent is gone: a thread of its own looks. */
async function watchParent(): Promise<void> {
  const program = new URL(import.meta.url.endsWith(".ts") ? "./parent-watch.ts" : "./parent-watch.js", import.meta.url);
  const watch = new Worker(program, { name: "stemma parent watch", workerData: process.ppid, execArgv: [] });
  watch.unref();
  await once(watch, "online");
}

/**
 * Memory beside JavaScript's heap (typed arrays, native packages) has the same limit, where the system can set one:
 * what would go over it is an error of the step. The heap has its own, by Node's option.
 */
function limitMemory(memoryMb: number): void {
  if (process.platform !== "linux") return;
  const kB = Number(/VmData:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? Number.NaN);
  // The heap's own report should come first, and a thread reserves 128 MB before it needs any.
  const slackMb = 160;
  const bytes = Math.ceil(kB * 1024 + (memoryMb + slackMb) * 1024 * 1024);
  if (!Number.isFinite(bytes)) return;
  try {
    execFileSync("prlimit", ["--pid", String(process.pid), `--data=${bytes}`], { stdio: "pipe" });
  } catch (error) {
    // A system without that program has the heap's limit alone.
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}

async function begin(say: NonNullable<typeof process.send>): Promise<void> {
  process.on("disconnect", endAll);
  // What comes before all is ready waits in the channel.
  await watchParent();
  const memoryMb = Number(process.argv[2] ?? Number.NaN);
  if (Number.isFinite(memoryMb)) limitMemory(memoryMb);
  const failed = workerLoop({
    parts: () => [],
    say: (answer) => void say(answer),
    hear: (order) => process.on("message", (message: WorkerOrder) => order(message)),
  });
  // As in a thread: what nobody caught fails the step by its own words, and ends where it ran.
  process.on("uncaughtException", (error) => void say(failed(error), undefined, undefined, () => process.exit(1)));
}

void begin(send);
