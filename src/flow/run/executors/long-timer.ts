/** Longest wait of a timer of Node; a longer one would be over at once. */
const longestMs = 2 ** 31 - 1;

/** Calls `work` after a time of any length. @returns ends the wait */
export function after(ms: number, work: () => void): () => void {
  let timer: NodeJS.Timeout | null = null;
  const wait = (leftMs: number): void => {
    const next = leftMs > longestMs ? () => wait(leftMs - longestMs) : work;
    timer = setTimeout(next, Math.min(leftMs, longestMs));
  };
  wait(ms);
  return () => {
    if (timer !== null) clearTimeout(timer);
  };
}

/** Resolves after a time of any length. @throws the signal's reason */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (ms <= 0) return;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const end = after(ms, resolve);
  const stop = (): void => reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    await promise;
  } finally {
    end();
    signal.removeEventListener("abort", stop);
  }
}
