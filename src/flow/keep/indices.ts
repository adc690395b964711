/** The indices of an item as rows have it. */
export function indicesOf(item: string): readonly number[] {
  return item === "" ? [] : item.split(" ").map(Number);
}

/** Which of two items stands first: as text, 10 stands before 2. */
export function compareIndices(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((index, depth) => index !== b[depth]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}
