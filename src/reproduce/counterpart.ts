import type { RunRecord } from "../track/index.ts";

/** Runs that could have come of the same code as a run: the first the earliest. */
export interface Candidates {
  /** Beside the run, of the same experiment and parent, itself among them. */
  readonly before: readonly RunRecord[];
  readonly again: readonly RunRecord[];
}

/**
 * The run that came where `run` came the first time: of the same cell, name and params, as far as these tell runs apart; where
 * a loop made several that are alike, the one at the same place in it. Null where none came.
 */
export function counterpart(run: RunRecord, { before, again }: Candidates): RunRecord | null {
  const scored = again.map((other) => ({ other, score: likeness(run, other) }));
  const best = Math.max(...scored.map(({ score }) => score));
  const alike = scored.filter(({ score }) => score === best).map(({ other }) => other);
  if (alike.length < 2) return alike[0] ?? null;
  // A script that ran several times made as many in each. Names that were generated are another each time.
  const isNamed = alike.some(({ name }) => name === run.name);
  const own = likeness(run, { ...run, name: "" });
  const same = before.filter(
    (other) => likeness(run, { ...other, name: "" }) === own && (!isNamed || other.name === run.name),
  );
  const place = same.findIndex(({ id }) => id === run.id);
  return alike[Math.max(0, place) % alike.length] ?? null;
}

function likeness(run: RunRecord, other: RunRecord): number {
  const sameTag = (name: string): number => (run.tags[name] === other.tags[name] ? 1 : 0);
  const names = new Set([...Object.keys(run.params), ...Object.keys(other.params)]);
  const equal = [...names].filter((name) => run.params[name] === other.params[name]).length;
  return (
    8 * (run.name === other.name ? 1 : 0) +
    4 * sameTag("stemma.cell.count") +
    2 * sameTag("stemma.cell.id") +
    (names.size === 0 ? 1 : equal / names.size)
  );
}
