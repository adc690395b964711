const mostFiles = 20_000;
const mostBytes = 1024 ** 3;

/** Items in groups that reach the disk together: large ones, since each waits for the disk; not all, since a kill loses one. */
export function groupsOf<T>(items: readonly T[], bytesOf: (item: T) => number): readonly (readonly T[])[] {
  const groups: T[][] = [];
  let bytes = mostBytes;
  for (const item of items) {
    const last = groups.at(-1);
    if (last === undefined || bytes >= mostBytes || last.length >= mostFiles) {
      groups.push([item]);
      bytes = bytesOf(item);
    } else {
      last.push(item);
      bytes += bytesOf(item);
    }
  }
  return groups;
}
