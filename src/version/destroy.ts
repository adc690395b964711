import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../store/index.ts";
import { readDvcIgnore } from "./dvc-ignore.ts";
import { lockBeside, workingFiles } from "./project-files.ts";
import { openRepository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";
import { repositoryOuts } from "./repository-outs.ts";
import { unprotectPath } from "./unprotect.ts";

/** Takes everything of DVC's away: `.dvc` files, `dvc.yaml`, locks, configuration and cache. The data stays, as files that can be edited. */
export async function destroyProject(project: Project, options: { readonly waitMs?: number } = {}): Promise<void> {
  await lockRepository(
    project,
    async () => {
      const repository = openRepository(project);
      const files = workingFiles(project, readDvcIgnore(project.root));
      for (const { absolute } of repositoryOuts(project, files)) await unprotectPath(repository, absolute);
      for (const path of files.paths) {
        rmSync(join(project.root, path));
        if (path.endsWith("dvc.yaml")) rmSync(join(project.root, lockBeside(path)), { force: true });
      }
      rmSync(join(project.root, ".dvcignore"), { force: true });
    },
    options,
  );
  rmSync(project.dvcFolder, { recursive: true, force: true });
}
