import { errorFacts } from "../../error.ts";
import { setFrozen } from "../../pipeline/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";

/** `stemma freeze | unfreeze`: of stages and of `.dvc` files. */
export const registerFreeze: Register = (program, exit) => {
  for (const [name, frozen] of [
    ["freeze", true],
    ["unfreeze", false],
  ] as const) {
    verb(
      program,
      name,
      frozen ? "Keep stages or .dvc files as they are" : "Let frozen stages or .dvc files change again",
    )
      .argument("<targets...>", "stages or .dvc files")
      .action(async (targets: readonly string[], flags: VerbOptions) => {
        const failed = await freeze(targets, { frozen, quiet: flags.quiet === true });
        if (failed) exit(1);
      });
  }
};

/** One that cannot be frozen does not keep the others from it. */
async function freeze(
  targets: readonly string[],
  { frozen, quiet }: { readonly frozen: boolean; readonly quiet: boolean },
): Promise<boolean> {
  const project = dvcProject();
  let failed = false;
  for (const target of targets) {
    try {
      const edited = await setFrozen(project, target, { folder: process.cwd(), frozen });
      if (!quiet && !edited.file.endsWith(".dvc")) {
        print(`Modifying stage '${printable(edited.address)}' in 'dvc.yaml'\n`);
      }
    } catch (thrown) {
      failed = true;
      process.stderr.write(
        `ERROR: failed to ${frozen ? "freeze" : "unfreeze"} '${target}' - ${errorFacts(thrown).message}\n`,
      );
    }
  }
  return failed;
}
