import type { Command } from "commander";
import type { ReproduceOptions } from "../../pipeline/index.ts";
import { mergedConfig } from "../../version/index.ts";
import { confirm, dvcProject, type VerbOptions } from "../dvc-verb.ts";
import { printable } from "../text.ts";

/** The options that `repro` and `exp run` share. */
export interface ReproFlags extends VerbOptions {
  readonly force?: true;
  readonly interactive?: true;
  readonly singleItem?: true;
  readonly pipeline?: true;
  readonly allPipelines?: true;
  readonly recursive?: true;
  readonly downstream?: true;
  readonly forceDownstream?: true;
  readonly pull?: true;
  readonly allowMissing?: true;
  readonly dry?: true;
  readonly keepGoing?: true;
  readonly ignoreErrors?: true;
}

/** @param force what `-f` does */
export function reproOptions(command: Command, force: string): Command {
  return command
    .argument("[targets...]", "stages, dvc.yaml or .dvc files; the stages of dvc.yaml without any")
    .option("-f, --force", force)
    .option("-i, --interactive", "ask before each stage that would run")
    .option("-s, --single-item", "only the targets, without what they depend on")
    .option("-p, --pipeline", "the whole pipelines that the targets belong to")
    .option("-P, --all-pipelines", "all pipelines of the repository")
    .option("-R, --recursive", "all stages in the named folders")
    .option("--downstream", "begin with the targets, and go on with what depends on them")
    .option("--force-downstream", "run all that depends on a stage that ran")
    .option("--pull", "get missing data from the remote")
    .option("--allow-missing", "leave stages alone whose data is missing, when nothing else changed")
    .option("--dry", "only say what would run, and why")
    .option("-k, --keep-going", "go on after a failure with what does not depend on it")
    .option("--ignore-errors", "go on after a failure");
}

/** The options as the library takes them. */
export function reproChoice(
  targets: readonly string[],
  flags: ReproFlags,
): Omit<ReproduceOptions, "pull" | "onEvent" | "jobs"> {
  return {
    folder: process.cwd(),
    targets,
    force: flags.force === true,
    singleItem: flags.singleItem === true,
    pipeline: flags.pipeline === true,
    allPipelines: flags.allPipelines === true,
    recursive: flags.recursive === true,
    downstream: flags.downstream === true,
    forceDownstream: flags.forceDownstream === true,
    allowMissing: flags.allowMissing === true,
    onError: flags.ignoreErrors === true ? "ignore" : flags.keepGoing === true ? "keep-going" : "fail",
    ...(isInteractive(flags) ? { confirm: asked } : {}),
  };
}

// dvc/repo/reproduce.py: what the configuration says holds as well.
function isInteractive({ interactive }: ReproFlags): boolean {
  const known = mergedConfig(dvcProject().dvcFolder).get("core")?.get("interactive");
  return interactive === true || String(known ?? "").toLowerCase() === "true";
}

const asked: NonNullable<ReproduceOptions["confirm"]> = (stage) => {
  const name = stage.kind === "stage" ? `stage: '${printable(stage.name)}'` : `stage: '${printable(stage.file)}'`;
  return confirm(`Going to reproduce ${name}. Are you sure you want to continue?`);
};
