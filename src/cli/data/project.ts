import { resolve } from "node:path";
import { StemmaError } from "../../error.ts";
import { destroyProject, initProject, installHooks } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { confirm, dvcProject, type VerbOptions, verb, waitOf } from "../dvc-verb.ts";

interface InitOptions extends VerbOptions {
  readonly scm: boolean;
  readonly subdir?: true;
  readonly force?: true;
}

/** `stemma init` */
export const registerInit: Register = (program) => {
  verb(program, "init", "Make a DVC project")
    .argument("[directory]", "where", ".")
    .option("--no-scm", "without git")
    .option("-f, --force", "anew where there is a project already; its local cache goes")
    .option("--subdir", "below the top of a git repository")
    .action((folder: string, { scm, subdir, force, quiet }: InitOptions) => {
      initProject(resolve(folder), { noScm: !scm, subdir: subdir === true, force: force === true });
      if (quiet) return;
      print(`Initialized DVC repository.\n\n${scm ? "You can now commit the changes to git.\n\n" : ""}`);
    });
};

/** `stemma destroy` */
export const registerDestroy: Register = (program) => {
  const command = verb(program, "destroy", "Take .dvc files, dvc.yaml, configuration and cache away; the data stays")
    .option("-f, --force", "without asking")
    .action(async ({ force }: { readonly force?: true }) => {
      const project = dvcProject();
      const question =
        "This will destroy all information about your pipelines, all data files, as well as cache in .dvc/cache.\nAre you sure you want to continue?";
      if (!force && !(await confirm(question))) {
        throw new StemmaError(
          "NOT_CONFIRMED",
          "cannot destroy without a confirmation from the user. Use `-f` to force.",
        );
      }
      await destroyProject(project, { waitMs: waitOf(command) });
    });
};

/** `stemma install` */
export const registerInstall: Register = (program) => {
  verb(program, "install", "Have git call stemma: checkout after checkout, status before commit, push before push")
    .option("--use-pre-commit-tool", "through the tool pre-commit")
    .action(({ usePreCommitTool }: { readonly usePreCommitTool?: true }) => {
      installHooks(dvcProject(), { preCommitTool: usePreCommitTool === true });
    });
};
