import type { Activity, Fact } from "./fact.ts";
import { nodeId } from "./node-id.ts";

const observers = new Map<string, (fact: Fact) => void>();

/** Calls `observer` with each fact that this process records of an activity, once it is kept. @returns what ends it */
export function observeFacts(activity: Activity, observer: (fact: Fact) => void): () => void {
  const node = nodeId(activity);
  observers.set(node, observer);
  return () => {
    if (observers.get(node) === observer) observers.delete(node);
  };
}

/** Tells those who wait for it. */
export function tellFacts(facts: readonly Fact[]): void {
  if (observers.size === 0) return;
  for (const fact of facts) observers.get(nodeId(fact.activity))?.(fact);
}
