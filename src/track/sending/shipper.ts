import { isOfServer, type RestRuns, ServerDownError } from "../stores/index.ts";
import { Outbox, type Parcel } from "./outbox.ts";

/** Something that did not arrive, and why. */
export interface Unsent {
  readonly what: string;
  readonly error: unknown;
}

/** What comes within this time goes in one request. */
const lingerMs = 200;
const firstPauseMs = 5000;
const longestPauseMs = 60_000;

/**
 * Sends what is written to a run to a server, in order and behind the writing. A server that is down is tried again and
 * again while the run is open, and once more when it ends; what it refuses is kept for the report at the end.
 */
export class Shipper {
  readonly outbox: Outbox;
  readonly #server: RestRuns;
  readonly #refused: Unsent[] = [];
  #working: Promise<void> | null = null;
  #finishing = false;
  /** Ends the pause before the next attempt. */
  #wake: () => void = () => {};
  /** Why nothing more is sent. */
  #stopped: unknown = null;

  constructor(server: RestRuns, run: string) {
    this.#server = server;
    this.outbox = new Outbox(run);
  }

  readonly tap: Outbox["tap"] = (name, value, when) => {
    this.outbox.tap(name, value, when);
    if (this.#working === null) this.#start();
  };

  put(what: string, send: Parcel["send"]): void {
    this.outbox.put({ what, send });
    if (this.#working === null) this.#start();
  }

  /** Waits until all has arrived or cannot. @returns what did not arrive; none when all has */
  async finish(last: readonly Parcel[]): Promise<readonly Unsent[]> {
    for (const parcel of last) this.outbox.put(parcel);
    const before = this.#stopped;
    this.#finishing = true;
    this.#wake();
    await this.#working;
    // A server may be up again by now, a token good: one last attempt, unless that was it.
    if (this.#stopped === before) {
      this.#stopped = null;
      await this.#work();
    }
    const left = this.outbox.parcels.map(({ what }) => ({ what, error: this.#stopped }));
    return [...this.#refused, ...left];
  }

  #start(): void {
    if (this.#stopped !== null || this.#finishing) return;
    this.#working = this.#work().finally(() => {
      this.#working = null;
    });
  }

  async #work(): Promise<void> {
    for (let failures = 0; !this.outbox.isEmpty; ) {
      if (!this.outbox.isFull) await this.#pause(lingerMs);
      const parcel = this.outbox.first();
      if (parcel === null) return;
      const error = await this.#send(parcel);
      if (error === null) {
        failures = 0;
        continue;
      }
      if (!(error instanceof ServerDownError) || this.#finishing) {
        this.#stopped = error;
        return;
      }
      await this.#pause(Math.min(firstPauseMs * 2 ** failures++, longestPauseMs), "unref");
    }
  }

  /** Sends the first parcel. @returns why it, and what is behind it, has to wait; null when it is off the list */
  async #send(parcel: Parcel): Promise<unknown> {
    try {
      await parcel.send(this.#server);
    } catch (error) {
      if (isOfServer(error)) return error;
      this.#refused.push({ what: parcel.what, error });
    }
    this.outbox.shift();
    return null;
  }

  // Unref'ed while the server is down: a program that is done need not wait for it, the project has everything.
  #pause(ms: number, mode: "ref" | "unref" = "ref"): Promise<void> {
    if (this.#finishing) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      if (mode === "unref") timer.unref();
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
