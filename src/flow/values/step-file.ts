import { chmodSync, constants, copyFileSync, mkdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseDir, printDir } from "../../format/index.ts";
import { checkOrdinary, filesBelow, temporaryName } from "../../store/index.ts";
import { DamagedResultError, keptObjects, readObject, withRoom } from "../keep/index.ts";
import type { ValuePlace } from "./value-place.ts";

export { file, isStepFile, StepFile } from "./file.ts";

/** What a kept file or folder is known by. */
export interface KeptFile {
  /** MD5, of a folder that of its listing with `.dir` behind it. */
  readonly md5: string;
  readonly name: string;
  readonly bytes: number;
}

/**
 * Keeps a file or folder by content.
 *
 * @throws {Error} with code ENOENT: it is not there @throws {SpecialFileError} something in it has no bytes to keep
 */
export async function keepFile(path: string, { objects: folder, folder: from }: ValuePlace): Promise<KeptFile> {
  const absolute = resolve(from, path);
  const objects = keptObjects(folder);
  const name = basename(absolute);
  const stat = statSync(absolute);
  checkOrdinary(absolute, stat);
  if (!stat.isDirectory()) {
    const [put] = await objects.putFiles([absolute]);
    return { md5: put?.md5 ?? "", name, bytes: put?.bytes ?? 0 };
  }
  const files = filesBelow(absolute);
  const put = await objects.putFiles(files.map((file) => file.path));
  const listing = files.map(({ relpath }, i) => ({ relpath, md5: put[i]?.md5 ?? "" }));
  const bytes = put.reduce((sum, file) => sum + file.bytes, 0);
  return { md5: objects.put(printDir(listing), { dir: true }), name, bytes };
}

/** Where a kept file or folder stands again, whole; it may not be changed there. @throws {DamagedResultError} */
export function standingFile({ md5, name }: KeptFile, place: ValuePlace): string {
  const path = join(place.files, md5, name);
  restoreFile(md5, path, place);
  return path;
}

/** Writes a kept file or folder to a path, where it is not there yet. Other files of the folder stay. @throws {DamagedResultError} */
export function restoreFile(md5: string, path: string, place: Pick<ValuePlace, "objects">): void {
  withRoom(path, () => (md5.endsWith(".dir") ? restoreFolder(md5, path, place) : restoreOne(md5, path, place)));
}

function restoreFolder(md5: string, path: string, place: Pick<ValuePlace, "objects">): void {
  mkdirSync(path, { recursive: true });
  const listing = parseDir(readObject(keptObjects(place.objects), md5).toString("utf8"), path);
  for (const entry of listing) restoreOne(entry.md5, join(path, entry.relpath), place);
}

function restoreOne(md5: string, path: string, { objects }: Pick<ValuePlace, "objects">): void {
  const from = keptObjects(objects).pathOf(md5);
  const kept = statSync(from, { throwIfNoEntry: false });
  if (kept === undefined) throw new DamagedResultError(md5);
  const there = statSync(path, { throwIfNoEntry: false });
  // A copy has the time of its object: one that somebody wrote to has not.
  if (there?.size === kept.size && Math.abs(there.mtimeMs - kept.mtimeMs) < 1) return;
  mkdirSync(dirname(path), { recursive: true });
  const aside = join(dirname(path), temporaryName());
  try {
    // A copy, a cheap one where the file system can: who writes to a link would write to what is kept.
    copyFileSync(from, aside, constants.COPYFILE_FICLONE);
    utimesSync(aside, kept.atime, kept.mtime);
    chmodSync(aside, 0o644);
    renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}
