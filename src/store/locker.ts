import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import type { Readable, Writable } from "node:stream";

/**
 * A shell that stays, for a process that takes a lock again and again: what it starts costs a third of what this process starts.
 * It holds the lock, and ends as soon as this process does, however that ends: its input is closed then.
 */
export interface Locker {
  /** Gives what frees the file again; null when another process has it for that long. @throws {Error} the shell is of no use */
  lock(seconds: number): Promise<(() => Promise<void>) | null>;
  close(): void;
}

// A stop in the terminal goes to all that were started from it; the lock must outlast what this process then still has to write.
const script = `trap '' INT TERM HUP
while read -r seconds; do
  exec 3>>"$0" || exit
  flock -x -w "$seconds" 3; code=$?
  [ $code = 0 ] || exec 3>&-
  echo $code
  [ $code = 0 ] || continue
  read -r _ || exit
  exec 3>&-
  echo free
done`;

type Shell = ChildProcessByStdio<Writable, Readable, null>;

/** @param path of the lock file */
export function openLocker(path: string): Locker {
  const shell = spawn("/bin/sh", ["-c", script, path], { stdio: ["pipe", "pipe", "ignore"] });
  const gone = goneOf(shell, path);
  shell.stdout.setEncoding("utf8");
  const ask = async (line: string): Promise<string> => {
    keepAlive(shell, true);
    try {
      shell.stdin.write(`${line}\n`);
      const [answer] = await Promise.race([once(shell.stdout, "data"), gone]);
      return String(answer).trim();
    } finally {
      keepAlive(shell, false);
    }
  };
  return {
    lock: async (seconds) => {
      const code = await ask(String(seconds));
      if (code === "1") return null;
      if (code !== "0") throw new Error(`flock ended with code ${code} for ${path}`);
      return async () => {
        await ask("");
      };
    },
    close: () => {
      shell.stdin.end();
    },
  };
}

function goneOf(shell: Shell, path: string): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const end = (cause?: unknown): void =>
    reject(new Error(`The shell that locks ${path} has ended`, cause === undefined ? {} : { cause }));
  shell.once("exit", () => end()).once("error", end);
  // What is written to a shell that has ended is answered by its end.
  shell.stdin.on("error", end);
  promise.catch(() => {});
  return promise;
}

/** This process may end while nothing is asked. */
function keepAlive(shell: Shell, on: boolean): void {
  const change = on ? "ref" : "unref";
  shell[change]();
  for (const stream of [shell.stdin, shell.stdout]) if (stream instanceof Socket) stream[change]();
}
