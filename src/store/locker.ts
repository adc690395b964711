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
// perl, which macOS and Debian always have, locks by itself; without it a `flock` is started each time, which takes 2 ms more.
const script = `trap '' INT TERM HUP
command -v perl >/dev/null 2>&1 && exec perl -e "$1" "$0"
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

// 6 is LOCK_EX | LOCK_NB: to load their names costs more than to lock. What is ignored above stays ignored here.
const perlScript = `
$| = 1;
while (defined(my $seconds = <STDIN>)) {
  open(my $file, ">>", $ARGV[0]) or exit 1;
  my $end = time + $seconds;
  my $code = 0;
  until (flock($file, 6)) {
    exit 1 unless $!{EWOULDBLOCK} || $!{EINTR};
    if (time >= $end) { $code = 1; last; }
    select(undef, undef, undef, 0.02);
  }
  close($file) if $code;
  print "$code\\n";
  next if $code;
  defined(<STDIN>) or exit;
  close($file);
  print "free\\n";
}`;

type Shell = ChildProcessByStdio<Writable, Readable, null>;

/** @param path of the lock file */
export function openLocker(path: string): Locker {
  const shell = spawn("/bin/sh", ["-c", script, path, perlScript], {
    stdio: ["pipe", "pipe", "ignore"],
    // Nobody reads what they say, and a language's files cost them more to load than the lock.
    env: { ...process.env, LC_ALL: "C" },
  });
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
