import { AsyncLocalStorage } from "node:async_hooks";
import type { StepSink } from "./step-context.ts";

type Write = typeof process.stdout.write;

const current = new AsyncLocalStorage<Pick<StepSink, "heard"> | null>();
let users = 0;
let giveBack = (): void => {};

/** Runs a step of this thread so that what it prints is heard; it goes where it went, unless its hearer shows it. */
export async function tapped<T>(sink: Pick<StepSink, "heard">, work: () => Promise<T>): Promise<T> {
  if (users++ === 0) giveBack = tapStreams();
  try {
    return await current.run(sink, work);
  } finally {
    if (--users === 0) giveBack();
  }
}

function tapStreams(): () => void {
  const gives = (["stdout", "stderr"] as const).map((stream) => {
    const before: Write = process[stream].write;
    const tap: Write = (chunk: Uint8Array | string, ...rest: never[]): boolean => {
      const sink = current.getStore() ?? null;
      if (sink === null) return before.call(process[stream], chunk, ...rest);
      const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      // Who shows it writes to the same streams, and that is no print of the step.
      const isShown = current.run(null, () => sink.heard(stream, text));
      if (!isShown) return before.call(process[stream], chunk, ...rest);
      const done: unknown = rest.find((argument) => typeof argument === "function");
      if (typeof done === "function") process.nextTick(done as () => void);
      return true;
    };
    process[stream].write = tap;
    return () => {
      // Who took the stream over meanwhile goes on through this one, which hears nobody then.
      if (process[stream].write === tap) process[stream].write = before;
    };
  });
  return () => {
    for (const give of gives) give();
  };
}
