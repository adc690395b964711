import {
  chmodSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { HashName } from "../format/index.ts";
import { CorruptObjectError, copyFiles, md5Files, type Project, withAside } from "../store/index.ts";
import { type Around, asideIn, inPlace, type PlacedObject } from "./aside.ts";
import { md5Dos2unix } from "./hash-files.ts";
import type { LinkType } from "./repository.ts";
import { DataPathError } from "./version-error.ts";

export interface Placement {
  /** The object in the cache. */
  readonly object: string;
  readonly md5: string;
  readonly hash: HashName;
  /** Where the file goes, absolute. */
  readonly target: string;
  readonly isexec: boolean;
}

export interface PlaceOptions {
  /** How the files come, the first way that works; a copy where none does. */
  readonly linkTypes: readonly LinkType[];
  /** Below it files are made first. Without it they are copied to their places: for what is still aside as a whole. */
  readonly asideFolder?: string;
  readonly signal?: AbortSignal;
}

/**
 * Brings objects into the folder: aside first, then under their names, so that a reader finds the old content or the new.
 * Bytes that are copied are verified on the way; what the cache holds wrongly never reaches the folder.
 *
 * @returns the moment before the first file got its name: what was written to before it was verified. 0 where links were made
 * @throws {CorruptObjectError} when the others are in their places
 */
export async function placeFiles(placements: readonly Placement[], options: PlaceOptions): Promise<number> {
  if (placements.length === 0) return 0;
  const { asideFolder } = options;
  if (asideFolder === undefined) return placeCopies(placements, options, inPlace);
  return withAside(asideFolder, async (folder) => {
    const around = asideIn(folder);
    const rest = await placeLinks(placements, options, around);
    const namedMs = await placeCopies(rest, options, around);
    return rest.length === placements.length ? namedMs : 0;
  });
}

async function placeCopies(
  placements: readonly Placement[],
  { signal }: PlaceOptions,
  around: Around,
): Promise<number> {
  const startMs = Date.now();
  const copies = around.copies(await objectsOf(placements));
  let whole: readonly boolean[];
  try {
    whole = await copyFiles(copies, signal === undefined ? {} : { signal });
  } catch (error) {
    for (const copy of copies) rmSync(copy.aside, { force: true });
    throw error;
  }
  const namedMs = copies.some(({ to }) => to !== null) || around === inPlace ? startMs : Date.now();
  around.name();
  const damaged = placements.find((_, i) => whole[i] === false);
  if (damaged !== undefined) throw new CorruptObjectError(damaged.md5, damaged.object);
  return namedMs;
}

/** @throws {CorruptObjectError} an object of DVC 2's does not hold the text of its digest */
async function objectsOf(placements: readonly Placement[]): Promise<readonly PlacedObject[]> {
  const modes = [modeOf(false), modeOf(true)] as const;
  const objects: PlacedObject[] = [];
  for (const { object: path, md5, hash, target, isexec } of placements) {
    const object = { path, bytes: statSync(path).size, target, mode: modes[isexec ? 1 : 0] };
    objects.push({ ...object, md5: hash === "md5" ? md5 : await ownDigest(object, md5) });
  }
  return objects;
}

async function ownDigest(object: { readonly path: string; readonly bytes: number }, legacy: string): Promise<string> {
  if ((await md5Dos2unix(object.path)) !== legacy) throw new CorruptObjectError(legacy, object.path);
  const [digest = ""] = await md5Files([object]);
  return digest;
}

/** How long the event loop waits at most. */
const sliceMs = 20;

/** Places those that a link can be made for; gives the others. */
async function placeLinks(
  placements: readonly Placement[],
  { linkTypes, signal }: PlaceOptions,
  around: Around,
): Promise<readonly Placement[]> {
  const [first] = linkTypes;
  if (first === undefined || first === "copy") return placements;
  const types = new Set(linkTypes.slice(0, [...linkTypes, "copy"].indexOf("copy")));
  const rest: Placement[] = [];
  let sliceStart = performance.now();
  for (const placement of placements) {
    if (types.size === 0 || !placeLink(types, placement, around)) rest.push(placement);
    if (performance.now() - sliceStart < sliceMs) continue;
    await setImmediate();
    signal?.throwIfAborted();
    sliceStart = performance.now();
  }
  return rest;
}

/** What a file system says that has no such links, or none to here, whatever the file: the others need not be tried. */
const never: ReadonlySet<string> = new Set(["EXDEV", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "ENOTTY", "EINVAL", "EPERM"]);

/** false when none of the types works; those that never will are taken out. */
function placeLink(types: Set<LinkType>, placement: Placement, around: Around): boolean {
  for (const type of types) {
    const path = around.free(placement.target);
    try {
      link(type, placement, path);
      makeFolder(dirname(placement.target));
      renameSync(path, placement.target);
      return true;
    } catch (error) {
      if (never.has((error as NodeJS.ErrnoException).code ?? "")) types.delete(type);
    } finally {
      // After a rename nothing is left; two hard links of one object make rename() keep both names.
      rmSync(path, { force: true });
    }
  }
  return false;
}

/** Links share the object: its mode stays 0444. Empty files are never hard-linked: file systems limit the links of one file. */
function link(type: LinkType, { object, isexec }: Placement, aside: string): void {
  if (type === "symlink") symlinkSync(object, aside);
  else if (type === "hardlink") {
    if (statSync(object).size === 0) writeFileSync(aside, "", { mode: modeOf(isexec), flag: "wx" });
    else linkSync(object, aside);
  } else {
    copyFileSync(object, aside, constants.COPYFILE_FICLONE_FORCE);
    chmodSync(aside, modeOf(isexec));
  }
}

/** Where files are made before they get their names: what a killed process leaves must not become part of versioned data. */
export function asideFolderOf({ dvcFolder }: Project): string {
  return join(dvcFolder, "tmp", "stemma");
}

/** The permissions of a file that DVC brings. */
export function modeOf(isexec: boolean): number {
  return (0o666 & ~process.umask()) | (isexec ? 0o100 : 0);
}

/** Where a file of a folder lies; the folder itself for an empty `relpath`. */
export function filePath(folder: string, relpath: string): string {
  return relpath === "" ? folder : join(folder, ...relpath.split("/"));
}

/** Takes a file away, and the folders that are empty then. */
export function removeFile(folder: string, relpath: string): void {
  rmSync(filePath(folder, relpath), { force: true });
  const parts = relpath.split("/");
  for (let depth = parts.length - 1; depth > 0; depth--) {
    if (!removeEmpty(filePath(folder, parts.slice(0, depth).join("/")))) return;
  }
}

/** Makes a folder; where it is there already it stays. */
export function makeFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
}

/**
 * Takes an emptied folder away from where a file shall be.
 *
 * @throws {DataPathError} something is in it that DVC does not see
 */
export function clearFolder(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
  for (const item of readdirSync(path, { withFileTypes: true, recursive: true }).toReversed()) {
    if (item.isDirectory()) removeEmpty(join(item.parentPath, item.name));
  }
  if (removeEmpty(path)) return;
  throw new DataPathError(
    path,
    `${path} is a folder with files that DVC does not see; move them away, then check out again.`,
  );
}

function removeEmpty(folder: string): boolean {
  if (readdirSync(folder).length > 0) return false;
  rmdirSync(folder);
  return true;
}
