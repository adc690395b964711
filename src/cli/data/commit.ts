import { commitStages } from "../../pipeline/index.ts";
import { commitData, UnknownTargetError } from "../../version/index.ts";
import type { Register } from "../command.ts";
import { confirm, dvcProject, type VerbOptions, verb, waitOf } from "../dvc-verb.ts";

interface Options extends VerbOptions {
  readonly force?: true;
  readonly recursive?: true;
  readonly withDeps?: true;
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
      const { force, recursive, withDeps, relink } = options;
      const common = { folder: process.cwd(), force: force === true, recursive: recursive === true, confirm };
      for (const target of targets.length === 0 ? [null] : targets) {
        const data = commitData(project, target, { ...common, relink, waitMs: waitOf(command) });
        const known = await data.then(
          () => true,
          (error: unknown) => {
            if (error instanceof UnknownTargetError) return false;
            throw error;
          },
        );
        // What is no data is a stage, or nothing: then this says so.
        if (!known || target === null || recursive) {
          await commitStages(project, {
            ...common,
            targets: target === null ? [] : [target],
            withDeps: withDeps === true,
          });
        }
      }
    });
};
