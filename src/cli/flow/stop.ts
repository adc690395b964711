/** Signals by which a run is ended from outside, and their numbers. */
const signals = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

type Signal = keyof typeof signals;

/** What stops a run of this process. */
export interface Stops {
  /** What a shell counts as ended by the signal that came. */
  code(): number;
  /** From now on signals end the process as ever. */
  end(): void;
}

/**
 * A job that CI cancels, a container that is stopped and a terminal that is closed stop a run as Ctrl-C does: what
 * runs is ended within a second, and the run is marked as stopped, not lost. A second signal ends the process at once.
 */
export function stopBySignals(): Stops {
  let by: Signal = "SIGINT";
  const stop = (signal: Signal): void => {
    by = signal;
    if (signal === "SIGHUP") ignoreTerminal();
    // The stop button of the host, that of the file's own copy of the library too.
    if (!process.emit("SIGINT", "SIGINT")) process.exit(128 + signals[signal]);
  };
  process.on("SIGTERM", stop);
  process.on("SIGHUP", stop);
  return {
    code: () => 128 + signals[by],
    end() {
      process.off("SIGTERM", stop);
      process.off("SIGHUP", stop);
    },
  };
}

// Nobody reads any more, and to write is an error there.
function ignoreTerminal(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.removeAllListeners("error");
    stream.on("error", () => {});
  }
}
