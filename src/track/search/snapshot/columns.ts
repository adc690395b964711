import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type ColumnPlace, type Directory, type Extent, trailerBytes } from "./layout.ts";

/** Numbers of all runs. */
export interface NumberColumn {
  readonly kind: "number";
  readonly values: Float64Array;
  /** By run: 0 for a number, 1 for NaN, 2 for none. */
  readonly ranks: Uint8Array;
}

/** Texts of all runs. */
export interface TextColumn {
  readonly kind: "text";
  /** By run: 0 for none, else 1 + the place of its text in `texts`. */
  readonly codes: Uint32Array;
  readonly texts: Texts;
}

export type Column = NumberColumn | TextColumn;

/** Different texts in the order of their UTF-8 bytes, which is SQLite's. */
export interface Texts {
  readonly count: number;
  at(index: number): string;
  /** Where a text is; between two, for one that is not there: -0.5 before the first. */
  placeOf(text: string): number;
}

/** How much of a snapshot is kept in memory. */
const keptBytes = 64 * 1024 * 1024;

/** The columns of one snapshot, read as they are asked for. */
export class Columns {
  readonly runs: number;
  readonly #file: number;
  readonly #directory: Directory;
  readonly #allPresent: Uint8Array;
  readonly #kept = new Map<string, { readonly column: Column; readonly bytes: number }>();
  #bytes = 0;

  private constructor(file: number) {
    this.#file = file;
    const size = fstatSync(file).size;
    const [start = 0, bytes = 0] = new Float64Array(this.#blob([size - trailerBytes, trailerBytes]));
    this.#directory = JSON.parse(Buffer.from(this.#blob([start, bytes])).toString()) as Directory;
    if (this.#directory.version !== 1) throw new RangeError(`a snapshot of version ${this.#directory.version}`);
    this.runs = this.#directory.runs;
    this.#allPresent = new Uint8Array(this.runs);
  }

  /** Null where there is no such file any more, or one of another version, or none that is whole: it is made again. */
  static open(path: string): Columns | null {
    let file: number | null = null;
    try {
      file = openSync(path, "r");
      return new Columns(file);
    } catch {
      if (file !== null) closeSync(file);
      return null;
    }
  }

  /** Null where no run has such a value. */
  column(name: string): Column | null {
    const kept = this.#kept.get(name);
    // Taken out and put in again: the one that was asked for longest ago is in front.
    this.#kept.delete(name);
    if (kept !== undefined) {
      this.#kept.set(name, kept);
      return kept.column;
    }
    const place = Object.hasOwn(this.#directory.columns, name) ? this.#directory.columns[name] : undefined;
    return place === undefined ? null : this.#keep(name, this.#read(place));
  }

  close(): void {
    closeSync(this.#file);
  }

  #keep(name: string, column: Column): Column {
    const bytes = column.kind === "number" ? this.runs * 9 : this.runs * 4;
    this.#kept.set(name, { column, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= keptBytes || oldest === name) break;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
    return column;
  }

  #read(place: ColumnPlace): Column {
    const places = place.places === null ? null : new Uint32Array(this.#blob(place.places));
    const blob = this.#blob(place.values);
    if (place.texts === null) return this.#numbers(place, places, new Float64Array(blob));
    const texts = textsOf(new Uint32Array(this.#blob(place.texts.starts)), Buffer.from(this.#blob(place.texts.bytes)));
    return { kind: "text", codes: codesOf(this.runs, places, new Uint32Array(blob)), texts };
  }

  // Where every run has a number there is nothing to do for each: that is most of what a search would take.
  #numbers({ hasNaN }: ColumnPlace, places: Uint32Array | null, given: Float64Array): NumberColumn {
    if (places === null && !hasNaN) return { kind: "number", values: given, ranks: this.#allPresent };
    const values = new Float64Array(this.runs);
    const ranks = new Uint8Array(this.runs).fill(2);
    for (let i = 0; i < given.length; i++) {
      const place = places === null ? i : (places[i] ?? 0);
      const value = given[i] ?? 0;
      values[place] = value;
      ranks[place] = Number.isNaN(value) ? 1 : 0;
    }
    return { kind: "number", values, ranks };
  }

  #blob([start, bytes]: Extent): ArrayBuffer {
    const blob = Buffer.from(new ArrayBuffer(bytes));
    for (let read = 0; read < bytes; ) {
      const more = readSync(this.#file, blob, read, bytes - read, start + read);
      if (more === 0) throw new RangeError(`a snapshot of runs ends at ${start + read}, in the middle of a column`);
      read += more;
    }
    return blob.buffer;
  }
}

function codesOf(runs: number, places: Uint32Array | null, given: Uint32Array): Uint32Array {
  if (places === null) return given;
  const codes = new Uint32Array(runs);
  for (let i = 0; i < given.length; i++) codes[places[i] ?? 0] = given[i] ?? 0;
  return codes;
}

function textsOf(starts: Uint32Array, bytes: Buffer): Texts {
  const count = starts.length - 1;
  const part = (index: number): Buffer => bytes.subarray(starts[index] ?? 0, starts[index + 1] ?? 0);
  return {
    count,
    at: (index) => part(index).toString(),
    placeOf: (text) => {
      const wanted = Buffer.from(text);
      let [low, high] = [0, count];
      while (low < high) {
        const middle = (low + high) >> 1;
        if (part(middle).compare(wanted) < 0) low = middle + 1;
        else high = middle;
      }
      return low < count && part(low).equals(wanted) ? low : low - 0.5;
    },
  };
}
