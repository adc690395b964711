import type { Parcel, ToCells } from "./link.ts";

/** How long after a stop by force what is sent may still be hit by it: on a busy machine it is carried out late. */
const shakyMs = 3000;
/** How long the cells' process may take to answer before it is asked again; twice as long each time. */
const patienceMs = { first: 300, most: 30_000 };

interface Sent {
  readonly parcel: Parcel<ToCells>;
  isTaken: boolean;
}

export interface DeliveryParts {
  /** Sends to the cells' process. */
  readonly send: (parcel: Parcel<ToCells>) => void;
  /** Told of a request that will never be answered: it was ended by force together with a cell. */
  readonly lost: (request: string) => void;
}

/**
 * Requests on their way to the cells' process. V8 ends by force whatever runs in that moment, which may be the reading of a
 * request. So each is confirmed, and after a stop by force what was not is sent again.
 */
export class Delivery {
  readonly #parts: DeliveryParts;
  readonly #sent = new Map<string, Sent>();
  #shakyUntilMs = 0;
  #asked = 0;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: DeliveryParts) {
    this.#parts = parts;
  }

  /** Sends a request; the first time and again when it got lost. */
  send(request: string, parcel: Parcel<ToCells>): void {
    this.#sent.set(request, { parcel, isTaken: false });
    this.#parts.send(parcel);
    this.#check();
  }

  /** The cells' process begins with it. A cell is then watched by others. */
  taken(request: string, isCell: boolean): void {
    const sent = this.#sent.get(request);
    if (isCell) this.#sent.delete(request);
    else if (sent !== undefined) sent.isTaken = true;
  }

  answered(request: string): void {
    this.#sent.delete(request);
  }

  /** Force was used. */
  cut(): void {
    this.#shakyUntilMs = Date.now() + shakyMs;
    this.#check();
  }

  /** An answer to our question: all that was sent before it has been read, or lost. */
  heard(number: number): void {
    if (number !== -this.#asked || this.#timer === null) return;
    this.close();
    for (const [request, { parcel, isTaken }] of [...this.#sent]) {
      if (isTaken) {
        this.#sent.delete(request);
        this.#parts.lost(request);
      } else this.send(request, parcel);
    }
  }

  close(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #check(waitMs: number = patienceMs.first): void {
    if (Date.now() >= this.#shakyUntilMs && this.#timer === null) return;
    this.close();
    // Negative: the stop button's own questions count up.
    this.#parts.send({ head: { kind: "ping", number: -++this.#asked }, body: noBody, buffers: [] });
    this.#timer = setTimeout(() => this.#check(Math.min(2 * waitMs, patienceMs.most)), waitMs).unref();
  }
}

const noBody = Buffer.from("{}");
