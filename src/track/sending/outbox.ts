import type { PointTap } from "../metric-log.ts";
import type { NamedPoint } from "../run-store.ts";
import type { RestRuns } from "../stores/index.ts";

/** Something to be sent. */
export interface Parcel {
  /** For the sentence that tells what was not sent: "param lr". */
  readonly what: string;
  readonly send: (server: RestRuns) => Promise<void>;
}

/** MLflow's limit of one request. */
const pointsAtOnce = 1000;
/** Points that wait for a server at most: then it is compared with what the project has, and sent that way. */
const mostPoints = 4_000_000;

/** What waits to be sent, in the order it was written. Points lie in columns: a million of them take 30 MB. */
export class Outbox {
  readonly #parcels: Parcel[] = [];
  readonly #run: string;
  #last: Points | null = null;
  #points = 0;
  /** Whether points were left out, as too many were waiting. */
  overflowed = false;

  constructor(run: string) {
    this.#run = run;
  }

  readonly tap: PointTap = (name, value, { step, timeMs }) => {
    if (this.#points >= mostPoints) {
      this.overflowed = true;
      return;
    }
    this.#points++;
    if (this.#last === null || this.#last.size === pointsAtOnce) {
      this.#last = new Points(this.#run);
      this.#parcels.push(this.#last);
    }
    this.#last.add(name, { value, step, timeMs });
  };

  put(parcel: Parcel): void {
    this.#last = null;
    this.#parcels.push(parcel);
  }

  get isEmpty(): boolean {
    return this.#parcels.length === 0;
  }

  /** Whether what waits fills a request. */
  get isFull(): boolean {
    return this.#points >= pointsAtOnce;
  }

  get parcels(): readonly Parcel[] {
    return this.#parcels;
  }

  /** The first parcel; nothing is put into it from now on. */
  first(): Parcel | null {
    const [parcel = null] = this.#parcels;
    if (parcel === this.#last) this.#last = null;
    return parcel;
  }

  /** Takes the first parcel off: it was sent, or refused for good. */
  shift(): void {
    const parcel = this.#parcels.shift();
    if (parcel instanceof Points) this.#points -= parcel.size;
  }
}

class Points implements Parcel {
  readonly #run: string;
  readonly #names: string[] = [];
  readonly #values = new Float64Array(pointsAtOnce);
  readonly #steps = new Float64Array(pointsAtOnce);
  readonly #times = new Float64Array(pointsAtOnce);

  constructor(run: string) {
    this.#run = run;
  }

  get size(): number {
    return this.#names.length;
  }

  get what(): string {
    const names = [...new Set(this.#names)];
    return `${this.size === 1 ? "1 point" : `${this.size} points`} of ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`;
  }

  add(
    name: string,
    { value, step, timeMs }: { readonly value: number; readonly step: number; readonly timeMs: number },
  ): void {
    const at = this.#names.push(name) - 1;
    this.#values[at] = value;
    this.#steps[at] = step;
    this.#times[at] = timeMs;
  }

  send(server: RestRuns): Promise<void> {
    const points = this.#names.map(
      (key, i): NamedPoint => ({
        key,
        value: this.#values[i] ?? 0,
        step: this.#steps[i] ?? 0,
        timeMs: this.#times[i] ?? 0,
      }),
    );
    return server.logMetrics(this.#run, points);
  }
}
