import { host } from "../../host/index.ts";
import type { TailWriter } from "./tail-writer.ts";

const writers = new Set<TailWriter>();
const listened = new WeakSet<object>();
const flushMs = 50;
let timer: NodeJS.Timeout | null = null;

/**
 * Lets a writer be flushed at the end of each cell, before the process ends, and 50 ms after {@link expectFlush}.
 *
 * @returns takes it out again
 */
export function registerWriter(writer: TailWriter): () => void {
  writers.add(writer);
  const place = host();
  if (!listened.has(place)) {
    listened.add(place);
    place.onFlush(flushWriters);
  }
  return () => writers.delete(writer);
}

/** Brings the points of all open runs of this process to their files. */
export function flushWriters(): void {
  if (timer !== null) clearTimeout(timer);
  timer = null;
  for (const writer of writers) writer.flush();
}

/** Points wait: they are flushed in 50 ms where the program lets a timer fire, and the process may end before. */
export function expectFlush(): void {
  timer ??= setTimeout(flushWriters, flushMs).unref();
}
