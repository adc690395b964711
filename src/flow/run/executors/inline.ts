import { StemmaError } from "../../../error.ts";
import { decode, encode } from "../../codec.ts";
import { sha256 } from "../../digest.ts";
import { recordOf } from "../../value.ts";
import { isList } from "../task.ts";
import type { Executor, Try } from "./executor.ts";
import { stepContext } from "./step-context.ts";
import { StepTimeoutError } from "./step-error.ts";
import { tapped } from "./tap.ts";

type Step = (inputs: unknown, context: unknown) => unknown;

/** Runs a step in this thread. Its inputs are copies, as in a thread; a timeout or stop leaves it behind, it cannot be ended. */
export const runInline: Executor = async (attempt) => {
  const { step, code, context, sink } = attempt;
  if (Object.keys(attempt.env).length > 0 && !isList(step.env)) throw new InlineEnvError(step.id);
  const fn = code.fn as Step;
  const stop = new AbortController();
  const inputs = decode(recordOf(attempt.inputs).text());
  const print = (stream: "stdout" | "stderr", text: string): void => void process[stream].write(text);
  const given = stepContext(context, { ...sink, print }, stop.signal);
  const work = tapped(sink, async () => fn(inputs, given));
  const text = encode(await endedBy(work, attempt, stop));
  return { text, digest: sha256(text) };
};

function endedBy<T>(work: Promise<T>, { step, signal }: Try, over: AbortController): Promise<T> {
  const { timeoutMs } = step;
  return new Promise((resolve, reject) => {
    const end = (error: unknown): void => {
      over.abort(error);
      reject(error);
    };
    const late = (ms: number): void => end(new StepTimeoutError(step.id, ms));
    const timer = timeoutMs === null ? null : setTimeout(late, timeoutMs, timeoutMs);
    const stop = (): void => end(signal.reason);
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
    work.then(resolve, reject).finally(() => {
      if (timer !== null) clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    });
  });
}

/** A step of the notebook's own thread cannot have an environment of its own. */
export class InlineEnvError extends StemmaError {
  constructor(step: string) {
    super(
      "INLINE_ENV",
      `${step} has an environment of its own, and its steps run in the notebook's thread. Say { run: "process" }, or name the variables only: { env: ["HOME"] }.`,
    );
  }
}
