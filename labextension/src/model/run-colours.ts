import { assignColours, colourCount, type RunRow } from "stemma/bundle";

/** The colours that runs have got on this page: a run keeps its colour in table, curve, panel and graph. */
const given = new Map<string, number>();

/** The rows with the colours of this page; runs seen for the first time get one that no other row has, where there is one. */
export function withColours(rows: readonly RunRow[]): readonly RunRow[] {
  const oldestFirst = [...rows].sort((a, b) => a.startMs - b.startMs || (a.id < b.id ? -1 : 1));
  const colours = assignColours(
    oldestFirst.map((row) => row.id),
    given,
  );
  for (const [id, colour] of colours) given.set(id, colour);
  return rows.map((row) => ({ ...row, colour: colours.get(row.id) ?? row.colour }));
}

/** The colour of a run that was seen on this page; null for another. */
export function colourOf(run: string | null): number | null {
  return run === null ? null : (given.get(run) ?? null);
}

/**
 * Runs whose colour an older run of the same view has too: they are drawn dashed, their dots hollow.
 * None when there are so many that dashes would tell nobody apart either.
 */
export function sharingColour(rows: readonly RunRow[]): ReadonlySet<string> {
  if (rows.length > 2 * colourCount) return new Set();
  const taken = new Set<number>();
  const sharing = new Set<string>();
  for (const row of [...rows].sort((a, b) => a.startMs - b.startMs || (a.id < b.id ? -1 : 1))) {
    if (taken.has(row.colour)) sharing.add(row.id);
    taken.add(row.colour);
  }
  return sharing;
}
