import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mergeDvcFiles } from "../../version/index.ts";
import type { Register } from "../command.ts";
import { dvcFolderAround } from "../dvc-verb.ts";

/** `stemma git-hook …`: what git calls after `stemma install`. */
export const registerGitHook = (run: (argv: readonly string[]) => Promise<number>): Register => {
  return (program, exit) => {
    const hook = program.command("git-hook", { hidden: true }).description("What git calls");
    const verbs: Readonly<Record<string, readonly string[]>> = {
      "pre-commit": ["status"],
      "post-checkout": ["checkout"],
      "pre-push": ["push"],
    };
    for (const [name, argv] of Object.entries(verbs)) {
      hook
        .command(name)
        .argument("[args...]", "git's")
        .action(async (args: readonly string[]) => {
          if (dvcFolderAround(process.cwd()) === null) return;
          if (name === "post-checkout" && !isCheckoutOfCommit(args)) return;
          exit(await run(argv));
        });
    }
    hook
      .command("merge-driver")
      .requiredOption("--ancestor <file>", "the version that both come from")
      .requiredOption("--our <file>", "our version, which becomes the result")
      .requiredOption("--their <file>", "their version")
      .action((files: { readonly ancestor: string; readonly our: string; readonly their: string }) => {
        const text = (file: string): string => readFileSync(file, "utf8");
        mergeDvcFiles(process.cwd(), files.our, { ancestor: text(files.ancestor), their: text(files.their) });
      });
  };
};

/** Not of single files, and not in the middle of a rebase (githooks(5), post-checkout). */
function isCheckoutOfCommit(args: readonly string[]): boolean {
  const flag = process.env["PRE_COMMIT_CHECKOUT_TYPE"] ?? args[2];
  return flag === "1" && !existsSync(join(".git", "rebase-merge"));
}
