import { type Context, createContext, Script } from "node:vm";
import { isMainThread } from "node:worker_threads";
import { host } from "../../host/index.ts";

/** How a wait ended; "stopped" by the stop button of a notebook, or Ctrl-C. */
export type Waited = "ok" | "not-equal" | "timed-out" | "stopped";

interface Waiter {
  readonly script: Script;
  readonly context: Context;
}

let waiter: Waiter | null = null;
let wait: () => Exclude<Waited, "stopped"> = () => "ok";

/**
 * Waits, and the thread with it, until another thread changes `flag` from 0. A stopped thread hears of no signal; a script
 * that is run for it does (`breakOnSigint`), also behind an await, where a kernel's own script has ended.
 */
export function waitStoppably(flag: Int32Array, longestMs: number): Waited {
  const { holdUp } = host();
  if (holdUp !== undefined && isMainThread) return holdUp((isStopping) => waitAsking(flag, longestMs, isStopping));
  wait = () => Atomics.wait(flag, 0, 0, longestMs);
  if (!isMainThread || host().kind === "deno") return wait();
  waiter ??= { script: new Script("wait()"), context: createContext({ wait: () => wait() }) };
  const { script, context } = waiter;
  try {
    return script.runInContext(context, { breakOnSigint: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_INTERRUPTED") return "stopped";
    throw error;
  }
}

const askEveryMs = 20;

function waitAsking(flag: Int32Array, longestMs: number, isStopping: () => boolean): Waited {
  const endMs = Date.now() + longestMs;
  for (;;) {
    const waited = Atomics.wait(flag, 0, 0, Math.min(askEveryMs, Math.max(0, endMs - Date.now())));
    if (waited !== "timed-out") return waited;
    if (isStopping()) return "stopped";
    if (Date.now() >= endMs) return "timed-out";
  }
}
