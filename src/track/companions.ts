import { keepChanges } from "./context-changes.ts";
import type { RunWriter } from "./run-writer.ts";
import { watchSystem } from "./system/index.ts";

export interface CompanionOptions {
  /** Between two samples of the machine; null for none. */
  readonly intervalMs: number | null;
  /** Whether the run is nested: what its code differs in from its commit stands in the outer one. */
  readonly nested: boolean;
}

/**
 * Starts what goes along with an open run by itself: the changes of its code, and samples of the machine where they are wanted.
 *
 * @returns to be called before the run ends
 */
export function accompany(writer: RunWriter, { intervalMs, nested }: CompanionOptions): () => void {
  const leaving = [
    ...(nested ? [] : [keepChanges(writer)]),
    ...(intervalMs === null ? [] : [watchSystem(writer, intervalMs)]),
  ];
  return () => {
    for (const leave of leaving) leave();
  };
}
