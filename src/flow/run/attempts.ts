import { setTimeout as wait } from "node:timers/promises";
import { recordOf } from "../value.ts";
import type { Outcome, Try } from "./executor.ts";
import { Gate } from "./gate.ts";
import { runInline } from "./inline.ts";
import type { Task } from "./task.ts";
import { runInThread, threadLimit } from "./threads.ts";

interface Around extends Pick<Try, "folder" | "print" | "signal"> {
  /** Called when a try begins. */
  readonly started: () => void;
  /** Throws when nothing new may begin. */
  readonly mayBegin: () => void;
}

const inlineGate = new Gate(threadLimit);

/** Runs a task as often as its retry policy allows. @throws what the last try threw */
export async function attempts(task: Task, around: Around): Promise<Outcome> {
  const { attempts: limit, waitMs } = task.step.retry;
  for (let attempt = 1; ; attempt++) {
    try {
      return await one(task, around);
    } catch (error) {
      if (attempt >= limit || around.signal.aborted) throw error;
      if (waitMs > 0) await wait(waitMs, undefined, { signal: around.signal });
      around.mayBegin();
    }
  }
}

function one({ step, code, inputs }: Task, { folder, print, signal, started, mayBegin }: Around): Promise<Outcome> {
  const begin = (): Try => {
    mayBegin();
    started();
    const runnable = code.runnable === null ? null : { digest: code.digest, text: code.runnable };
    return {
      step: step.id,
      inputs: recordOf(inputs).text(),
      timeoutMs: step.timeoutMs,
      signal,
      fn: code.fn,
      code: runnable,
      folder,
      print,
    };
  };
  if (step.run === "inline" || code.runnable === null) return inlineGate.run(async () => runInline(begin()));
  return runInThread(signal, begin);
}
