import { type ChildProcess, spawn } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { errorFacts } from "../../../error.ts";
import type { StepPlan } from "../../plan/index.ts";
import { Crew, type Hand, type HandEvents } from "./crew.ts";
import type { Executor, LocalTry } from "./executor.ts";
import { NoNodeError, StepCrashedError, StepEndedError, StepMemoryError } from "./step-error.ts";
import { threadLimit } from "./threads.ts";
import type { WorkerAnswer, WorkerOrder } from "./worker-message.ts";

const crew = new Crew(startProcess, threadLimit, ({ step, env }) => JSON.stringify([ownLimit(step), env]));

/**
 * Runs a step in a process of Node: it can have less memory than this one, an environment of its own, and crash.
 * A timeout or stop kills it with all that it started; it ends with this process, however this one ends.
 */
export const runInProcess: Executor = async (attempt) => {
  try {
    return await crew.run(attempt);
  } catch (error) {
    throw memoryError(error, attempt) ?? error;
  }
};

// The limit of a command is the command's, not that of the process that starts it.
function ownLimit({ command, resources }: StepPlan): number | null {
  return command === null ? (resources?.memoryMb ?? null) : null;
}

// Bytes that did not fit beside JavaScript's heap: V8 says so where they were wanted, and goes on.
function memoryError(error: unknown, { step }: LocalTry): StepMemoryError | null {
  const { name, message } = errorFacts(error);
  const memoryMb = step.resources?.memoryMb ?? null;
  if (memoryMb === null || name !== "RangeError" || !/allocat/i.test(message)) return null;
  return new StepMemoryError(step.id, memoryMb, { cause: error });
}

function startProcess(attempt: LocalTry, events: HandEvents): Hand {
  const memoryMb = ownLimit(attempt.step);
  const child = spawn(nodePath(), childArguments(memoryMb), {
    cwd: attempt.folder,
    env: { ...process.env, ...attempt.env },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: inDeno() ? "json" : "advanced",
    // A group of its own: what the step starts is killed with it, and Ctrl-C comes here alone.
    detached: process.platform !== "win32",
    windowsHide: true,
  });
  const words = lastWords(child, events);
  child.on("message", (answer: WorkerAnswer) => events.answered(answer));
  child.on("error", (error) => events.ended((step) => startError(error, step)));
  child.on("exit", (code, signal) => {
    // It ended by itself, crashed or was killed: what its step started goes with it.
    killAll(child);
    // What it wrote last is still on its way; a grandchild may keep the pipe open for long.
    const tell = (): void => events.ended((step) => endOf({ step, code, signal, memoryMb, words: words() }));
    const late = setTimeout(tell, 200);
    child.once("close", () => {
      clearTimeout(late);
      tell();
    });
  });
  return {
    // An order to a process that is gone: its end has been told or comes next.
    tell: (order) => void (child.pid === undefined || child.send(sendable(order), () => {})),
    hold: () => held(child, "ref"),
    release: () => held(child, "unref"),
    end: () => killGroup(child),
  };
}

function startError(error: Error, step: string): Error {
  const isMissing = inDeno() && (error as NodeJS.ErrnoException).code === "ENOENT";
  return isMissing ? new NoNodeError(step, { cause: error }) : error;
}

// Deno's own program does not read Node's options, and writes V8's binary format in a version that Node does not know.
function nodePath(): string {
  return inDeno() ? "node" : process.execPath;
}

function inDeno(): boolean {
  return basename(process.execPath).startsWith("deno");
}

function childArguments(memoryMb: number | null): readonly string[] {
  const program = new URL(import.meta.url.endsWith(".ts") ? "./child.ts" : "./child.js", import.meta.url);
  const limits = memoryMb === null ? [] : [`--max-old-space-size=${Math.ceil(memoryMb)}`];
  return [...limits, fileURLToPath(program), ...(memoryMb === null ? [] : [String(memoryMb)])];
}

// Memory that threads share does not go into another process: a copy does.
function sendable(order: WorkerOrder): WorkerOrder {
  if (order.kind !== "job") return order;
  const inputs = order.inputs.map((input) =>
    input.text instanceof Uint8Array ? { ...input, text: copied(input.text) } : input,
  );
  return { ...order, inputs, parts: [] };
}

function copied(text: Uint8Array): string | Uint8Array {
  const bytes = new Uint8Array(text);
  // JSON has no bytes, and these are a text's.
  return inDeno() ? new TextDecoder().decode(bytes) : bytes;
}

function held(child: ChildProcess, how: "ref" | "unref"): void {
  // It did not start, which is told next: in Deno it has no parts then.
  if (child.pid === undefined) return;
  child[how]();
  child.channel?.[how]();
  for (const pipe of [child.stdout, child.stderr]) (pipe as (NodeJS.ReadableStream & Holdable) | null)?.[how]();
}

interface Holdable {
  ref(): void;
  unref(): void;
}

function killGroup(child: ChildProcess): void {
  // When it ended, its group was killed.
  if (child.exitCode === null && child.signalCode === null) killAll(child);
}

function killAll(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nobody of it is left.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** V8's own report of its end is no output of the step. */
const fatal: RegExp = /^(<--- Last few GCs --->|FATAL ERROR:|#\s*$|# Fatal |----- Native stack trace -----)/m;

/** Passes on what native code and the step's own processes print; gives what came last. */
function lastWords(child: ChildProcess, events: HandEvents): () => string {
  let report = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => events.printed("stdout", text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    const at = report === "" ? text.search(fatal) : 0;
    const own = at === -1 ? text : text.slice(0, at);
    if (own.trim() !== "" || at === -1) events.printed("stderr", own);
    if (at !== -1) report = (report + text.slice(at)).slice(0, 100_000);
  });
  return () => report;
}

interface End {
  readonly step: string;
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly memoryMb: number | null;
  readonly words: string;
}

function endOf({ step, code, signal, memoryMb, words }: End): Error {
  if (/out of memory|Allocation failed/i.test(words)) return new StepMemoryError(step, memoryMb);
  // V8's own faults end by SIGTRAP or SIGABRT, which a shell would tell as 128 + n.
  if (signal !== null || (code !== null && code > 128)) {
    const said = /^(FATAL ERROR:.*|# Fatal .*)$/m.exec(words)?.[0] ?? "";
    return new StepCrashedError(step, signal ?? `exit code ${code}`, said);
  }
  return new StepEndedError(step, `its process (exit code ${code})`);
}
