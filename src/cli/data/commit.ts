import { commitData } from "../../version/index.ts";
import type { Register } from "../command.ts";
import { confirm, dvcProject, type VerbOptions, verb, waitOf } from "../dvc-verb.ts";

interface Options extends VerbOptions {
  readonly force?: true;
  readonly recursive?: true;
  readonly relink: boolean;
}

/** `stemma commit` */
export const registerCommit: Register = (program) => {
  const command = verb(program, "commit", "Record data as it is now, and keep it in the cache, as dvc commit does")
    .argument("[targets...]", "data and .dvc files; everything without any")
    .option("-f, --force", "without asking about data that changed")
    .option("-d, --with-deps", "what a stage needs, too")
    .option("-R, --recursive", "folders stand for all that is recorded in them")
    .option("--no-relink", "leave the files as they are where the cache is set to links")
    .action(async (targets: readonly string[], options: Options) => {
      const project = dvcProject();
      const { force, recursive, relink } = options;
      for (const target of targets.length === 0 ? [null] : targets) {
        await commitData(project, target, {
          folder: process.cwd(),
          relink,
          force: force === true,
          recursive: recursive === true,
          confirm,
          waitMs: waitOf(command),
        });
      }
    });
};
