/** An item of a list and what becomes of it: null before is a new one, null after one that goes. */
export interface ItemPair {
  readonly before: number | null;
  readonly after: number | null;
}

/** More pairs than this are not compared: a list that long and that different is another list. */
const mostCompared = 4_000_000;

/**
 * Which items of a list are which of another one: a longest common part stays, what lies between is paired in its order, the
 * rest goes or comes. In the order of both lists.
 */
export function alignedItems<T>(
  before: readonly T[],
  after: readonly T[],
  isSame: (a: T, b: T) => boolean,
): readonly ItemPair[] {
  const pairs: ItemPair[] = [];
  let [i, j] = [0, 0];
  for (const [keptBefore, keptAfter] of [
    ...commonItems(before, after, isSame),
    [before.length, after.length] as const,
  ]) {
    while (i < keptBefore && j < keptAfter) pairs.push({ before: i++, after: j++ });
    while (i < keptBefore) pairs.push({ before: i++, after: null });
    while (j < keptAfter) pairs.push({ before: null, after: j++ });
    if (i < before.length && j < after.length) pairs.push({ before: i++, after: j++ });
  }
  return pairs;
}

type Common = readonly (readonly [before: number, after: number])[];

/** A longest common subsequence. */
function commonItems<T>(before: readonly T[], after: readonly T[], isSame: (a: T, b: T) => boolean): Common {
  const [n, m] = [before.length, after.length];
  if (n * m > mostCompared) return [];
  // lengths[i * (m + 1) + j]: of the common part of what begins at i and at j.
  const lengths = new Uint32Array((n + 1) * (m + 1));
  const at = (i: number, j: number): number => lengths[i * (m + 1) + j] ?? 0;
  const same = (i: number, j: number): boolean => isSame(before[i] as T, after[j] as T);
  for (let i = n - 1; i >= 0; i--) {
    for (let j = m - 1; j >= 0; j--) {
      lengths[i * (m + 1) + j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const common: (readonly [number, number])[] = [];
  for (let i = 0, j = 0; i < n && j < m; ) {
    if (same(i, j)) common.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return common;
}
