import { setTimeout as wait } from "node:timers/promises";
import { hasDatabase, keepReserve, openDatabase, type Project, type Sql, writeOnFullDisk } from "../../store/index.ts";
import { enroll, type Heartbeat, isOwnerAlive, ownerId, resign, startHeartbeat } from "../keep/index.ts";

/** What to do for a key that only one may execute at a time. */
export interface ClaimedTask<T> {
  /** The result, where somebody has finished it by now; null: there is none. */
  readonly kept: () => T | null;
  /** Waits for what the execution needs, as a free core; the key is claimed only then. Absent: it needs nothing. */
  readonly enter?: () => Promise<ClaimSeat>;
  readonly execute: (seat: ClaimSeat, claim: Claim) => Promise<T>;
  /** Ends the waiting for another process. */
  readonly signal: AbortSignal;
}

/** The hold on a key while it is executed. */
export interface Claim {
  /** Gives it back in the transaction that keeps the result; otherwise that is done when `execute` has ended. */
  give(sql: Sql): void;
}

/** What an execution needs while it runs. */
export interface ClaimSeat {
  /** Gives it back; `execute` may do so before its end. */
  leave(): void;
}

/** What came of a claimed task. */
export interface ClaimedResult<T> {
  readonly value: T;
  /** False: another one did it meanwhile. */
  readonly executed: boolean;
}

/** Keeps two from executing the same key at once: in this process, in others, on other machines that share the project. */
export interface Claims {
  /**
   * Executes, or waits for who does so now and gives what that one kept. Takes over where that one died or failed.
   *
   * @throws what `execute` threw; the signal's reason
   */
  run<T>(key: string, task: ClaimedTask<T>): Promise<ClaimedResult<T>>;
}

/** This process's hold on a run. */
export interface RunLease {
  readonly owner: string;
  readonly claims: Claims;
  /** Gives the run free. */
  end(): void;
}

interface Hold {
  leases: number;
  heartbeat: Heartbeat | null;
  readonly claims: Claims;
}

const holds = new Map<string, Hold>();

/**
 * Tells others that this process lives, until `end()`: a run that it keeps open is no dead one, a key that it executes
 * is left to it. On this machine the process itself is looked at; elsewhere its heartbeat, which may be silent for two minutes.
 */
export function openLease(project: Project): RunLease {
  const { path } = openDatabase(project);
  const hold = holds.get(path) ?? { leases: 0, heartbeat: null, claims: new DatabaseClaims(project) };
  holds.set(path, hold);
  if (hold.leases === 0) {
    openDatabase(project).write(enroll);
    keepReserve(project);
    hold.heartbeat = startHeartbeat(project, ownerId);
  }
  // Where that failed nothing is held: the next one tries it again.
  hold.leases++;
  let open = true;
  const end = (): void => {
    if (!open) return;
    open = false;
    if (--hold.leases > 0) return;
    hold.heartbeat?.stop();
    hold.heartbeat = null;
    // The project may be gone by now, as that of a test is.
    if (hasDatabase(project)) writeOnFullDisk(project, resign);
  };
  return { owner: ownerId, claims: hold.claims, end };
}

/** How long who waits for another process sleeps between two looks: a short step is met early, a long one looked at rarely. */
const looks = { firstMs: 10, lastMs: 500 };

class DatabaseClaims implements Claims {
  readonly #project: Project;
  /** Keys that this process executes: who wants one of them too waits for its end. */
  readonly #own = new Map<string, Promise<void>>();

  constructor(project: Project) {
    this.#project = project;
  }

  async run<T>(key: string, task: ClaimedTask<T>): Promise<ClaimedResult<T>> {
    for (;;) {
      const waited = await this.#free(key, task.signal);
      const kept = waited ? task.kept() : null;
      const done = kept === null ? await this.#entered(key, task) : { value: kept, executed: false };
      if (done !== null) return done;
    }
  }

  /** Waits until nobody executes the key, and holds nothing meanwhile that the next key needs; false: it was free. */
  async #free(key: string, signal: AbortSignal): Promise<boolean> {
    let sleepMs = looks.firstMs;
    for (let waited = false; ; waited = true) {
      signal.throwIfAborted();
      const own = this.#own.get(key);
      if (own !== undefined) await unlessAborted(own, signal);
      else if (this.#isElsewhere(key)) {
        await unlessAborted(wait(sleepMs), signal);
        sleepMs = Math.min(sleepMs * 1.5, looks.lastMs);
      } else return waited;
    }
  }

  #isElsewhere(key: string): boolean {
    const database = openDatabase(this.#project);
    const claim = database.first<{ readonly owner: string }>("SELECT owner FROM flow_claim WHERE key = ?", key);
    return claim !== null && claim.owner !== ownerId && isOwnerAlive(database, claim.owner);
  }

  /** Null: another one was first, while this one waited to enter. */
  async #entered<T>(key: string, task: ClaimedTask<T>): Promise<ClaimedResult<T> | null> {
    const seat = (await task.enter?.()) ?? { leave: () => {} };
    try {
      return this.#own.has(key) || !this.#take(key) ? null : await this.#claimed(key, task, seat);
    } finally {
      seat.leave();
    }
  }

  async #claimed<T>(key: string, task: ClaimedTask<T>, seat: ClaimSeat): Promise<ClaimedResult<T>> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#own.set(key, promise);
    let given = false;
    const give = (sql: Sql): void => {
      release(sql, key);
      given = true;
    };
    try {
      const kept = task.kept();
      if (kept !== null) return { value: kept, executed: false };
      return { value: await task.execute(seat, { give }), executed: true };
    } catch (error) {
      // The transaction that it was given back in may be what failed.
      given = false;
      throw error;
    } finally {
      this.#own.delete(key);
      if (!given) openDatabase(this.#project).write((sql) => release(sql, key));
      resolve();
    }
  }

  #take(key: string): boolean {
    return openDatabase(this.#project).write((sql) => {
      const claim = sql.first<{ readonly owner: string }>("SELECT owner FROM flow_claim WHERE key = ?", key);
      if (claim !== null && claim.owner !== ownerId && isOwnerAlive(sql, claim.owner)) return false;
      sql.run("INSERT OR REPLACE INTO flow_claim (key, owner, time) VALUES (?, ?, ?)", key, ownerId, Date.now());
      return true;
    });
  }
}

/** What a promise gives, or the signal's reason as soon as it is aborted. */
async function unlessAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<void>();
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}

function release(sql: Sql, key: string): void {
  sql.run("DELETE FROM flow_claim WHERE key = ? AND owner = ?", key, ownerId);
}
