import { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { once } from "node:events";
import {
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { StemmaError } from "../error.ts";
import { md5 } from "./digest.ts";
import { type Locker, openLocker } from "./locker.ts";

export interface LockOptions {
  /** How long to wait for another process; DVC's 3 s without it. */
  readonly waitMs?: number;
  /** By `link(2)`, for file systems without `flock(2)` (`core.hardlink_lock`). */
  readonly hardlink?: boolean;
  readonly signal?: AbortSignal;
}

/** Another process has the lock. */
export class LockedError extends StemmaError {
  readonly path: string;

  constructor(path: string, holder: string) {
    super(
      "LOCKED",
      `Unable to acquire lock. ${holder} is working in this repository (${path}). Wait until it is done, or give --wait-for-lock.`,
    );
    this.path = path;
  }
}

const defaultWaitMs = 3_000;

/** Locks that the current call has already, so that a verb may call another one. */
const held = new AsyncLocalStorage<ReadonlySet<string>>();

/** The calls of this process wait for each other without asking the system: by path, the last one in the queue. */
const queues = new Map<string, Promise<void>>();

/**
 * Does some work while no other process, real DVC included, has the lock file.
 *
 * The lock is `flock(2)`, as DVC's: it belongs to the open file, so it ends with this process however that ends. Node cannot call
 * it; util-linux's `flock` does on Linux, `perl` on macOS, `python3` elsewhere. Windows, where DVC locks bytes of the file, has none
 * of them: calls of this process wait for each other, other processes are not noticed; `core.hardlink_lock` makes them, if all set it.
 *
 * @param path the lock file; its folder is made
 * @throws {LockedError} another process kept it for longer than `waitMs`
 */
export async function withLock<T>(path: string, work: () => Promise<T>, options: LockOptions = {}): Promise<T> {
  const mine = held.getStore() ?? new Set<string>();
  if (mine.has(path)) return work();
  const before = queues.get(path) ?? Promise.resolve();
  const { promise: turn, resolve: next } = Promise.withResolvers<void>();
  queues.set(path, turn);
  await before;
  try {
    const release = await acquire(path, options);
    try {
      return await held.run(new Set([...mine, path]), work);
    } finally {
      await release();
    }
  } finally {
    if (queues.get(path) === turn) queues.delete(path);
    next();
  }
}

type Release = () => void | Promise<void>;

async function acquire(path: string, options: LockOptions): Promise<Release> {
  mkdirSync(dirname(path), { recursive: true });
  options.signal?.throwIfAborted();
  const waitMs = options.waitMs ?? defaultWaitMs;
  return options.hardlink === true ? linkLock(path, waitMs) : flock(path, { ...options, waitMs });
}

/** Programs that lock a file that is already open, as their descriptor 3: the lock stays with us when they end. */
const lockers: readonly (readonly [string, (seconds: number) => readonly string[]])[] = [
  ["flock", (seconds) => ["-x", "-w", String(seconds), "3"]],
  // macOS has no flock(1), but perl.
  ["perl", (seconds) => ["-e", `use Fcntl ":flock"; open(F, "+<&=3") or exit 2; ${perlLoop}`, String(seconds)]],
  ["python3", (seconds) => ["-c", pythonLoop, String(seconds)]],
];
const perlLoop =
  "my $end = time + $ARGV[0]; until (flock(F, LOCK_EX | LOCK_NB)) { exit 1 if time >= $end; select(undef, undef, undef, 0.05) }";
const pythonLoop = `
import fcntl, sys, time
end = time.time() + float(sys.argv[1])
while True:
    try:
        fcntl.flock(3, fcntl.LOCK_EX | fcntl.LOCK_NB)
        sys.exit(0)
    except OSError:
        if time.time() >= end:
            sys.exit(1)
        time.sleep(0.05)
`;

async function flock(path: string, options: LockOptions & { readonly waitMs: number }): Promise<Release> {
  const stays = await byLocker(path, options);
  if (stays !== null) return stays;
  const file = openSync(path, "a+");
  try {
    const code = await lockOpenFile(file, Math.max(0, options.waitMs) / 1000);
    if (code === 1) throw new LockedError(path, holderOf(path));
    if (code === 0) tellHolder(file);
    options.signal?.throwIfAborted();
  } catch (error) {
    closeSync(file);
    throw error;
  }
  return () => closeSync(file);
}

/** As DVC does it. Only where it says something else: a file that is emptied and written anew goes to the disk at once on ext4. */
function tellHolder(file: number): void {
  const told = Buffer.alloc(32);
  const text = ` ${process.pid}\n`;
  if (told.toString("latin1", 0, readSync(file, told, 0, told.length, 0)) === text) return;
  ftruncateSync(file);
  writeSync(file, text);
}

interface Taken {
  /** Null until the lock is taken again soon. */
  readonly locker: Locker | null;
  /** Forgets it; null while the locker has the lock. */
  readonly timer: NodeJS.Timeout | null;
}

/** The locks that were taken a moment ago: who takes one for the second time is likely to go on so. */
const taken = new Map<string, Taken>();
const soonMs = 2_000;
/** Longer waits are for a program of their own: it is not asked to outlast a stop in the terminal. */
const lockerWaitMs = 10_000;
let lockersWork = process.platform === "linux";

/** By a shell that stays; null where that is not worth while, or does not work. */
async function byLocker(
  path: string,
  { waitMs, signal }: LockOptions & { readonly waitMs: number },
): Promise<Release | null> {
  if (!lockersWork || waitMs > lockerWaitMs) return null;
  const before = taken.get(path);
  if (before === undefined) {
    forgetSoon(path, null);
    return null;
  }
  if (before.timer !== null) clearTimeout(before.timer);
  const locker = before.locker ?? openLocker(path);
  taken.set(path, { locker, timer: null });
  const release = await lockedBy(locker, path, waitMs);
  if (release === null) return null;
  const free = async (): Promise<void> => {
    forgetSoon(path, locker);
    await release();
  };
  if (signal?.aborted === true) await free();
  signal?.throwIfAborted();
  return free;
}

async function lockedBy(locker: Locker, path: string, waitMs: number): Promise<(() => Promise<void>) | null> {
  try {
    const release = await locker.lock(Math.max(0, waitMs) / 1000);
    if (release !== null) {
      const file = openSync(path, "a+");
      tellHolder(file);
      closeSync(file);
      return release;
    }
  } catch {
    // No sh, no flock, or somebody ended it. The way without them says what is wrong, if there is something.
    lockersWork = false;
    taken.delete(path);
    locker.close();
    return null;
  }
  forgetSoon(path, locker);
  throw new LockedError(path, holderOf(path));
}

function forgetSoon(path: string, locker: Locker | null): void {
  const before = taken.get(path)?.timer ?? null;
  if (before !== null) clearTimeout(before);
  const forget = (): void => {
    taken.delete(path);
    locker?.close();
  };
  taken.set(path, { locker, timer: setTimeout(forget, soonMs).unref() });
}

/** 0 when it is locked, 1 when another process has it; null when no program can do it here. */
async function lockOpenFile(file: number, seconds: number): Promise<number | null> {
  for (const [program, args] of lockers) {
    const child = spawn(program, args(seconds), { stdio: ["ignore", "ignore", "ignore", file] });
    const code = await once(child, "exit").then(
      ([exit]) => exit as number | null,
      (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "EACCES") return null;
        throw error;
      },
    );
    if (code === 0 || code === 1) return code;
  }
  return null;
}

function holderOf(path: string): string {
  const pid = /\d+/.exec(readFileSync(path, "utf8"))?.[0];
  return pid === undefined ? "Another process" : `The process ${pid}`;
}

const yearMs = 365 * 24 * 60 * 60 * 1000;
const attemptMs = 50;

/** The protocol of flufl.lock as DVC uses it: a claim file, linked under the lock's name; its mtime says when it ends. */
async function linkLock(path: string, waitMs: number): Promise<Release> {
  const words = [path, hostname(), String(process.pid), String(randomInt(2 ** 47))].join("|");
  const claim = join(dirname(path), `${md5(words)}.lock`);
  const endMs = Date.now() + waitMs;
  writeFileSync(claim, claim);
  const until = new Date(Date.now() + yearMs);
  utimesSync(claim, until, until);
  for (;;) {
    if (linked(claim, path)) break;
    if ((statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) < Date.now()) {
      rmSync(path, { force: true });
      continue;
    }
    if (Date.now() > endMs) {
      rmSync(claim, { force: true });
      throw new LockedError(path, "Another process");
    }
    await pause(attemptMs);
  }
  return () => {
    rmSync(path, { force: true });
    rmSync(claim, { force: true });
  };
}

function linked(claim: string, path: string): boolean {
  try {
    linkSync(claim, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}
