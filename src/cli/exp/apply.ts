import { applyExperiment, applyStash, branchExperiment } from "../../pipeline/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";

/** `stemma exp apply` and `stemma exp branch` */
export const registerApply: Register = (exp) => {
  verb(exp, "apply", "Bring an experiment's files and outputs into the workspace")
    .argument("<experiment>", "its name or commit")
    .option("--no-force", "deprecated by DVC, without an effect")
    .action(async (experiment: string, { force, quiet }: VerbOptions & { readonly force: boolean }) => {
      await applyExperiment(dvcProject(), experiment);
      if (quiet === true) return;
      if (!force) {
        const way = `git reset --hard\n\tgit stash apply ${applyStash}`;
        print(`The --no-force option is deprecated. To revert the result of 'exp apply', run:\n\n\t${way}\n\n`);
      }
      print(`Changes for experiment '${printable(experiment)}' have been applied to your current workspace.\n`);
    });
  verb(exp, "branch", "Make a git branch of an experiment")
    .argument("<experiment>", "its name or commit")
    .argument("[branch]", "name of the branch; {experiment}-branch without it")
    .action((name: string, wanted: string | undefined, { quiet }: VerbOptions) => {
      const { branch, experiment } = branchExperiment(dvcProject(), name, wanted ?? null);
      if (quiet === true) return;
      print(
        `Git branch '${printable(branch)}' has been created from experiment '${printable(experiment.name)}'.\n` +
          `To switch to the new branch run:\n\n\tgit checkout ${printable(branch)}\n`,
      );
    });
};
