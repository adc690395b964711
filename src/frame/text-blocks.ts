import { setImmediate } from "node:timers/promises";

/** Rows made into text at once; between two blocks the event loop runs. */
const blockRows = 10_000;

/**
 * The UTF-8 of a long text that is made row by row. A stop is heard between two blocks, and no string grows past what
 * JavaScript can hold.
 *
 * @param block the text of the rows from `start` up to, not including, `end`
 */
export async function textBlocks(
  rows: number,
  block: (start: number, end: number) => string,
  signal: AbortSignal | null,
): Promise<readonly Uint8Array[]> {
  const blocks: Uint8Array[] = [];
  for (let start = 0; start < rows; start += blockRows) {
    blocks.push(Buffer.from(block(start, Math.min(start + blockRows, rows))));
    await setImmediate();
    signal?.throwIfAborted();
  }
  return blocks;
}
