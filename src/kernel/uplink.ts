import { writeSync } from "node:fs";
import { type FromCells, link, printParcel } from "./link.ts";

/** Sends to the broker at once: also in the middle of a busy loop, and before `process.exit()`. */
export function sendUp(head: FromCells, body: Uint8Array = noBody, buffers: readonly Uint8Array[] = []): void {
  const parts = printParcel({ head, body, buffers });
  const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
  // One system call for what is small; no copy of what is large.
  for (const part of size < 65_536 ? [Buffer.concat(parts)] : parts) writeAll(part);
}

const noBody = Buffer.from("{}");

function writeAll(bytes: Uint8Array): void {
  for (let at = 0; at < bytes.byteLength; ) at += writeSync(link.up, bytes, at);
}
