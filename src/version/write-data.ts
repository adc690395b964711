import { existsSync, lstatSync, readlinkSync, type Stats } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { encodeData, type TableFacts } from "../frame/index.ts";
import { md5, md5File, type Project, writeDurable } from "../store/index.ts";
import { type AddOptions, checkAddable } from "./add-data.ts";
import { isCached } from "./cached-content.ts";
import { openRepository, type Repository } from "./repository.ts";
import { resolveTarget, type Target } from "./target.ts";
import { DataPathError, UnsavedChangesError } from "./version-error.ts";

export interface WriteDataOptions extends AddOptions {
  /** Overwrites content that is in no version. */
  readonly force?: boolean;
}

/**
 * Writes a value as the file that the path's ending asks for; the next step is to add it. A file that holds these bytes
 * already is left alone. The old file is replaced, never written into: it may be a link into the cache.
 *
 * @returns rows and columns when the value is a table
 * @throws {DataValueError} @throws {DataPathError} @throws {UnsavedChangesError} @throws {GitTrackedError} @throws {OverlapError}
 */
export async function writeData(
  project: Project,
  { path, value }: { readonly path: string; readonly value: unknown },
  options: WriteDataOptions = {},
): Promise<TableFacts | null> {
  const target = resolveTarget(project, options.folder ?? project.root, path);
  checkAddable(project, target, false);
  const repository = openRepository(project);
  const old = oldFile(repository, target);
  const { bytes, table } = await encodeData(path, value, options.signal ?? null);
  // A link to an object that is gone has no content to lose.
  if (old !== null && existsSync(target.absolute)) {
    const digest = await md5File(target.absolute);
    if (digest === md5(bytes)) return table;
    if (options.force !== true) checkKept(repository, target, digest);
  }
  writeDurable(target.absolute, bytes, { mode: modeFor(old) });
  return table;
}

/**
 * What the file will replace.
 *
 * @throws {DataPathError} it is a folder or a device, or a link that somebody else made
 */
function oldFile({ cache }: Repository, { given, absolute }: Target): Stats | null {
  if (/[\\/]$/.test(given)) {
    throw new DataPathError(
      given,
      `${given} names a folder, and a value becomes a file; leave out the "/" at the end.`,
    );
  }
  const stat = lstatSync(absolute, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  if (stat.isSymbolicLink()) {
    const leadsTo = resolve(dirname(absolute), readlinkSync(absolute));
    if (leadsTo.startsWith(`${cache.folder}${sep}`)) return stat;
    throw new DataPathError(
      given,
      `${given} is a symbolic link to ${leadsTo}; name that file, or delete the link first.`,
    );
  }
  if (stat.isFile()) return stat;
  const what = stat.isDirectory() ? "a folder" : "no file";
  throw new DataPathError(given, `${given} is ${what}, and a value becomes a file; name another path.`);
}

function checkKept(repository: Repository, target: Target, digest: string): void {
  if (isCached(repository, digest, "md5") || isCached(repository, digest, "md5-dos2unix")) return;
  throw new UnsavedChangesError([target.given], target.given, `version("${target.given}", value, { force: true })`);
}

/** The old file's permissions; those of a new file where the old one was a link into the cache, which nobody may write to. */
function modeFor(old: Stats | null): number {
  const created = 0o666 & ~process.umask();
  if (old === null || old.isSymbolicLink()) return created;
  return (old.mode & 0o200) === 0 ? created | (old.mode & 0o100) : old.mode & 0o777;
}
