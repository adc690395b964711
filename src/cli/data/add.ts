import { copyFileSync, cpSync, existsSync, lstatSync, mkdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { StemmaError } from "../../error.ts";
import { headOf } from "../../git/index.ts";
import { findProject } from "../../store/index.ts";
import { addData, globTargets, openRepository } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { shellWord, shownPath, type VerbOptions, verb, waitOf } from "../dvc-verb.ts";

interface Options extends VerbOptions {
  readonly commit: boolean;
  readonly glob?: true;
  readonly out?: string;
  readonly toRemote?: true;
  readonly remote?: string;
  readonly remoteJobs?: string;
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
    .option("--remote-jobs <number>", "how many files at once, with --to-remote")
    .option("-f, --force", "replace what --out names")
    .option("--no-relink", "leave the files as they are where the cache is set to links")
    .action((targets: readonly string[], options: Options) => add(targets, options, waitOf(command)));
};

async function add(targets: readonly string[], options: Options, waitMs: number): Promise<void> {
  checkOptions(targets, options);
  const folder = process.cwd();
  const project = findProject(folder);
  const paths = options.glob
    ? globTargets(folder, targets)
    : options.out === undefined
      ? targets
      : [brought(targets[0] ?? "", options)];
  const written = new Set<string>();
  for (const path of paths) {
    const added = await addData(project, path, {
      folder,
      commit: options.commit,
      relink: options.relink,
      parts: true,
      waitMs,
    });
    for (const file of added.written) written.add(shownPath(project, file));
  }
  if (options.quiet || written.size === 0 || headOf(folder) === null || openRepository(project).autostage) return;
  print(`\nTo track the changes with git, run:\n\n\tgit add ${[...written].map(shellWord).join(" ")}\n`);
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
  if (options.toRemote) {
    throw new StemmaError(
      "NOT_YET",
      "--to-remote is not there yet. Add the data, push it, then clear the cache: stemma add, push, gc.",
    );
  }
}

/** Copies the data to where `--out` says; into a folder under its own name. */
function brought(source: string, { out = "", force }: Options): string {
  const from = resolve(source);
  if (/^[a-z0-9]+:\/\//i.test(source)) {
    throw new StemmaError("NOT_YET", `Data at a URL is imported, with its source: stemma import-url ${source} ${out}`);
  }
  if (!existsSync(from)) throw new StemmaError("MISSING_DATA", `There is no ${source}.`);
  const into = out.endsWith("/") || statSync(resolve(out), { throwIfNoEntry: false })?.isDirectory() === true;
  const to = into ? join(resolve(out), basename(from)) : resolve(out);
  if (lstatSync(to, { throwIfNoEntry: false }) !== undefined) {
    if (!force) throw new StemmaError("EXISTS", `The path '${out}' exists. Use -f to replace it.`);
    rmSync(to, { recursive: true });
  }
  mkdirSync(dirname(to), { recursive: true });
  if (statSync(from).isDirectory()) cpSync(from, to, { recursive: true, dereference: true });
  else copyFileSync(from, to);
  return to;
}
