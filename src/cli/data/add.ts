import { StemmaError } from "../../error.ts";
import { headOf } from "../../git/index.ts";
import { findProject } from "../../store/index.ts";
import { type AddFromOptions, addData, addFrom, globTargets, openRepository } from "../../version/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { shellWord, shownPath, type VerbOptions, verb, waitOf } from "../dvc-verb.ts";
import { addLine } from "../remote/index.ts";

interface Options extends VerbOptions {
  readonly commit: boolean;
  readonly glob?: true;
  readonly out?: string;
  readonly toRemote?: true;
  readonly remote?: string;
  readonly remoteJobs?: number;
  readonly force?: true;
  readonly relink: boolean;
}

/** `stemma add` */
export const registerAdd: Register = (program) => {
  const command = verb(program, "add", "Track data files or folders, as dvc add does")
    .argument("<targets...>", "files and folders")
    .option("--no-commit", "record the content, but keep no copy in the cache yet")
    .option("--glob", "targets are shell patterns")
    .option("-o, --out <path>", "bring the data here and track that")
    .option("--to-remote", "put the data straight into a remote")
    .option("-r, --remote <name>", "the remote, with --to-remote")
    .option("--remote-jobs <number>", "how many files at once, with --to-remote", wholeNumber(1, 10_000))
    .option("-f, --force", "replace what --out names")
    .option("--no-relink", "leave the files as they are where the cache is set to links")
    .action((targets: readonly string[], options: Options) => add(targets, options, waitOf(command)));
};

async function add(targets: readonly string[], options: Options, waitMs: number): Promise<void> {
  checkOptions(targets, options);
  const folder = process.cwd();
  const project = findProject(folder);
  const { commit, relink, glob, toRemote } = options;
  const elsewhere = toRemote === true || options.out !== undefined;
  const written = new Set<string>();
  const { end, ...progress } = addLine(options.quiet === true);
  try {
    for (const path of glob ? globTargets(folder, targets) : targets) {
      const added = elsewhere
        ? await addFrom(project, path, { folder, waitMs, ...choice(options) })
        : await addData(project, path, { folder, commit, relink, parts: true, waitMs, ...progress });
      for (const file of added.written) written.add(shownPath(project, file));
    }
  } finally {
    end();
  }
  if (options.quiet || written.size === 0 || headOf(folder) === null || openRepository(project).autostage) return;
  print(`\nTo track the changes with git, run:\n\n\tgit add ${[...written].map(shellWord).join(" ")}\n`);
}

function choice({ out, remote, force, toRemote, remoteJobs }: Options): AddFromOptions {
  return {
    ...(out === undefined ? {} : { out }),
    ...(remote === undefined ? {} : { remote }),
    ...(remoteJobs === undefined ? {} : { jobs: remoteJobs }),
    ...(force === true ? { force } : {}),
    ...(toRemote === true ? { toRemote } : {}),
  };
}

// dvc/commands/add.py, CmdAdd.validate_args
function checkOptions(targets: readonly string[], options: Options): void {
  const refuse = (option: string, why: string): never => {
    throw new StemmaError("INVALID_ARGUMENT", `${option} can't be used ${why}`);
  };
  const one = options.toRemote ? "--to-remote" : options.out === undefined ? null : "--out";
  if (one === null) {
    if (options.remote !== undefined) refuse("--remote", "without --to-remote");
    if (options.remoteJobs !== undefined) refuse("--remote-jobs", "without --to-remote");
    return;
  }
  if (targets.length !== 1) refuse("multiple targets", `with ${one}`);
  if (options.glob) refuse("--glob option", `with ${one}`);
  if (!options.commit) refuse("--no-commit option", `with ${one}`);
}
