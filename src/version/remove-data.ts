import { rmSync } from "node:fs";
import type { Project } from "../store/index.ts";
import { type DvcFileTarget, dvcFileAt } from "./dvc-files.ts";
import { unignoreInGit } from "./git-ignore.ts";
import { changeLinks } from "./links.ts";
import { openRepository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";
import { checkParents } from "./target.ts";
import { unprotectPath } from "./unprotect.ts";

export interface RemoveOptions {
  /** The data, too. */
  readonly outs?: boolean;
  readonly folder: string;
  readonly waitMs?: number;
}

/**
 * Takes a `.dvc` file away, and what git ignores because of it; the data stays as files that can be edited.
 *
 * @throws {UnknownTargetError} the target is no `.dvc` file
 */
export async function removeData(project: Project, target: string, options: RemoveOptions): Promise<void> {
  await lockRepository(
    project,
    async () => remove(project, dvcFileAt(project, options.folder, target), options),
    options,
  );
}

async function remove(project: Project, { file, outs }: DvcFileTarget, options: RemoveOptions): Promise<void> {
  const repository = openRepository(project);
  for (const { path, absolute, out } of outs) {
    checkParents(project, path);
    if (options.outs) rmSync(absolute, { recursive: true, force: true });
    else if (out.cache) await unprotectPath(repository, absolute);
    if (repository.gitRoot !== null) unignoreInGit(absolute);
  }
  rmSync(file);
  changeLinks(
    project,
    outs.map(({ path }) => [path, null] as const),
  );
}
