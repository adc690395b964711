/** The numbers of one column. A place is that of a run among all of them; places rise. */
export class NumberValues {
  readonly places: number[] = [];
  /** NaN where the database has NULL. */
  readonly values: number[] = [];

  add(place: number, value: number | null): void {
    this.places.push(place);
    this.values.push(value ?? Number.NaN);
  }
}

/** The texts of one column: each different one once. */
export class TextValues {
  readonly places: number[] = [];
  /** Of each place, where its text stands in `texts`. */
  readonly codes: number[] = [];
  readonly #codeOf = new Map<string, number>();

  add(place: number, text: string): void {
    let code = this.#codeOf.get(text);
    if (code === undefined) {
      code = this.#codeOf.size;
      this.#codeOf.set(text, code);
    }
    this.places.push(place);
    this.codes.push(code);
  }

  get texts(): readonly string[] {
    return [...this.#codeOf.keys()];
  }
}
