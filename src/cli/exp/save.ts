import { saveExperiment } from "../../pipeline/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { endingWithOne, several } from "./choice.ts";

interface Flags extends VerbOptions {
  readonly recursive?: true;
  readonly force?: true;
  readonly json?: true;
  readonly name?: string;
  readonly includeUntracked?: readonly string[];
  readonly message?: string;
}

/** `stemma exp save` */
export const registerSave: Register = (exp, exit) => {
  verb(exp, "save", "Keep the workspace as it is as an experiment")
    .argument("[targets...]", "stages and .dvc files whose outputs go into the cache; all without any")
    .option("-R, --recursive", "folders stand for all that is recorded in them")
    .option("-f, --force", "in the place of an experiment that has that name")
    .option("--json", "as JSON")
    .option("-n, --name <name>", "its name; one is made up without it")
    .option("-I, --include-untracked <path>", "a file or folder that git does not know, to be in it", several)
    .option("-m, --message <message>", "message of its commit")
    .action((targets: readonly string[], flags: Flags) =>
      endingWithOne("save experiment", exit, () => save(targets, flags)),
    );
};

async function save(targets: readonly string[], flags: Flags): Promise<void> {
  const { name, message, includeUntracked = [], force, recursive, quiet } = flags;
  const experiment = await saveExperiment(dvcProject(), {
    folder: process.cwd(),
    targets,
    includeUntracked,
    force: force === true,
    recursive: recursive === true,
    ...(name === undefined ? {} : { name }),
    ...(message === undefined ? {} : { message }),
  });
  if (flags.json === true) print(`${JSON.stringify({ ref: experiment.commit })}\n`);
  else if (quiet !== true) print(`Experiment has been saved as: ${printable(experiment.name)}\n`);
}
