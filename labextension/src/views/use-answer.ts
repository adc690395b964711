import { useCallback, useEffect, useState } from "react";
import { type Ask, keep, kept, type Query } from "../model/index.ts";

export type Answered<T> =
  | { readonly kind: "loading" }
  | { readonly kind: "failed"; readonly message: string }
  | { readonly kind: "ready"; readonly value: T };

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

/** Asks at once, and again for as long as the answer may change. */
export function useAnswer<T>(question: Question<T>): Asked<T> {
  const [answered, setAnswered] = useState<Answered<T>>({ kind: "loading" });
  const [turn, setTurn] = useState(0);
  const key = `${question.path} ${JSON.stringify(question.query)}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key says all of the question; a turn asks it again
  useEffect(() => {
    let wanted = true;
    let timer: number | null = null;
    let fresh = false;
    void kept<T>(key).then((value) => value !== undefined && wanted && !fresh && setAnswered({ kind: "ready", value }));
    const find = async (): Promise<void> => {
      if (fresh && (document.hidden || question.standby?.() === true)) {
        timer = window.setTimeout(() => void find(), question.everyMs);
        return;
      }
      const next = await answerOf(question);
      if (!wanted) return;
      fresh = true;
      const lasts = next.kind === "ready" && question.lasts(next.value);
      if (lasts) keep(key, next.value);
      setAnswered((before) => (next.kind === "failed" && before.kind === "ready" ? before : next));
      if (!lasts && (next.kind === "ready" || question.standby !== undefined))
        timer = window.setTimeout(() => void find(), question.everyMs);
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

async function answerOf<T>(question: Question<T>): Promise<Answered<T>> {
  try {
    return { kind: "ready", value: await question.ask<T>(question.path, question.query) };
  } catch (error) {
    return { kind: "failed", message: error instanceof Error ? error.message : String(error) };
  }
}
