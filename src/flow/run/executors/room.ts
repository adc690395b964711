import { claimLookMs, type GpuClaims } from "./gpu-claims.ts";
import type { Gpus } from "./gpus.ts";

/** A place where something may run. */
export interface Seat {
  /** What a task sees of its own place besides the machine's environment: its GPUs. Absent: nothing. */
  readonly env?: Readonly<Record<string, string>>;
  /** Gives it to the next one; again, nothing happens. */
  leave(): void;
}

/** What is counted: MB of memory, cores, tasks of workers, tasks of this thread. */
type Counted = "memory" | "cpu" | "worker" | "inline";
type Kind = "gpu" | Counted;

/** The rarer first: who waits for one of them has those before it kept for it, so that two never take turns in having half. */
const kinds: readonly Kind[] = ["gpu", "memory", "cpu", "worker", "inline"];

/** What a task takes while it runs; more than there is is all of it, and the task runs alone. */
export interface Needs {
  readonly take: Readonly<Partial<Record<Counted, number>>>;
  /** How many GPUs. */
  readonly gpus: number;
}

/** What comes with the wish for a seat. */
export interface Entry {
  /** GPUs to choose from, as many at least as are asked for. */
  readonly here: Gpus;
  readonly signal: AbortSignal;
  /** Told while it waits for a GPU that another process has. */
  readonly elsewhere?: () => void;
}

interface Wish {
  readonly needs: Needs;
  readonly here: Gpus;
}

interface Waiting extends Wish {
  readonly elsewhere: () => void;
  readonly enter: (seat: Seat) => void;
}

/**
 * The machine's cores, memory and GPUs: a task takes what it asks for. Who comes first is first, but nobody waits behind
 * one that waits for something else: a task without GPUs runs while others wait for theirs.
 */
export class Room {
  readonly #all: Readonly<Record<Counted, number>>;
  readonly #free: Record<Counted, number>;
  readonly #takenGpus = new Set<string>();
  readonly #claims: GpuClaims;
  #waiting: Waiting[] = [];
  /** Looks again for GPUs that another process has. */
  #look: NodeJS.Timeout | null = null;

  /** @param claims of the machine's GPUs, which other processes take too */
  constructor(all: Readonly<Record<Counted, number>>, claims: GpuClaims) {
    this.#all = all;
    this.#free = { ...all };
    this.#claims = claims;
  }

  /**
   * Resolves when there is room; `leave()` gives it back.
   *
   * @throws the signal's reason, when it aborts before there is room
   */
  enter(needs: Needs, { here, signal, elsewhere = () => {} }: Entry): Promise<Seat> {
    const first = { needs: this.#atMost(needs), here };
    const isFree =
      this.#waiting.length === 0 && !signal.aborted && !kindsOf(needs).some((kind) => this.#lacks(first, kind));
    const seat = isFree ? this.#seat(first) : null;
    if (seat !== null) return Promise.resolve(seat);
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(signal.reason);
        this.#next();
      };
      const enter = (seat: Seat): void => {
        signal.removeEventListener("abort", leave);
        resolve(seat);
      };
      const waiting: Waiting = { ...first, elsewhere, enter };
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(waiting);
      if (signal.aborted) leave();
      else this.#next();
    });
  }

  #atMost({ take, gpus }: Needs): Needs {
    const all = Object.entries(take) as [Counted, number][];
    return { take: Object.fromEntries(all.map(([kind, n]) => [kind, Math.min(n, this.#all[kind])])), gpus };
  }

  #next(): void {
    const kept = new Set<Kind>();
    const entered = new Set<Waiting>();
    // Each takes one of the two: where both are gone nobody further behind can enter.
    const isFull = (): boolean => kept.has("inline") && kept.has("worker");
    for (const waiting of this.#waiting) {
      const needed = kindsOf(waiting.needs);
      const last = needed.findLastIndex((kind) => this.#lacks(waiting, kind) || kept.has(kind));
      const seat = last === -1 ? this.#seat(waiting) : null;
      if (seat !== null) {
        entered.add(waiting);
        waiting.enter(seat);
      } else {
        // That nothing is lacking and there is no seat is for GPUs that another process has.
        if (last === -1) waiting.elsewhere();
        for (const kind of needed.slice(0, Math.max(0, last) + 1)) kept.add(kind);
      }
      if (isFull()) break;
    }
    if (entered.size > 0) this.#waiting = this.#waiting.filter((waiting) => !entered.has(waiting));
  }

  #lacks({ needs: { take, gpus }, here }: Wish, kind: Kind): boolean {
    return kind === "gpu" ? this.#freeGpus(here).length < gpus : this.#free[kind] < (take[kind] ?? 0);
  }

  #lookSoon(): void {
    this.#look ??= setTimeout(() => {
      this.#look = null;
      this.#next();
    }, claimLookMs);
  }

  #freeGpus({ names }: Gpus): readonly string[] {
    return names.filter((name) => !this.#takenGpus.has(name));
  }

  /** Null where another process has the GPUs: it is looked again for them, soon. */
  #seat({ needs: { take, gpus }, here }: Wish): Seat | null {
    const kinds = Object.keys(take) as Counted[];
    const own = gpus === 0 ? [] : this.#claims.take(this.#freeGpus(here), gpus);
    if (own === null) {
      this.#lookSoon();
      return null;
    }
    for (const kind of kinds) this.#free[kind] -= take[kind] ?? 0;
    for (const name of own) this.#takenGpus.add(name);
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      for (const kind of kinds) this.#free[kind] += take[kind] ?? 0;
      for (const name of own) this.#takenGpus.delete(name);
      if (own.length > 0) this.#claims.give(own);
      this.#next();
    };
    return { leave, env: gpus === 0 ? {} : { ...here.env, CUDA_VISIBLE_DEVICES: own.join(",") } };
  }
}

function kindsOf({ take, gpus }: Needs): readonly Kind[] {
  return kinds.filter((kind) => (kind === "gpu" ? gpus > 0 : take[kind] !== undefined));
}
