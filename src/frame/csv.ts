import type { Cell, Column, Frame } from "./frame.ts";
import { textBlocks } from "./text-blocks.ts";

/**
 * A frame as CSV (RFC 4180, but lines end with `\n`): a line of names, then the rows. A missing value is an empty field, an
 * empty text is `""`; numbers as JavaScript prints them, dates as ISO 8601 in UTC.
 */
export async function csvBytes(frame: Frame, signal: AbortSignal | null = null, delimiter = ","): Promise<Uint8Array> {
  const names = Buffer.from(`${frame.columns.map(({ name }) => quoted(name, delimiter)).join(delimiter)}\n`);
  const blocks = await textBlocks(frame.rows, (start, end) => block(frame, { start, end, delimiter }), signal);
  return Buffer.concat([names, ...blocks]);
}

interface Block {
  readonly start: number;
  readonly end: number;
  readonly delimiter: string;
}

function block({ columns }: Frame, { start, end, delimiter }: Block): string {
  let text = "";
  for (let row = start; row < end; row++) {
    const line = columns.map((column) => field(column, row, delimiter)).join(delimiter);
    // A blank line is no row to most readers.
    text += `${line === "" ? '""' : line}\n`;
  }
  return text;
}

function field({ type, values }: Column, row: number, delimiter: string): string {
  const value: Cell = values[row] ?? null;
  if (value === null) return "";
  if (type === "timestamp") return new Date(Number(value)).toISOString();
  if (typeof value === "string") return quoted(value, delimiter);
  return Object.is(value, -0) ? "-0" : String(value);
}

// Spaces at an end and a lone "" are quoted too: readers trim the one and take the other for missing.
function quoted(text: string, delimiter: string): string {
  const plain = text !== "" && !text.includes(delimiter) && !/["\r\n]|^\s|\s$/.test(text);
  return plain ? text : `"${text.replaceAll('"', '""')}"`;
}
