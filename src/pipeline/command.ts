import { type ChildProcess, spawn } from "node:child_process";
import { basename } from "node:path";
import { StageFailedError } from "./pipeline-error.ts";

export interface CommandPlace {
  /** Absolute. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly signal: AbortSignal | null;
  /** Takes what the command prints; without it the command has the terminal. */
  readonly onOutput: ((text: string, stream: "stdout" | "stderr") => void) | null;
}

const graceMs = 5_000;

/**
 * Runs one command in the shell of the user, as DVC does (dvc/stage/run.py): no start-up files, the stage's folder, one process group.
 * When the signal comes, the whole group is interrupted, and killed when it is still there after 5 s.
 *
 * @throws {StageFailedError} it ended with another code than 0
 */
export async function runCommand(cmd: string, place: CommandPlace): Promise<void> {
  place.signal?.throwIfAborted();
  const [shell, args] = shellOf(cmd);
  const own = place.onOutput !== null;
  const child = spawn(shell, args, {
    cwd: place.folder,
    env: { ...process.env, ...place.env },
    // A group of its own can be stopped as a whole; a command that has the terminal must stay in the terminal's.
    detached: own && process.platform !== "win32",
    stdio: own ? ["ignore", "pipe", "pipe"] : "inherit",
    shell: process.platform === "win32",
  });
  const stop = stopper(child, own);
  place.signal?.addEventListener("abort", stop.begin);
  try {
    await ended(child, cmd, place);
  } finally {
    place.signal?.removeEventListener("abort", stop.begin);
    stop.clear();
  }
}

function shellOf(cmd: string): readonly [string, readonly string[]] {
  if (process.platform === "win32") return [cmd, []];
  const shell = process.env["SHELL"] || "/bin/sh";
  const options: Readonly<Record<string, readonly string[]>> = {
    zsh: ["--no-rcs"],
    bash: ["--noprofile", "--norc"],
    fish: ["--no-config"],
  };
  return [shell, [...(options[basename(shell).toLowerCase()] ?? []), "-c", cmd]];
}

function ended(child: ChildProcess, cmd: string, place: CommandPlace): Promise<void> {
  return new Promise((resolve, reject) => {
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream]?.setEncoding("utf8").on("data", (text: string) => place.onOutput?.(text, stream));
    }
    child.once("error", reject);
    child.once("close", (code, signal) => {
      if (place.signal?.aborted === true) reject(place.signal.reason);
      else if (code === 0) resolve();
      else reject(new StageFailedError(cmd, { code, signal }));
    });
  });
}

interface Stopper {
  readonly begin: () => void;
  readonly clear: () => void;
}

function stopper(child: ChildProcess, group: boolean): Stopper {
  let timer: NodeJS.Timeout | null = null;
  const send = (signal: NodeJS.Signals): void => {
    if (child.pid === undefined || (!group && (child.exitCode !== null || child.signalCode !== null))) return;
    try {
      if (group && process.platform !== "win32") process.kill(-child.pid, signal);
      else child.kill(signal);
    } catch (error) {
      // It ended in between.
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  };
  return {
    begin: () => {
      send("SIGINT");
      timer = setTimeout(() => send("SIGKILL"), graceMs);
      timer.unref();
    },
    clear: () => {
      if (timer !== null) clearTimeout(timer);
    },
  };
}
