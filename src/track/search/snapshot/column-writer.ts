import { closeSync, fdatasyncSync, openSync } from "node:fs";
import { writeAll } from "../../../store/index.ts";
import type { ColumnPlace, Directory, Extent } from "./layout.ts";
import type { NumberValues, TextValues } from "./run-values.ts";

/** Writes the file of a snapshot, one column after the other. */
export class ColumnWriter {
  readonly #file: number;
  readonly #runs: number;
  readonly #columns: Record<string, ColumnPlace> = Object.create(null);
  #length = 0;

  /** @param runs how many there are */
  constructor(path: string, runs: number) {
    this.#file = openSync(path, "wx");
    this.#runs = runs;
  }

  numbers(name: string, { places, values }: NumberValues): void {
    const numbers = Float64Array.from(values);
    const hasNaN = numbers.some(Number.isNaN);
    this.#columns[name] = { places: this.#placesOf(places), values: this.#blob(numbers), hasNaN, texts: null };
  }

  texts(name: string, { places, codes, texts: asFound }: TextValues): void {
    const different = asFound
      .map((text, code) => ({ code, bytes: Buffer.from(text) }))
      .sort((a, b) => a.bytes.compare(b.bytes));
    const ranks = new Uint32Array(different.length);
    different.forEach(({ code }, rank) => {
      ranks[code] = rank + 1;
    });
    const values = Uint32Array.from(codes, (code) => ranks[code] ?? 0);
    const texts = different.map(({ bytes }) => bytes);
    const starts = new Uint32Array(texts.length + 1);
    texts.forEach((text, i) => {
      starts[i + 1] = (starts[i] ?? 0) + text.length;
    });
    this.#columns[name] = {
      places: this.#placesOf(places),
      values: this.#blob(values),
      hasNaN: false,
      texts: { count: texts.length, starts: this.#blob(starts), bytes: this.#blob(Buffer.concat(texts)) },
    };
  }

  /** Writes the directory, and brings all to the disk: a file of that name is whole. */
  end(): void {
    const directory: Directory = { version: 1, runs: this.#runs, columns: this.#columns };
    const [start, bytes] = this.#blob(Buffer.from(JSON.stringify(directory)));
    this.#blob(Float64Array.of(start, bytes));
    fdatasyncSync(this.#file);
  }

  close(): void {
    closeSync(this.#file);
  }

  #placesOf(places: readonly number[]): Extent | null {
    return places.length === this.#runs ? null : this.#blob(Uint32Array.from(places));
  }

  #blob(data: NodeJS.TypedArray): Extent {
    const start = this.#length;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    writeAll(this.#file, padded);
    this.#length += padded.length;
    return [start, bytes.length];
  }
}
