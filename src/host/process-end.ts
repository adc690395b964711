/**
 * What runs before a process ends, without changing how it ends: a signal that was going to end it still does.
 */
export interface ProcessEnd {
  /** Called before the process ends, once or more; the returned function takes the listener away. */
  onEnd(listener: () => void): () => void;
}

const graceMs = 1000;

/**
 * Listens for `exit` and for the given signals, from the first listener on.
 *
 * @param signals those that would end this process; in a kernel SIGINT is the stop button and no end.
 * @param options `stopped` is called on SIGINT before anything else and says whether somebody can act on it; then the
 *   process gets a second to end by itself.
 */
export function watchProcessEnd(
  signals: readonly NodeJS.Signals[],
  options: { readonly stopped?: () => boolean } = {},
): ProcessEnd {
  const listeners = new Set<() => void>();
  const flush = (): void => {
    for (const listener of listeners) listener();
  };
  let watching = false;
  const watch = (): void => {
    if (watching) return;
    watching = true;
    process.on("exit", flush);
    for (const signal of signals) endBy(signal, flush, options.stopped);
  };
  return {
    onEnd(listener) {
      watch();
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function endBy(signal: NodeJS.Signals, flush: () => void, stopped?: () => boolean): void {
  process.once(signal, () => {
    const graceful = signal === "SIGINT" && stopped?.() === true;
    flush();
    // With a listener Node no longer ends by the signal itself: where ours was the only one, it is sent again.
    if (process.listenerCount(signal) > 0) return;
    if (!graceful) process.kill(process.pid, signal);
    else setTimeout(() => process.kill(process.pid, signal), graceMs).unref();
  });
}
