import { chmodSync, copyFileSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Project, temporaryName } from "../store/index.ts";
import { asideFolderOf } from "./place-file.ts";
import { openRepository, type Repository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";
import { sharedFileMode } from "./shared-cache.ts";
import { resolveTarget } from "./target.ts";
import { outsAround } from "./tracked-outs.ts";
import { MissingDataError } from "./version-error.ts";

/**
 * Makes files of links into the cache, so that editing one does not change what the cache holds.
 *
 * @throws {MissingDataError} nothing records the target
 */
export async function unprotectData(
  project: Project,
  target: string,
  options: { readonly folder: string; readonly waitMs?: number },
): Promise<void> {
  const { path, absolute, given } = resolveTarget(project, options.folder, target);
  await lockRepository(
    project,
    async () => {
      const known = outsAround(project, path).some((out) => path === out.path || path.startsWith(`${out.path}/`));
      if (!known) throw new MissingDataError(given, `Unable to find DVC file with output '${given}'`);
      await unprotectPath(openRepository(project), absolute);
    },
    options,
  );
}

/** A file, or every file of a folder, that is a link becomes a copy; one that nobody may write to becomes writable. */
export async function unprotectPath(repository: Repository, path: string): Promise<void> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) {
    for (const name of readdirSync(path)) await unprotectPath(repository, join(path, name));
    return;
  }
  if (stat.isSymbolicLink() || stat.nlink > 1) copyOver(repository, path);
  const { mode } = statSync(path);
  if (repository.shared) chmodSync(path, mode | sharedFileMode);
  else if ((mode & 0o200) === 0) chmodSync(path, mode | 0o200);
}

// Aside, then by its name: whoever reads meanwhile finds the whole file.
function copyOver({ project }: Repository, path: string): void {
  const folder = asideFolderOf(project);
  mkdirSync(folder, { recursive: true });
  const sameDisk = statSync(folder).dev === lstatSync(dirname(path)).dev;
  const aside = join(sameDisk ? folder : dirname(path), temporaryName());
  try {
    copyFileSync(path, aside);
    chmodSync(aside, 0o666 & ~process.umask());
    renameSync(aside, path);
  } finally {
    rmSync(aside, { force: true });
  }
}
