/** Series colours that there are; the front end gives each a value for light and dark. */
export const colourCount = 6;

/** The series colour that a run prefers: always the same for its id. */
export function preferredColour(runId: string): number {
  let hash = 0;
  for (const letter of runId) hash = (Math.imul(hash, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return ((hash ^ (hash >>> 15)) >>> 0) % colourCount;
}

/**
 * Series colours of runs that are shown together: each its preferred one, the next free one where it is taken.
 *
 * @param runIds in an order that does not change when runs are added behind it: oldest first
 */
export function assignColours(
  runIds: readonly string[],
  known: ReadonlyMap<string, number> = new Map(),
): ReadonlyMap<string, number> {
  const colours = new Map<string, number>();
  const used = Array.from({ length: colourCount }, () => 0);
  const take = (id: string, colour: number): void => {
    colours.set(id, colour);
    used[colour] = (used[colour] ?? 0) + 1;
  };
  for (const id of runIds) {
    const colour = known.get(id);
    if (colour !== undefined) take(id, colour);
  }
  for (const id of runIds) if (!colours.has(id)) take(id, freeColour(preferredColour(id), used));
  return colours;
}

function freeColour(preferred: number, used: readonly number[]): number {
  const fewest = Math.min(...used);
  for (let offset = 0; offset < colourCount; offset++) {
    const colour = (preferred + offset) % colourCount;
    if (used[colour] === fewest) return colour;
  }
  return preferred;
}
