import type { ChildProcess } from "node:child_process";
import { StemmaError } from "../error.ts";
import { host } from "../host/index.ts";

/** What runs again has failed, or could not be started. */
export class ReproductionFailedError extends StemmaError {
  /** What it printed last. */
  readonly output: string;

  constructor(sentence: string, output: string) {
    super("REPRODUCTION_FAILED", output.trim() === "" ? sentence : `${sentence} It printed last:\n${output.trimEnd()}`);
    this.output = output;
  }
}

const shownLetters = 2_000;
const graceMs = 700;

export interface Watching {
  /** For sentences: "npm ci in /tmp/x". */
  readonly name: string;
  readonly signal: AbortSignal;
  readonly onOutput: (text: string) => void;
}

/**
 * Waits for a program; when the signal comes its whole group is interrupted, and killed after 0.7 s: Ctrl-C leaves a second.
 *
 * @throws {ReproductionFailedError} it ended with another code than 0 @throws the signal's reason
 */
export async function ended(child: ChildProcess, { name, signal, onOutput }: Watching): Promise<void> {
  let last = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text: string) => {
      last = (last + text).slice(-shownLetters);
      onOutput(text);
    });
  const stop = (): void => {
    send(child, "SIGINT");
    setTimeout(() => send(child, "SIGKILL"), graceMs).unref();
  };
  if (signal.aborted) stop();
  signal.addEventListener("abort", stop);
  // Where this process is ended otherwise, by SIGTERM or because its terminal went away, the program goes with it.
  const place = host();
  const off = place.kind === "node" ? place.onFlush(() => !signal.aborted && send(child, "SIGTERM")) : () => {};
  try {
    const end = await new Promise<string>((resolve, reject) => {
      child.once("error", (cause) =>
        reject(new ReproductionFailedError(`${name} cannot be started: ${cause.message}.`, "")),
      );
      child.once("close", (code, killer) => resolve(code === null ? String(killer) : String(code)));
    });
    signal.throwIfAborted();
    if (end !== "0") throw new ReproductionFailedError(`${name} ended with ${end}.`, last);
  } finally {
    signal.removeEventListener("abort", stop);
    off();
  }
}

function send({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined || exitCode !== null || signalCode !== null) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch (error) {
    // It ended in between.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
