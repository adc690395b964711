import { StemmaError } from "../../error.ts";
import { cleanExperiments, removeExperiments, renameExperiment } from "../../pipeline/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { type ChoiceFlags, choiceOf, choiceOptions, listed } from "./choice.ts";

interface RemoveFlags extends ChoiceFlags {
  readonly keep?: true;
  readonly queue?: true;
  readonly gitRemote?: string;
}

interface RenameFlags extends VerbOptions {
  readonly force?: true;
  readonly gitRemote?: string;
}

/** `stemma exp remove`, `rename` and `clean` */
export const registerRemove: Register = (exp) => {
  choiceOptions(verb(exp, "remove", "Remove experiments").alias("rm"), "remove")
    .argument("[experiment...]", "their names")
    .option("--keep", "keep those, and remove all others")
    .option("--queue", "remove what waits in the queue")
    .option("-g, --git-remote <git_remote>", "name or address of a git repository to remove them from")
    .action(remove);
  verb(exp, "rename", "Give an experiment another name")
    .argument("<experiment>", "its name")
    .argument("<name>", "its new one")
    .option("-f, --force", "in the place of an experiment that has that name")
    .option("-g, --git-remote <git_remote>", "name or address of a git repository to rename it in")
    .action((old: string, name: string, { force, gitRemote, quiet }: RenameFlags) => {
      const where = gitRemote === undefined ? {} : { remote: gitRemote };
      const renamed = renameExperiment(dvcProject(), [old, name], { force: force === true, ...where });
      if (quiet !== true) print(renamed ? `Renamed experiments: '${printable(old)}'\n` : "No experiments to rename.\n");
    });
  verb(exp, "clean", "Clean up what experiments leave behind").action(({ quiet }: VerbOptions) => {
    cleanExperiments(dvcProject());
    if (quiet !== true) print("Done!\n");
  });
};

function remove(names: readonly string[], flags: RemoveFlags): void {
  const { allCommits, rev, queue, keep, gitRemote, quiet } = flags;
  const chosen = allCommits === true || rev !== undefined;
  if ((chosen || queue === true) === names.length > 0) {
    throw invalid("Either provide an `experiment` argument, or use the `--rev` or `--all-commits` or `--queue` flag.");
  }
  if (keep === true && queue === true) throw invalid("Cannot use both `--keep` and `--queue`.");
  const removed = removeExperiments(dvcProject(), {
    names,
    ...(chosen ? { choice: choiceOf(flags) } : {}),
    ...(gitRemote === undefined ? {} : { remote: gitRemote }),
    queue: queue === true,
    keep: keep === true,
  });
  if (quiet === true) return;
  print(removed.length === 0 ? "No experiments to remove.\n" : `Removed experiments: ${printable(listed(removed))}\n`);
}

function invalid(message: string): StemmaError {
  return new StemmaError("INVALID_ARGUMENT", message);
}
