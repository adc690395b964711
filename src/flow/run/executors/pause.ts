import { setTimeout as wait } from "node:timers/promises";

/** Longest wait of a timer of Node; a longer one would be over at once. */
const longestMs = 2 ** 31 - 1;

/** Resolves after a time of any length. @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  for (let left = ms; left > 0; left -= longestMs) {
    await wait(Math.min(left, longestMs), undefined, { signal }).catch((error: unknown) => {
      throw signal.aborted ? signal.reason : error;
    });
  }
  signal.throwIfAborted();
}
