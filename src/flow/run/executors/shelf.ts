/** Things up to a sum of bytes; the one that was not asked for longest goes first, the newest never. */
export class Shelf<T> {
  readonly #limit: number;
  readonly #things = new Map<string, { readonly thing: T; readonly bytes: number }>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get(name: string): T | undefined {
    const known = this.#things.get(name);
    if (known === undefined) return undefined;
    this.#things.delete(name);
    this.#things.set(name, known);
    return known.thing;
  }

  put(name: string, thing: T, bytes: number): void {
    this.#things.set(name, { thing, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: its }] of this.#things) {
      if (this.#bytes <= this.#limit || this.#things.size === 1) return;
      this.#things.delete(oldest);
      this.#bytes -= its;
    }
  }
}
