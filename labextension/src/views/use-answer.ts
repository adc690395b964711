import { useCallback, useEffect, useState } from "react";
import { type Ask, keep, kept, OfflineError, type Query } from "../model/index.ts";

export type Answered<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  | {
      readonly kind: "ready";
      readonly value: T;
      /** What the value answers: while the next answer is on its way, not what is asked now. */
      readonly query: Query;
      /** Why there is nothing newer; null while all is well. */
      readonly trouble: string | null;
    };

/** A question, with what was kept of it until its answer is there; `ask` starts it again. */
export interface Asked<T> {
  readonly answered: Answered<T>;
  readonly again: () => void;
}

export interface Question<T> {
  readonly ask: Ask;
  readonly path: string;
  readonly query: Query;
  /** Whether an answer will never change much: then it is kept for the next page. */
  readonly lasts: (answer: T) => boolean;
  /** Milliseconds to the next question while the answer does not last. */
  readonly everyMs: number;
  /** Whether nobody looks: then the next question waits. */
  readonly standby?: () => boolean;
}

/** How long the pauses grow while nothing answers. */
const longestMs = 60_000;

/** Asks at once, and again for as long as the answer may change; a server that is gone is asked ever more rarely. */
export function useAnswer<T>(question: Question<T>): Asked<T> {
  const [answered, setAnswered] = useState<Answered<T>>({ kind: "loading" });
  const [turn, setTurn] = useState(0);
  const key = `${question.path} ${JSON.stringify(question.query)}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all of the question; a turn asks it again
  useEffect(() => {
    let wanted = true;
    let timer: number | null = null;
    let fresh = false;
    let failures = 0;
    const { query } = question;
    const show = (value: T): void => setAnswered({ kind: "ready", value, query, trouble: null });
    void kept<T>(key).then((value) => value !== undefined && wanted && !fresh && show(value));
    const find = async (): Promise<void> => {
      if (fresh && (document.hidden || question.standby?.() === true)) {
        timer = window.setTimeout(() => void find(), question.everyMs);
        return;
      }
      const next = await answerOf(question);
      if (!wanted) return;
      fresh = true;
      failures = "value" in next ? 0 : failures + 1;
      if ("value" in next) show(next.value);
      else setAnswered((before) => troubled(before, next.message));
      const lasts = "value" in next && question.lasts(next.value);
      if (lasts) keep(key, next.value);
      // A question that is refused will be refused again.
      const goesOn = "value" in next ? !lasts : next.offline || question.standby !== undefined;
      const waitMs = Math.min(longestMs, question.everyMs * 2 ** failures);
      if (goesOn) timer = window.setTimeout(() => void find(), failures === 0 ? question.everyMs : waitMs);
    };
    void find();
    return () => {
      wanted = false;
      if (timer !== null) window.clearTimeout(timer);
    };
  }, [key, turn]);
  const again = useCallback(() => setTurn((number) => number + 1), []);
  return { answered, again };
}

// What was there stays: it is older than it could be, not wrong.
function troubled<T>(before: Answered<T>, message: string): Answered<T> {
  return before.kind === "ready" ? { ...before, trouble: message } : { kind: "failed", message };
}

type Reply<T> = { readonly value: T } | { readonly message: string; readonly offline: boolean };

async function answerOf<T>(question: Question<T>): Promise<Reply<T>> {
  try {
    return { value: await question.ask<T>(question.path, question.query) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { message, offline: error instanceof OfflineError };
  }
}
