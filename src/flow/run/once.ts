/** A step, map or loop at one place, as a key. */
export function placeKey(id: string, indices: readonly number[]): string {
  return `${id} ${indices.join(" ")}`;
}

/** The work of a key: begun by who asks first, waited for by all. */
export function once<T>(memo: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = memo.get(key);
  if (known !== undefined) return known;
  const made = make();
  memo.set(key, made);
  // Whoever needs it awaits it; one that nobody needs any more must not end the process.
  made.catch(() => {});
  return made;
}
