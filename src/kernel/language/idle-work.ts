/** How long a slice may keep what comes meanwhile waiting, and the pause before it. */
const sliceMs = 10;
const pauseMs = 20;

/** Work that is done in slices, while no cell runs. */
export interface IdleWork {
  /** Begins or goes on, unless it is at it or paused. */
  start(): void;
  /** Runs a cell without it; then it goes on. */
  without<T>(cell: () => Promise<T>): Promise<T>;
}

/** @param work does some of it, for about `ms`, and tells whether all is done */
export function idleWork(work: (ms: number) => boolean): IdleWork {
  let timer: NodeJS.Timeout | null = null;
  let isPaused = false;
  const slice = (): void => {
    timer = null;
    if (!work(sliceMs)) start();
  };
  const start = (): void => {
    if (!isPaused) timer ??= setTimeout(slice, pauseMs).unref();
  };
  return {
    start,
    async without(cell) {
      isPaused = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      try {
        return await cell();
      } finally {
        isPaused = false;
        start();
      }
    },
  };
}
