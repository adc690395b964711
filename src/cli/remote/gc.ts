import { resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { StemmaError } from "../../error.ts";
import type { CommitChoice } from "../../git/index.ts";
import { ConfigError, collectGarbage, NoRemoteError } from "../../version/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";

interface GcFlags extends VerbOptions {
  readonly workspace?: true;
  readonly rev?: string;
  readonly num?: number;
  readonly allBranches?: true;
  readonly allTags?: true;
  readonly allCommits?: true;
  readonly date?: string;
  readonly allExperiments?: true;
  readonly notInRemote?: true;
  readonly cloud?: true;
  readonly remote?: string;
  readonly force?: true;
  readonly jobs?: number;
  readonly projects?: readonly string[];
  readonly dry?: true;
  readonly skipFailed?: true;
}

/** `stemma gc`: takes away what nothing uses, from the cache and, when told to, from a remote. */
export const registerGc: Register = (program, exit) => {
  verb(program, "gc", "Garbage collect unused objects from cache or remote storage")
    .option("-w, --workspace", "keep what the working folder uses")
    .option("--rev <commit>", "keep also what this commit uses")
    .option("-n, --num <number>", "keep so many commits of --rev and of each branch", Number)
    .option("-a, --all-branches", "keep also what all branches use")
    .option("-T, --all-tags", "keep also what all tags use")
    .option("-A, --all-commits", "keep also what all commits use")
    .option("--date <YYYY-MM-DD>", "keep also what commits since that day use")
    .option("--all-experiments", "keep also what experiments use (they are always kept)")
    .option("--not-in-remote", "remove only what the remote has")
    .option("-c, --cloud", "remove from the remote as well")
    .option("-r, --remote <name>", "the remote")
    .option("-f, --force", "do not ask")
    .option("-j, --jobs <number>", "transfers at once", wholeNumber(1, 10_000))
    .option("-p, --projects <paths...>", "keep also what these projects use")
    .option("--dry", "only print what would be removed")
    .option("--skip-failed", "leave out commits that cannot be read")
    .action(async (flags: GcFlags) => exit(await gc(flags)));
};

async function gc(flags: GcFlags): Promise<number> {
  check(flags);
  const project = dvcProject();
  if (flags.quiet !== true) process.stderr.write(`WARNING: ${warning(flags)}\n`);
  if (flags.force !== true && flags.dry !== true && !(await agreed())) return 1;
  const { cache, remotes } = await collectGarbage(project, {
    commits: commitsOf(flags),
    cloud: flags.cloud === true,
    notInRemote: flags.notInRemote === true,
    dry: flags.dry === true,
    skipFailed: flags.skipFailed === true,
    ...(flags.remote === undefined ? {} : { remote: flags.remote }),
    projects: flags.projects ?? [],
    onFault: (state) => process.stderr.write(`WARNING: Failed to collect '${state}', skipping\n`),
  }).catch((error: unknown) => {
    // DVC ends as it does for its configuration here, where push and pull end as for any failure.
    throw error instanceof NoRemoteError ? new ConfigError(error.message, { cause: error }) : error;
  });
  if (flags.quiet === true) return 0;
  const dry = flags.dry === true;
  tell(cache.current, dry, ["repo cache", "No unused 'repo' cache to remove."]);
  tell(cache.legacy, dry, ["legacy cache", "No unused 'legacy' cache to remove."]);
  for (const { current, legacy } of remotes) {
    for (const paths of [current, legacy]) tell(paths, dry, ["remote", "No unused cache to remove from remote."]);
  }
  return 0;
}

function tell(paths: readonly string[], dry: boolean, [where, none]: readonly [string, string]): void {
  if (dry) for (const path of paths) print(`Removing ${path}\n`);
  print(paths.length === 0 ? `${none}\n` : `Removed ${paths.length} objects from ${where}.\n`);
}

function commitsOf(flags: GcFlags): CommitChoice {
  return {
    ...(flags.allBranches === true ? { branches: true } : {}),
    ...(flags.allTags === true ? { tags: true } : {}),
    ...(flags.allCommits === true ? { all: true } : {}),
    ...(flags.rev === undefined ? {} : { revs: [flags.rev] }),
    ...(flags.num === undefined ? {} : { count: flags.num }),
    ...(flags.date === undefined ? {} : { since: flags.date }),
  };
}

// dvc/repo/gc.py, _validate_args
function check(flags: GcFlags): void {
  const refuse = (message: string): StemmaError => new StemmaError("ARGUMENT", message);
  if (flags.notInRemote === true && flags.cloud === true) {
    throw refuse("`--not-in-remote` and `--cloud` are mutually exclusive");
  }
  const { workspace, allBranches, allTags, allCommits, allExperiments, date, rev } = flags;
  if ([workspace, allBranches, allTags, allCommits, allExperiments, date, rev].every((flag) => flag === undefined)) {
    throw refuse(
      "Either of `-w|--workspace`, `-a|--all-branches`, `-T|--all-tags` `--all-experiments`, `--all-commits`, `--date` or `--rev` needs to be set.",
    );
  }
  if (flags.num !== undefined && rev === undefined && allBranches !== true) {
    throw refuse("`--num` can only be used alongside `--rev` or `--all-branches`");
  }
  if (date !== undefined && !/^\d{4}-\d{2}-\d{2}$/.test(date)) throw refuse(`--date wants YYYY-MM-DD, got ${date}`);
}

function warning(flags: GcFlags): string {
  const last = flags.num === undefined ? "all" : `last ${flags.num} commits from all`;
  const parts = [
    "This will remove all cache except items used in the workspace",
    flags.allCommits === true ? "all git commits" : null,
    flags.allCommits !== true && flags.allBranches === true ? `${last} git branches` : null,
    flags.allCommits !== true && flags.allTags === true ? "all git tags" : null,
    flags.date === undefined ? null : `all git commits since ${flags.date}`,
    flags.rev === undefined ? null : `last ${flags.num ?? 1} commits from ${flags.rev}`,
    "all experiments",
  ].filter((part) => part !== null);
  const others = (flags.projects ?? []).map((path) => `\n  - ${resolve(path)}`).join("");
  const remote = flags.notInRemote === true ? " that are not present in the DVC remote" : "";
  const where =
    flags.cloud === true ? " The remote is cleaned as well: whoever shares it loses what only they use." : "";
  const repos = others === "" ? " of the current repo." : ` of the current and the following repos:${others}`;
  return `${parts.join(" and ")}${remote}${repos}${where}`;
}

/** Whether somebody at the terminal says yes; nobody there says no. */
async function agreed(): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question("Are you sure you want to proceed? [y/n]: ")).trim());
  } finally {
    terminal.close();
  }
}
