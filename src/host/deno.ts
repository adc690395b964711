import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import type { Display, Host, MimeBundle } from "./host.ts";
import { currentNotebook, kernelIdOf } from "./notebook-path.ts";
import { watchProcessEnd } from "./process-end.ts";

/** What we use of `Deno.jupyter`, which is marked as unstable. */
export interface DenoJupyter {
  broadcast(
    type: string,
    content: { readonly data: MimeBundle; readonly metadata: object; readonly transient: object },
  ): Promise<void>;
}

/** Deno's kernel, or null elsewhere; in plain Deno, asking for `Deno.jupyter` throws. */
export function findDeno(): DenoJupyter | null {
  const deno: unknown = Reflect.get(globalThis, "Deno");
  // The kernel runs cells as a module of this name; there is no other word for it that does not throw.
  if (typeof deno !== "object" || deno === null || process.argv[1]?.endsWith("$deno$jupyter_repl.mts") !== true)
    return null;
  const jupyter: unknown = Reflect.get(deno, "jupyter");
  return isJupyter(jupyter) ? jupyter : null;
}

function isJupyter(value: unknown): value is DenoJupyter {
  return typeof value === "object" && value !== null && "broadcast" in value && typeof value.broadcast === "function";
}

/** The end of a cell is not told: as often as this, what waits is written. */
const flushMs = 50;

/**
 * Deno's kernel. It is no JavaScript, so nothing in it can be wrapped: cells have no ids and keep no sources, and
 * where one ends is not known. What is shown lands under the cell that runs.
 *
 * Left alone, SIGINT makes this kernel silent for good; with a listener, a cell that awaits what hears the stop signal ends,
 * and any other runs on.
 */
export function denoHost(jupyter: DenoJupyter): Host {
  const stop = stopSignals();
  const end = watchProcessEnd(["SIGTERM", "SIGHUP"]);
  return {
    kind: "deno",
    keepsSources: false,
    notebook: currentNotebook,
    kernelId: () => kernelIdOf(commandLine()),
    session: () => null,
    cell: () => null,
    cellSources: () => [],
    show: (bundle) => show(jupyter, bundle),
    stopSignal: stop,
    onFlush(flush) {
      const timer = setInterval(flush, flushMs);
      timer.unref();
      const offEnd = end.onEnd(flush);
      return () => {
        clearInterval(timer);
        offEnd();
      };
    },
  };
}

/** Gives the signal of the next stop; one that has fired belongs to a cell that is over. */
function stopSignals(): () => AbortSignal {
  let stop = new AbortController();
  process.on("SIGINT", () => stop.abort(new Error("Stopped from the notebook.")));
  return () => {
    if (stop.signal.aborted) stop = new AbortController();
    return stop.signal;
  };
}

function show(jupyter: DenoJupyter, bundle: MimeBundle): Display {
  const id = randomUUID();
  const send = (type: string, data: MimeBundle): void => {
    // The kernel is native code in this process: what it could refuse is a closed socket, and then nobody reads.
    void jupyter.broadcast(type, { data, metadata: {}, transient: { display_id: id } });
  };
  send("display_data", bundle);
  return { id, update: (next) => send("update_display_data", next) };
}

/** `process.argv` names a made-up module; the arguments that the kernel was started with are the system's to tell. */
function commandLine(): readonly string[] {
  const path = "/proc/self/cmdline";
  return existsSync(path) ? readFileSync(path, "utf8").split("\0") : [];
}
