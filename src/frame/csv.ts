import { setImmediate } from "node:timers/promises";
import type { Cell, Column, Frame } from "./frame.ts";

/** Rows made into text at once; between two blocks the event loop runs. */
const blockRows = 20_000;

/**
 * A frame as CSV (RFC 4180, but lines end with `\n`): a line of names, then the rows. A missing value is an empty field, an
 * empty text is `""`; numbers as JavaScript prints them, dates as ISO 8601 in UTC.
 */
export async function csvBytes(frame: Frame, signal: AbortSignal | null = null): Promise<Uint8Array> {
  const blocks = [Buffer.from(`${frame.columns.map(({ name }) => quoted(name)).join(",")}\n`)];
  for (let start = 0; start < frame.rows; start += blockRows) {
    blocks.push(Buffer.from(block(frame, start, Math.min(start + blockRows, frame.rows))));
    await setImmediate();
    signal?.throwIfAborted();
  }
  return Buffer.concat(blocks);
}

function block({ columns }: Frame, start: number, end: number): string {
  let text = "";
  for (let row = start; row < end; row++) {
    const line = columns.map((column) => field(column, row)).join(",");
    // A blank line is no row to most readers.
    text += `${line === "" ? '""' : line}\n`;
  }
  return text;
}

function field({ type, values }: Column, row: number): string {
  const value: Cell = values[row] ?? null;
  if (value === null) return "";
  if (type === "timestamp") return new Date(Number(value)).toISOString();
  if (typeof value === "string") return quoted(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

// Spaces at an end and a lone "" are quoted too: readers trim the one and take the other for missing.
function quoted(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
