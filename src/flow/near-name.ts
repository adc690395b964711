/**
 * What a message adds for a name that is none: ` Did you mean "fitOne"?`, or nothing where none is near.
 *
 * @param names those that there are, as the message writes them
 */
export function didYouMean(word: string, names: readonly string[]): string {
  const near = nearName(word, names);
  return near === null ? "" : ` Did you mean ${JSON.stringify(near)}?`;
}

/** The name that a mistyped word most likely stands for; null where none is near. */
export function nearName(word: string, names: readonly string[]): string | null {
  const wanted = word.normalize("NFC").toLowerCase();
  const { length } = [...wanted];
  const most = length < 2 ? 0 : length < 4 ? 1 : Math.max(2, Math.floor(length / 3));
  let best: { readonly name: string; readonly far: number } | null = null;
  for (const name of names) {
    const other = name.normalize("NFC").toLowerCase();
    const begins = wanted.length >= 3 && (other.startsWith(wanted) || wanted.startsWith(other));
    const far = begins && other !== "" ? 1 : distance([...wanted], [...other]);
    if (far <= most && (best === null || far < best.far)) best = { name, far };
  }
  return best?.name ?? null;
}

/** Letters to put in, take out, change, or swap with the next one. */
function distance(from: readonly string[], to: readonly string[]): number {
  let before: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (const [i, letter] of from.entries()) {
    const row = [i + 1];
    for (const [j, other] of to.entries()) {
      const isSwap = i > 0 && j > 0 && letter === to[j - 1] && from[i - 1] === other;
      const changed = (last[j] ?? 0) + Number(letter !== other);
      const swapped = isSwap ? (before[j - 1] ?? 0) + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min((last[j + 1] ?? 0) + 1, (row[j] ?? 0) + 1, changed, swapped));
    }
    before = last;
    last = row;
  }
  return last.at(-1) ?? 0;
}
