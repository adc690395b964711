/** " Did you mean X?" where one of the words is at most two letters away from a text, else nothing. */
export function suggestion(text: string, words: readonly string[]): string {
  const wanted = text.toLowerCase();
  const near = words
    .map((word) => ({ word, distance: distance(wanted, word.toLowerCase()) }))
    .filter(({ word, distance: letters }) => letters <= 2 && letters < word.length / 2)
    .sort((a, b) => a.distance - b.distance);
  return near[0] === undefined ? "" : ` Did you mean ${near[0].word}?`;
}

/** Letters to be put in, taken out or changed, two swapped ones counted once. @see Damerau 1964; restricted form */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
  const at = (i: number, j: number): number => (i === 0 ? j : j === 0 ? i : (rows[i]?.[j] ?? 0));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const changed = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const ways = [at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + changed];
      (rows[i] ?? [])[j] = Math.min(...ways, swapped ? at(i - 2, j - 2) + 1 : Infinity);
    }
  }
  return at(a.length, b.length);
}
