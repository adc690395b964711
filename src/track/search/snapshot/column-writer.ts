import { closeSync, fdatasyncSync, openSync } from "node:fs";
import { writeAll } from "../../../store/index.ts";
import type { ColumnPlace, Directory, Extent } from "./layout.ts";

interface NumberRow {
  readonly run: number;
  /** Null for NaN. */
  readonly value: number | null;
}

interface TextRow {
  readonly run: number;
  readonly text: string;
}

/** Writes the file of a snapshot, one column after the other. */
export class ColumnWriter {
  readonly #file: number;
  readonly #runs: number;
  readonly #places: ReadonlyMap<number, number>;
  readonly #columns: Record<string, ColumnPlace> = Object.create(null);
  #length = 0;

  /** @param ids of all runs, rising */
  constructor(path: string, ids: readonly number[]) {
    this.#file = openSync(path, "wx");
    this.#runs = ids.length;
    this.#places = new Map(ids.map((id, place) => [id, place]));
  }

  /** @param rows by rising run */
  numbers(name: string, rows: readonly NumberRow[]): void {
    const kept = this.#known(rows);
    const values = Float64Array.from(kept, ({ value }) => value ?? Number.NaN);
    const hasNaN = values.some(Number.isNaN);
    this.#columns[name] = { places: this.#placesOf(kept), values: this.#blob(values), hasNaN, texts: null };
  }

  /** @param rows by rising run */
  texts(name: string, rows: readonly TextRow[]): void {
    const kept = this.#known(rows);
    const different = [...new Set(kept.map(({ text }) => text))]
      .map((text) => ({ text, bytes: Buffer.from(text) }))
      .sort((a, b) => a.bytes.compare(b.bytes));
    const codes = new Map(different.map(({ text }, place) => [text, place + 1]));
    const values = Uint32Array.from(kept, ({ text }) => codes.get(text) ?? 0);
    const texts = different.map(({ bytes }) => bytes);
    const starts = new Uint32Array(texts.length + 1);
    texts.forEach((text, i) => {
      starts[i + 1] = (starts[i] ?? 0) + text.length;
    });
    this.#columns[name] = {
      places: this.#placesOf(kept),
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

  // A value without a run is one that another program left behind; no search finds it.
  #known<Row extends { readonly run: number }>(rows: readonly Row[]): readonly Row[] {
    return rows.every(({ run }) => this.#places.has(run)) ? rows : rows.filter(({ run }) => this.#places.has(run));
  }

  #placesOf(rows: readonly { readonly run: number }[]): Extent | null {
    if (rows.length === this.#runs) return null;
    return this.#blob(Uint32Array.from(rows, ({ run }) => this.#places.get(run) ?? 0));
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
