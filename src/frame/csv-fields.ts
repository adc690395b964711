import { setImmediate } from "node:timers/promises";
import { TableFileError } from "./table-file-error.ts";

/** One field: null for an empty one; the empty text where it stands in quotes. */
export type Field = string | null;

export interface CsvWork {
  readonly path: string;
  readonly delimiter: string;
  readonly signal: AbortSignal | null;
}

/** Rows between two breaths of the event loop. */
const breath = 20_000;

/**
 * The lines of a CSV text (RFC 4180; lines may end with `\n`, `\r\n` or `\r`), each as its fields; blank lines are left out.
 *
 * @throws {TableFileError} a quote that is never closed; the line where it opens
 */
export async function csvLines(text: string, work: CsvWork): Promise<readonly (readonly Field[])[]> {
  const lines: (readonly Field[])[] = [];
  const reader = new CsvReader(text, work);
  for (let line = reader.next(); line !== null; line = reader.next()) {
    if (line.length > 1 || line[0] !== null) lines.push(line);
    if (lines.length % breath === 0) {
      await setImmediate();
      work.signal?.throwIfAborted();
    }
  }
  return lines;
}

const quote = 34;
const lineFeed = 10;
const carriageReturn = 13;

class CsvReader {
  readonly #text: string;
  readonly #work: CsvWork;
  readonly #separator: number;
  #at = 0;

  constructor(text: string, work: CsvWork) {
    this.#text = text;
    this.#work = work;
    this.#separator = work.delimiter.charCodeAt(0);
  }

  /** The next line; null at the end. */
  next(): readonly Field[] | null {
    const text = this.#text;
    if (this.#at >= text.length) return null;
    const fields: Field[] = [];
    for (;;) {
      fields.push(text.charCodeAt(this.#at) === quote ? this.#quoted() : this.#plain());
      const code = text.charCodeAt(this.#at);
      if (code === this.#separator) {
        this.#at += 1;
        continue;
      }
      if (code === carriageReturn && text.charCodeAt(this.#at + 1) === lineFeed) this.#at += 1;
      this.#at += 1;
      return fields;
    }
  }

  #plain(): Field {
    const start = this.#at;
    const text = this.#text;
    let at = start;
    while (at < text.length) {
      const code = text.charCodeAt(at);
      if (code === this.#separator || code === lineFeed || code === carriageReturn) break;
      at += 1;
    }
    this.#at = at;
    return at === start ? null : text.slice(start, at);
  }

  #quoted(): Field {
    const text = this.#text;
    const start = this.#at;
    let value = "";
    for (let at = start + 1; ; ) {
      const end = text.indexOf('"', at);
      if (end === -1) {
        const line = text.slice(0, start).split("\n").length;
        throw new TableFileError(
          `${this.#work.path}:${line}: a quote opens here and is never closed; close or double it.`,
        );
      }
      value += text.slice(at, end);
      if (text.charCodeAt(end + 1) !== quote) {
        this.#at = end + 1;
        // What stands behind a closing quote belongs to the field, as most readers take it.
        return value + (this.#plain() ?? "");
      }
      value += '"';
      at = end + 2;
    }
  }
}
