import { moveData, removeData, unprotectData } from "../../version/index.ts";
import type { Register } from "../command.ts";
import { dvcProject, verb, waitOf } from "../dvc-verb.ts";

/** `stemma move` (`mv`) */
export const registerMove: Register = (program) => {
  const command = verb(program, "move", "Move versioned data and its .dvc file")
    .alias("mv")
    .argument("<src>", "the data")
    .argument("<dst>", "its new path, or the folder to put it in")
    .action(async (from: string, to: string) => {
      await moveData(dvcProject(), { from, to }, { folder: process.cwd(), waitMs: waitOf(command) });
    });
};

/** `stemma remove` (`rm`) */
export const registerRemove: Register = (program) => {
  const command = verb(program, "remove", "Stop tracking data: take its .dvc file away, and the lines in .gitignore")
    .alias("rm")
    .argument("<targets...>", ".dvc files")
    .option("--outs", "the data, too")
    .action(async (targets: readonly string[], { outs }: { readonly outs?: true }) => {
      for (const target of targets) {
        const options = { folder: process.cwd(), outs: outs === true, waitMs: waitOf(command) };
        await removeData(dvcProject(), target, options);
      }
    });
};

/** `stemma unprotect` */
export const registerUnprotect: Register = (program) => {
  const command = verb(program, "unprotect", "Make files of links into the cache, so that they can be edited")
    .argument("<targets...>", "data")
    .action(async (targets: readonly string[]) => {
      for (const target of targets) {
        await unprotectData(dvcProject(), target, { folder: process.cwd(), waitMs: waitOf(command) });
      }
    });
};
