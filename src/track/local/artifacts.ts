import { constants, existsSync, lstatSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { copyFile, mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { syncData, syncFolder, temporaryName, writeDurable } from "../../store/index.ts";
import { ArtifactNotFoundError, ArtifactPathError, ArtifactSpaceError } from "../errors.ts";
import { ValueError } from "../params.ts";
import type { ArtifactEntry } from "../record.ts";

/** The folder of a run's artifacts and the run's id. */
export interface ArtifactPlace {
  readonly folder: string;
  readonly run: string;
}

/** The entries of a run's artifact folder, or of a folder in it; folders first, by name. None where it has none. */
export function listArtifacts(place: ArtifactPlace, folder = ""): readonly ArtifactEntry[] {
  const path = folder === "" ? place.folder : contained(place, folder);
  if (!existsSync(path)) return [];
  // MLflow answers the file itself where a file is asked for.
  if (!statSync(path).isDirectory()) return [entryOf(place, path)];
  const entries = readdirSync(path).map((name) => entryOf(place, join(path, name)));
  return entries.sort((a, b) => Number(b.folder) - Number(a.folder) || (a.path < b.path ? -1 : 1));
}

/** Writes an artifact; one of that path is replaced. @throws {ArtifactPathError} */
export function putArtifact(place: ArtifactPlace, path: string, bytes: Uint8Array | string): void {
  const file = contained(place, path);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new ArtifactPathError(path, "is a folder of this run");
  try {
    writeDurable(file, bytes);
  } catch (cause) {
    throw isFull(cause) ? new ArtifactSpaceError(path, file, { cause }) : cause;
  }
}

function isFull(thrown: unknown): boolean {
  const { code } = thrown as NodeJS.ErrnoException;
  return code === "ENOSPC" || code === "EDQUOT";
}

/** Copies a file to an artifact, without holding it in memory; one of that path is replaced. @throws {ArtifactPathError} */
export async function copyArtifact(place: ArtifactPlace, path: string, source: string): Promise<void> {
  const file = contained(place, path);
  if (statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new ArtifactPathError(path, "is a folder of this run");
  if ((await stat(source).catch(() => null))?.isFile() !== true)
    throw new ValueError(
      `${JSON.stringify(source)} is no file, so it cannot be kept as artifact ${JSON.stringify(path)}.`,
    );
  const folder = dirname(file);
  await mkdir(folder, { recursive: true });
  const aside = join(folder, temporaryName());
  try {
    await copyFile(source, aside, constants.COPYFILE_FICLONE);
    await syncData([aside], folder);
    await rename(aside, file);
  } catch (cause) {
    throw isFull(cause) ? new ArtifactSpaceError(path, file, { cause }) : cause;
  } finally {
    await rm(aside, { force: true });
  }
  syncFolder(folder);
}

/** The bytes of an artifact. @throws {ArtifactNotFoundError} @throws {ArtifactPathError} */
export function getArtifact(place: ArtifactPlace, path: string): Buffer {
  const file = contained(place, path);
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) throw new ArtifactNotFoundError(path, place.run);
  return readFileSync(file);
}

/** The absolute path of an artifact, inside the run's folder whatever links lie on the way. */
function contained({ folder }: ArtifactPlace, path: string): string {
  if (path === "") throw new ArtifactPathError(path, "is empty");
  if (path.includes("\0")) throw new ArtifactPathError(path, "has a NUL character");
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path) || path.includes("\\"))
    throw new ArtifactPathError(path, "is not a relative path with /");
  if (path.split("/").some((part) => part === "" || part === "." || part === ".."))
    throw new ArtifactPathError(path, 'has a part that is empty, "." or ".."');
  const file = join(folder, ...path.split("/"));
  const inside = relative(realpathSync(nearestExisting(folder)), realTarget(nearestExisting(file)) ?? sep);
  if (inside === ".." || inside.startsWith(`..${sep}`))
    throw new ArtifactPathError(path, "leads out of the run's folder by a link");
  return file;
}

/** The path without links; null for a link to nowhere. */
function realTarget(path: string): string | null {
  return existsSync(path) ? realpathSync(path) : null;
}

// lstat: a link to nowhere exists too, and would be followed by a write.
function nearestExisting(path: string): string {
  return lstatSync(path, { throwIfNoEntry: false }) === undefined ? nearestExisting(dirname(path)) : path;
}

function entryOf({ folder }: ArtifactPlace, path: string): ArtifactEntry {
  const stats = lstatSync(path);
  const shown = relative(folder, path).split(sep).join("/");
  return stats.isDirectory()
    ? { path: shown, folder: true, bytes: null }
    : { path: shown, folder: false, bytes: stats.size };
}
