import { existsSync, realpathSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

/** One project: the folder that holds `.dvc/` and `stemma/`. All paths are absolute. */
export interface Project {
  readonly root: string;
  /** `stemma/`: the database, tails, objects, artifacts. It may not exist yet. */
  readonly stemmaFolder: string;
  /** `.dvc/`: config, cache, tmp. It may not exist yet. */
  readonly dvcFolder: string;
}

/**
 * The project that a folder is in: the nearest ancestor with `.dvc/` or `stemma/stemma.db`, else the git root, else the folder.
 *
 * @param folder an existing folder; in a notebook: the notebook's
 */
export function findProject(folder: string): Project {
  const start = realpathSync(resolve(folder));
  const holds = (path: string): boolean =>
    existsSync(join(path, ".dvc")) || existsSync(join(path, "stemma", "stemma.db"));
  const root = nearest(start, holds) ?? nearest(start, (path) => existsSync(join(path, ".git"))) ?? start;
  return { root, stemmaFolder: join(root, "stemma"), dvcFolder: join(root, ".dvc") };
}

function nearest(folder: string, matches: (path: string) => boolean): string | null {
  if (matches(folder)) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : nearest(parent, matches);
}
