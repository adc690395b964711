import type { RunRow } from "stemma/bundle";

/** Ids of the runs that some of these are nested in, and that are not among them. */
export function missingParents(runs: readonly RunRow[]): readonly string[] {
  const ids = new Set(runs.map(({ id }) => id));
  return [...new Set(runs.flatMap(({ parentId }) => (parentId === null || ids.has(parentId) ? [] : [parentId])))];
}

/** The runs with those that they are nested in, the newest first, each with the number of its nested runs here. */
export function withParents(runs: readonly RunRow[], parents: readonly RunRow[]): readonly RunRow[] {
  const all = [...runs, ...parents].sort((a, b) => b.startMs - a.startMs);
  const counts = new Map<string, number>();
  for (const { parentId } of all) if (parentId !== null) counts.set(parentId, (counts.get(parentId) ?? 0) + 1);
  return all.map((run) => ({ ...run, children: counts.get(run.id) ?? 0 }));
}
