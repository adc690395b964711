/** Where in the maps and loops a binding is read: one index for each, outermost first. */
export interface Place {
  readonly maps: readonly string[];
  readonly indices: readonly number[];
}

/** Outside all maps and loops. */
export const top: Place = { maps: [], indices: [] };

/** The indices of the maps and loops at a place. */
export function indicesIn(maps: readonly string[], place: Place): readonly number[] {
  return maps.map((map) => place.indices[place.maps.indexOf(map)] ?? -1);
}

const indexes = new WeakMap<object, ReadonlyMap<string, unknown>>();

/** The step, map, loop or choice of that id. @throws {RangeError} */
export function find<T extends { readonly id: string }>(list: readonly T[], id: string): T {
  let index = indexes.get(list) as ReadonlyMap<string, T> | undefined;
  if (index === undefined) {
    index = new Map(list.map((entry) => [entry.id, entry]));
    indexes.set(list, index);
  }
  const found = index.get(id);
  if (found === undefined) throw new RangeError(`The plan has no "${id}"`);
  return found;
}
