import type { Command } from "commander";
import type { SyncOptions } from "../../version/index.ts";
import { wholeNumber } from "../command.ts";
import type { VerbOptions } from "../dvc-verb.ts";

/** The options that push, fetch, pull and `status -c` share. */
export interface SyncFlags extends VerbOptions {
  readonly jobs?: number;
  readonly remote?: string;
  readonly allBranches?: true;
  readonly allTags?: true;
  readonly allCommits?: true;
  readonly withDeps?: true;
  readonly recursive?: true;
  readonly runCache?: boolean;
  readonly glob?: true;
}

export function syncOptions(command: Command, way: string): Command {
  return command
    .argument("[targets...]", "data, .dvc files, stages, files in a versioned folder; everything without any")
    .option("-j, --jobs <number>", "transfers at once", wholeNumber(1, 10_000))
    .option("-r, --remote <name>", `remote storage to ${way}`)
    .option("-a, --all-branches", "also what all branches use")
    .option("-T, --all-tags", "also what all tags use")
    .option("-A, --all-commits", "also what all commits use")
    .option("-d, --with-deps", "also what the targets were made of")
    .option("-R, --recursive", "all data below the folders that are named");
}

/** The options as the library takes them. */
export function syncChoice(targets: readonly string[], flags: SyncFlags): SyncOptions {
  return {
    targets,
    folder: process.cwd(),
    commits: {
      ...(flags.allBranches === true ? { branches: true } : {}),
      ...(flags.allTags === true ? { tags: true } : {}),
      ...(flags.allCommits === true ? { all: true } : {}),
    },
    withDeps: flags.withDeps === true,
    recursive: flags.recursive === true,
    glob: flags.glob === true,
    runCache: flags.runCache === true,
    ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    ...(flags.remote === undefined ? {} : { remote: flags.remote }),
    onFault: (state: string, error: unknown) =>
      process.stderr.write(
        `WARNING: failed to collect '${state}', skipping (${error instanceof Error ? error.message : String(error)})\n`,
      ),
  };
}
