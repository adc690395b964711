import { createHash, type Hash } from "node:crypto";
import type { Column, Frame } from "./frame.ts";

/**
 * A digest of what a table holds: names, types and values of its columns, in their order, whatever file they are written to and
 * by which version of a writer. 32 hex digits.
 */
export function frameDigest(frame: Frame): string {
  const hash = createHash("md5");
  hash.update(`stemma frame 1\n${frame.rows} ${JSON.stringify(frame.columns.map(({ name, type }) => [name, type]))}\n`);
  for (const column of frame.columns) addColumn(hash, column);
  return hash.digest("hex");
}

/** Rows that are hashed at once. */
const blockRows = 65_536;

function addColumn(hash: Hash, { type, values }: Column): void {
  for (let start = 0; start < values.length; start += blockRows) {
    const end = Math.min(start + blockRows, values.length);
    const missing = new Uint8Array(end - start);
    for (let row = start; row < end; row++) if ((values[row] ?? null) === null) missing[row - start] = 1;
    hash.update(missing);
    hash.update(blockOf({ type, values }, start, end));
  }
}

function blockOf({ type, values }: Omit<Column, "name">, start: number, end: number): Uint8Array | string {
  const at = (i: number): unknown => values[start + i] ?? null;
  const length = end - start;
  switch (type) {
    case "string": {
      const texts = Array.from({ length }, (_, i) => at(i) as string | null);
      return `${JSON.stringify(texts.map((text) => text?.length ?? 0))}${texts.join("")}`;
    }
    case "int64":
    case "uint64":
      return bytesOf(BigInt64Array.from({ length }, (_, i) => BigInt.asIntN(64, (at(i) as bigint | null) ?? 0n)));
    case "boolean":
      return Uint8Array.from({ length }, (_, i) => (at(i) === true ? 1 : 0));
    case "null":
      return "";
    default:
      return bytesOf(Float64Array.from({ length }, (_, i) => canonical(at(i) as number | null)));
  }
}

// A NaN has many bit patterns, and they mean the same.
function canonical(value: number | null): number {
  if (value === null) return 0;
  return Number.isNaN(value) ? Number.NaN : value;
}

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}
