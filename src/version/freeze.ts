import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { setYamlKey } from "../format/index.ts";
import { type Project, writeDurable } from "../store/index.ts";
import { dvcFileAt } from "./dvc-files.ts";
import { stageInGit } from "./git-ignore.ts";
import { openRepository } from "./repository.ts";
import { lockRepository } from "./repository-lock.ts";

/**
 * Freezes a `.dvc` file, or thaws it: a frozen import is not updated by itself.
 *
 * @throws {UnknownTargetError} the target is no `.dvc` file
 */
export async function freezeData(
  project: Project,
  target: string,
  options: { readonly frozen: boolean; readonly folder: string; readonly waitMs?: number },
): Promise<void> {
  await lockRepository(
    project,
    async () => {
      const { file } = dvcFileAt(project, options.folder, target);
      const text = readFileSync(file, "utf8");
      const frozen = setYamlKey(text, ["frozen"], options.frozen ? true : undefined);
      if (frozen !== text) writeDurable(file, frozen);
      stageInGit(openRepository(project), [relative(project.root, file)]);
    },
    options,
  );
}
