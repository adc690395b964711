import { StemmaError } from "../../../error.ts";
import { sha256 } from "../../encoding/index.ts";
import { decodeValue, encodeValue } from "../../values/index.ts";
import { isList } from "../task.ts";
import type { Executor, LocalTry } from "./executor.ts";
import { readEnvironmentAgain } from "./sent-environment.ts";
import { stepContext } from "./step-context.ts";
import { StepTimeoutError } from "./step-error.ts";
import { tapped } from "./tap.ts";

type Step = (inputs: unknown, context: unknown) => unknown;

/** Runs a step in this thread. Its inputs are copies, as in a thread; a timeout or stop leaves it behind, it cannot be ended. */
export const runInline: Executor = async (attempt) => {
  const { step, code, context: facts, sink, values } = attempt;
  // A command is a program of its own: it sees what it is given.
  if (step.command === null && Object.keys(attempt.env).length > 0 && !isList(step.env))
    throw new InlineEnvError(step.id);
  const fn = code.fn as Step;
  const stop = new AbortController();
  const inputs = await inputsOf(attempt);
  const print = (stream: "stdout" | "stderr", text: string): void => void process[stream].write(text);
  const given = stepContext({ facts, values, sink: { ...sink, print }, signal: stop.signal });
  const work = tapped(sink, async () => fn(inputs, given));
  // It may have changed the environment for those after it.
  const result = await endedBy(work, attempt, stop).finally(readEnvironmentAgain);
  const text = await encodeValue(result, values);
  return { text, digest: sha256(text) };
};

async function inputsOf({ inputs, values }: LocalTry): Promise<unknown> {
  const record: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(inputs)) {
    // "__proto__" as a name is data too.
    const field = {
      value: await decodeValue(value.text(), values),
      writable: true,
      enumerable: true,
      configurable: true,
    };
    Object.defineProperty(record, name, field);
  }
  return record;
}

function endedBy<T>(work: Promise<T>, { step, signal }: LocalTry, over: AbortController): Promise<T> {
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
