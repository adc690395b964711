import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import type { Worker } from "node:worker_threads";
import type { Cell, CellLog } from "./cells.ts";
import type { Output } from "./output.ts";
import { sendUp } from "./uplink.ts";

/** How long what a cell has started may take to end by itself when the cell is stopped. */
const graceMs = 250;

type StreamName = "stdout" | "stderr";

/**
 * Ends the worker threads and processes of a cell when the cell is stopped, and brings what such processes print under
 * the cell.
 */
export function endWithCell(cells: CellLog, output: Output): void {
  subscribe("worker_threads", (message) => {
    const cell = cells.current();
    if (cell !== null) watchWorker((message as { readonly worker: Worker }).worker, cell);
  });
  subscribe("child_process", (message) => {
    const cell = cells.current();
    // Published before the process starts, so that its options can still be changed.
    if (cell !== null) watchProcess((message as { readonly process: Spawnable }).process, { cell, output });
  });
}

function watchWorker(worker: Worker, { interruption: { signal } }: Cell): void {
  const stop = (): void => void setTimeout(() => void worker.terminate(), graceMs).unref();
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  worker.once("exit", () => signal.removeEventListener("abort", stop));
}

interface SpawnOptions {
  stdio?: string | readonly unknown[];
}

/** Node's ChildProcess with the method that `spawn()`, `exec()` and `fork()` call, which Node does not document. */
type Spawnable = ChildProcess & { spawn(options: SpawnOptions): unknown };

interface Place {
  readonly cell: Cell;
  readonly output: Output;
}

function watchProcess(child: Spawnable, place: Place): void {
  const start = child.spawn;
  child.spawn = (options) => {
    const { stdio, own } = capturedStdio(options.stdio);
    const result = start.call(child, { ...options, stdio });
    if (child.pid !== undefined) sendUp({ kind: "started", pid: child.pid });
    for (const [index, name] of own) takeOutput(child, index, { ...place, name });
    return result;
  };
  const { signal } = place.cell.interruption;
  const stop = (): void => {
    setTimeout(() => child.kill("SIGTERM"), graceMs).unref();
    setTimeout(() => child.kill("SIGKILL"), 2 * graceMs).unref();
  };
  signal.addEventListener("abort", stop);
  child.once("exit", () => signal.removeEventListener("abort", stop));
}

/** The options of a process, with pipes where it would write to the kernel's own stdout and stderr. */
function capturedStdio(stdio: SpawnOptions["stdio"]): {
  readonly stdio: unknown[];
  readonly own: readonly (readonly [number, StreamName])[];
} {
  const all: unknown[] = Array.isArray(stdio) ? [...stdio] : [stdio ?? "pipe", stdio ?? "pipe", stdio ?? "pipe"];
  const own = all.flatMap((to, index) => {
    const name = index === 0 ? null : streamOf(to, index);
    return name === null ? [] : [[index, name] as const];
  });
  for (const [index] of own) all[index] = "pipe";
  return { stdio: all, own };
}

function streamOf(to: unknown, index: number): StreamName | null {
  const inherited = [null, "stdout", "stderr"] as const;
  if (to === "inherit") return inherited[index] ?? null;
  if (to === 1 || to === process.stdout) return "stdout";
  return to === 2 || to === process.stderr ? "stderr" : null;
}

function takeOutput(child: ChildProcess, index: number, to: Place & { readonly name: StreamName }): void {
  const stream = child.stdio[index] as Readable | null | undefined;
  const decoder = new StringDecoder("utf8");
  stream?.on("data", (bytes: Buffer) => to.output.write(to.cell, to.name, decoder.write(bytes)));
  // As the caller asked for it: the process has no stream of its own there.
  Object.assign(child.stdio, { [index]: null });
  if (index === 1) child.stdout = null;
  if (index === 2) child.stderr = null;
}
