import { decode, encode } from "../codec.ts";
import { sha256 } from "../digest.ts";
import type { Executor, Try } from "./executor.ts";
import { StepTimeoutError } from "./step-error.ts";

/** Runs a step in this thread. Its inputs are copies, as in a thread; a timeout or stop leaves it behind, it cannot be ended. */
export const runInline: Executor = async (attempt) => {
  const step = attempt.fn as (inputs: unknown) => unknown;
  const work = (async () => step(decode(attempt.inputs)))();
  const text = encode(await endedBy(work, attempt));
  return { text, digest: sha256(text) };
};

function endedBy<T>(work: Promise<T>, { step, timeoutMs, signal }: Try): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer =
      timeoutMs === null ? null : setTimeout(() => reject(new StepTimeoutError(step, timeoutMs)), timeoutMs);
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop);
    const end = (): void => {
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    };
    if (signal.aborted) stop();
    work.then(resolve, reject).finally(end);
  });
}
