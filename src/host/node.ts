import { randomUUID } from "node:crypto";
import { isMainThread } from "node:worker_threads";
import type { Display, Host, MimeBundle } from "./host.ts";
import { currentNotebook, kernelIdOf } from "./notebook-path.ts";
import { watchProcessEnd } from "./process-end.ts";

/**
 * Plain Node: no cells, bundles as text on stdout, Ctrl-C as the stop button.
 *
 * After Ctrl-C the process has a second to end by itself, then it ends by the signal. A second Ctrl-C ends it at once.
 */
export function nodeHost(): Host {
  let stop: AbortController | null = null;
  const stopped = (): boolean => {
    stop?.abort(new Error("Stopped by SIGINT."));
    return stop !== null;
  };
  // Signals do not reach worker threads.
  const end = watchProcessEnd(isMainThread ? ["SIGINT", "SIGTERM", "SIGHUP"] : [], { stopped });
  return {
    kind: "node",
    keepsSources: false,
    notebook: currentNotebook,
    kernelId: () => kernelIdOf(process.argv),
    session: () => null,
    cell: () => null,
    cellSources: () => [],
    show: showAsText,
    stopSignal() {
      if (stop === null) {
        stop = new AbortController();
        end.onEnd(() => {});
      }
      return stop.signal;
    },
    onFlush: (flush) => end.onEnd(flush),
  };
}

function showAsText(bundle: MimeBundle): Display {
  const print = (shown: MimeBundle): void => {
    const text = shown["text/plain"];
    if (typeof text === "string" && text !== "") process.stdout.write(`${text}\n`);
  };
  print(bundle);
  // A terminal or a log file has no place to go back to: an update would print the same table again and again.
  return { id: randomUUID(), update: () => {} };
}
