import { type ByteStream, hashOneByOne, hashStreams } from "./streams.ts";

/** A stream that is opened when its turn comes. */
export interface HashJob {
  /** How long the stream will be, about. */
  readonly bytes: number;
  readonly open: () => ByteStream;
}

/** Below this it does not matter which way a stream is hashed. */
const longBytes = 1024 * 1024;

/**
 * Hashes streams, in an order and a way that is quick: one that is longer than all others together would lie in its lane
 * alone for most of its time, which is slower than OpenSSL. Blocking.
 */
export function hashAll(jobs: readonly HashJob[]): void {
  const order = longestFirst(jobs);
  let rest = order.reduce((sum, { bytes }) => sum + bytes, 0);
  let alone = 0;
  for (const { bytes } of order) {
    if (bytes < longBytes || bytes < rest / 2) break;
    rest -= bytes;
    alone++;
  }
  hashOneByOne(opener(order.slice(0, alone)));
  hashStreams(opener(order.slice(alone)));
}

/** Long ones first, so that all lanes end together; short ones as they come, as they lie on the disk. */
export function longestFirst<T extends { readonly bytes: number }>(items: readonly T[]): readonly T[] {
  const rank = ({ bytes }: T): number => (bytes < longBytes ? 0 : bytes);
  return items.toSorted((a, b) => rank(b) - rank(a));
}

function opener(jobs: readonly HashJob[]): () => ByteStream | null {
  let taken = 0;
  return () => jobs[taken++]?.open() ?? null;
}
