import { createHash } from "node:crypto";
import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
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
import { CorruptObjectError, type Project, temporaryName, writeAll } from "../store/index.ts";
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
  /** Where the file is made first; the target's own folder without it, or when that is on another file system. */
  readonly asideFolder?: string;
}

/**
 * Brings one object into the folder: aside first, then under its name, so that a reader finds the old content or the new.
 * The bytes are verified on the way; what the cache holds wrongly never reaches the folder.
 *
 * @throws {CorruptObjectError}
 */
export async function placeFile(placement: Placement, linkTypes: readonly LinkType[]): Promise<void> {
  const own = dirname(placement.target);
  mkdirSync(own, { recursive: true });
  const { asideFolder } = placement;
  if (asideFolder === undefined || !(await placeBy(asideFolder, placement, linkTypes))) {
    await placeBy(own, placement, linkTypes);
  }
}

/** false when the folder aside is on another file system than the target. */
async function placeBy(folder: string, placement: Placement, linkTypes: readonly LinkType[]): Promise<boolean> {
  mkdirSync(folder, { recursive: true });
  const aside = join(folder, temporaryName());
  try {
    await bring(placement, aside, linkTypes);
    renameSync(aside, placement.target);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EXDEV" && folder !== dirname(placement.target)) return false;
    throw error;
  } finally {
    // After a rename nothing is left; two hard links of one object make rename() keep both names.
    rmSync(aside, { force: true });
  }
}

/** Where files are made before they get their names: what a killed process leaves must not become part of versioned data. */
export function asideFolderOf({ dvcFolder }: Project): string {
  return join(dvcFolder, "tmp", "stemma");
}

async function bring(placement: Placement, aside: string, linkTypes: readonly LinkType[]): Promise<void> {
  for (const type of [...linkTypes, "copy" as const]) {
    if (type === "copy") {
      await copyVerified(placement, aside);
      return;
    }
    if (linked(type, placement, aside)) return;
  }
}

/** Links share the object: its mode stays 0444. Empty files are never hard-linked: file systems limit the links of one file. */
function linked(type: Exclude<LinkType, "copy">, placement: Placement, aside: string): boolean {
  const { object, isexec } = placement;
  try {
    if (type === "symlink") symlinkSync(object, aside);
    else if (type === "hardlink") {
      if (statSync(object).size === 0) writeFileSync(aside, "", { mode: modeOf(isexec), flag: "wx" });
      else linkSync(object, aside);
    } else {
      copyFileSync(object, aside, constants.COPYFILE_FICLONE_FORCE);
      chmodSync(aside, modeOf(isexec));
    }
    return true;
  } catch {
    rmSync(aside, { force: true });
    return false;
  }
}

/** The permissions of a file that DVC brings. */
export function modeOf(isexec: boolean): number {
  return (0o666 & ~process.umask()) | (isexec ? 0o100 : 0);
}

async function copyVerified(placement: Placement, aside: string): Promise<void> {
  const digest = await copyAndHash(placement.object, aside);
  const right = placement.hash === "md5" ? digest === placement.md5 : (await md5Dos2unix(aside)) === placement.md5;
  if (!right) throw new CorruptObjectError(placement.md5, placement.object);
  chmodSync(aside, modeOf(placement.isexec));
}

const blockBytes = 1024 * 1024;
/** How long the event loop waits at most. */
const sliceMs = 20;

async function copyAndHash(from: string, to: string): Promise<string> {
  const block = Buffer.allocUnsafe(Math.min(blockBytes, Math.max(1, statSync(from).size)));
  const hash = createHash("md5");
  const source = openSync(from, "r");
  const target = openSync(to, "wx");
  let sliceStart = performance.now();
  try {
    for (;;) {
      const read = readSync(source, block);
      if (read === 0) return hash.digest("hex");
      const bytes = block.subarray(0, read);
      hash.update(bytes);
      writeAll(target, bytes);
      if (performance.now() - sliceStart > sliceMs) {
        await setImmediate();
        sliceStart = performance.now();
      }
    }
  } finally {
    closeSync(source);
    closeSync(target);
  }
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
