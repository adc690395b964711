import { lstatSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type FileCopy, moveFile, temporaryName } from "../store/index.ts";

/** An object that is copied to a place. */
export interface PlacedObject {
  readonly path: string;
  readonly bytes: number;
  readonly md5: string;
  readonly target: string;
  readonly mode: number;
}

/** Where files are made, and how they get their names. */
export interface Around {
  /** A path that is free for what will be renamed to a target, in the target's file system where that can be. */
  free(target: string): string;
  /** The copies to make, in the order of the objects; the folders that they need are there. */
  copies(objects: readonly PlacedObject[]): readonly FileCopy[];
  /** Gives their names to folders that were made aside. */
  name(): void;
}

/** Files are made in their places. */
export const inPlace: Around = {
  free: (target) => target,
  copies: (objects) => withFolders(objects.map((object) => ({ ...object, aside: object.target, to: null }))),
  name: () => {},
};

/** More than this is not all made before the first file has its name: a kill would lose it. */
const treeBytes = 1024 ** 3;

/** Files are made below `folder` and then renamed; where a folder of theirs is missing, that is, with all that is in it. */
export function asideIn(folder: string): Around {
  const { dev } = statSync(folder);
  const trees = new Map<string, string>();
  let count = 0;
  const freeIn = (own: string, { dev: other }: Place): string =>
    other === dev ? join(folder, String(count++)) : join(own, temporaryName());
  return {
    free: (target) => freeIn(dirname(target), placeOf(dirname(target), new Map())),
    copies: (objects) => {
      const places = placesOf(objects);
      const sums = new Map<string, number>();
      objects.forEach(({ bytes }, i) => {
        const { missing, dev: other } = places[i] ?? nowhere;
        if (missing !== null && other === dev) sums.set(missing, (sums.get(missing) ?? 0) + bytes);
      });
      for (const [target, bytes] of sums) if (bytes <= treeBytes) trees.set(target, join(folder, `tree-${trees.size}`));
      const copies = objects.map((object, i): FileCopy => {
        const { target } = object;
        const place = places[i] ?? nowhere;
        const tree = trees.get(place.missing ?? "");
        if (tree === undefined) return { ...object, aside: freeIn(dirname(target), place), to: target };
        return { ...object, aside: `${tree}${target.slice(place.missing?.length)}`, to: null };
      });
      return withFolders(copies);
    },
    name: () => {
      for (const [target, tree] of trees) nameTree(tree, target);
    },
  };
}

function withFolders(copies: readonly FileCopy[]): readonly FileCopy[] {
  for (const made of new Set(copies.map(({ aside, to }) => dirname(to ?? aside)))) mkdirSync(made, { recursive: true });
  return copies;
}

/** What is there of a folder: the file system, and the first folder that is missing on the way; null when none is. */
interface Place {
  readonly dev: number;
  readonly missing: string | null;
}

const nowhere: Place = { dev: -1, missing: null };

function placesOf(objects: readonly PlacedObject[]): readonly Place[] {
  const known = new Map<string, Place>();
  return objects.map(({ target }) => placeOf(dirname(target), known));
}

function placeOf(folder: string, known: Map<string, Place>): Place {
  const found = known.get(folder) ?? lookAt(folder, known);
  known.set(folder, found);
  return found;
}

function lookAt(folder: string, known: Map<string, Place>): Place {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat !== undefined) return { dev: stat.dev, missing: null };
  const around = placeOf(dirname(folder), known);
  return { dev: around.dev, missing: around.missing ?? folder };
}

/** Another process may have made the folder meanwhile: then what is in it is named one by one. */
function nameTree(tree: string, target: string): void {
  if (lstatSync(target, { throwIfNoEntry: false }) === undefined) {
    try {
      renameSync(tree, target);
      return;
    } catch {
      // One by one: that says what is wrong, where it does not work either.
    }
  }
  mkdirSync(target, { recursive: true });
  for (const item of readdirSync(tree, { withFileTypes: true })) {
    const [from, to] = [join(tree, item.name), join(target, item.name)];
    if (item.isDirectory()) nameTree(from, to);
    else moveFile(from, to);
  }
}
