import { relative, resolve, sep } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { StemmaError } from "../../error.ts";
import type { Project } from "../../store/index.ts";
import {
  allOuts,
  type ImportedData,
  type ImportRepoOptions,
  importRepo,
  importUrl,
  openRepository,
  type RepoSettings,
  readDvcIgnore,
  updateImport,
} from "../../version/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcProject, shellWord, shownPath, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";

interface ImportFlags extends VerbOptions {
  readonly out?: string;
  readonly force?: true;
  readonly exec: boolean;
  readonly download: boolean;
  readonly toRemote?: true;
  readonly remote?: string;
  readonly rev?: string;
  readonly fsConfig?: readonly string[];
  readonly config?: string;
  readonly remoteConfig?: readonly string[];
  readonly jobs?: number;
  readonly versionAware?: true;
}

/** `stemma import` */
export const registerImport: Register = (program) => {
  shared(verb(program, "import", "Download a file or folder that a git repository keeps, and track it"))
    .argument("<url>", "git repository: a path or an address")
    .argument("<path>", "file or folder in it")
    .option("-o, --out <path>", "where the data goes")
    .option("--rev <commit>", "branch, tag or commit")
    .option("--remote <name>", "remote of that repository")
    .option("--config <file>", "a configuration over that repository's own")
    .option("--remote-config <name=value...>", "options of that repository's remote")
    .action(async (url: string, path: string, flags: ImportFlags) => {
      const project = dvcProject();
      tellStart(flags, `${path} (${url})`, flags.out ?? path);
      const imported = await importRepo(
        project,
        { url, path },
        {
          ...common(flags),
          ...(flags.rev === undefined ? {} : { rev: flags.rev }),
          ...repoSettings(flags),
        },
      );
      tellGit(project, imported, flags);
    });
};

/** `stemma import-url` */
export const registerImportUrl: Register = (program) => {
  shared(verb(program, "import-url", "Download or copy a file or folder from a URL, and track it"))
    .argument("<url>", "s3://, ssh://, https://, remote://name/path, or a path")
    .argument("[out]", "where the data goes")
    .option("--to-remote", "straight to the remote, without a copy here")
    .option("-r, --remote <name>", "the remote for --to-remote")
    .option("--version-aware", "use the versions of a cloud's storage")
    .option("--fs-config <name=value...>", "options of the place, as a remote's")
    .action(async (...given: readonly [url: string, out: string | undefined, flags: ImportFlags]) => {
      const [url, out, flags] = given;
      const project = dvcProject();
      if (flags.versionAware === true) {
        throw new StemmaError("ARGUMENT", "--version-aware is not supported: use dvc itself for cloud-versioned data.");
      }
      if (flags.toRemote !== true && flags.remote !== undefined) {
        throw new StemmaError("ARGUMENT", "--remote can't be used without --to-remote");
      }
      if (flags.toRemote === true && !(flags.exec && flags.download)) {
        throw new StemmaError("ARGUMENT", "--no-exec/--no-download cannot be combined with --to-remote");
      }
      if (flags.toRemote !== true) tellStart(flags, url, out ?? url);
      const imported = await importUrl(project, url, {
        ...common(flags),
        ...(out === undefined ? {} : { out }),
        ...(flags.remote === undefined ? {} : { remote: flags.remote }),
        config: pairs(flags.fsConfig ?? []),
      });
      tellGit(project, imported, flags);
    });
};

function shared(command: Command): Command {
  return command
    .option("-f, --force", "replace what stands at the place")
    .option("--no-exec", "only write down where the data comes from")
    .option("--no-download", "write down what the source holds, download nothing")
    .option("-j, --jobs <number>", "transfers at once", wholeNumber(1, 10_000));
}

/** What is said about the remote of another repository, as `get`, `list` and `du` take it. */
export function settingsOf(flags: RepoFlags): { readonly settings?: RepoSettings } {
  const { repoConfig = null, repoRemote = null } = repoSettings(flags);
  return repoConfig === null && (repoRemote === null || typeof repoRemote === "string")
    ? {}
    : { settings: { config: repoConfig, remote: repoRemote } };
}

/** The options about the remote of another repository. */
export interface RepoFlags {
  readonly config?: string;
  readonly remote?: string;
  readonly remoteConfig?: readonly string[];
}

export function repoOptions(command: Command): Command {
  return command
    .option("--remote <name>", "remote of that repository")
    .option("--config <file>", "a configuration over that repository's own")
    .option("--remote-config <name=value...>", "options of that repository's remote");
}

// dvc/repo/imp.py
function repoSettings({
  config,
  remote,
  remoteConfig,
}: RepoFlags): Pick<ImportRepoOptions, "repoRemote" | "repoConfig"> {
  if (remoteConfig === undefined) {
    return {
      ...(config === undefined ? {} : { repoConfig: config }),
      ...(remote === undefined ? {} : { repoRemote: remote }),
    };
  }
  const options = pairs(remoteConfig);
  if (remote === undefined) return { ...(config === undefined ? {} : { repoConfig: config }), repoRemote: options };
  if (config !== undefined) {
    throw new StemmaError("ARGUMENT", "--config can't be used together with both --remote and --remote-config");
  }
  const section = new Map([[remote, options]]);
  return { repoConfig: { core: { remote }, remote: section } };
}

/** `name=value` words. */
export function pairs(words: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    words.map((word) => {
      const equals = word.indexOf("=");
      if (equals < 1) throw new InvalidArgumentError(`Want name=value, got ${word}.`);
      return [word.slice(0, equals), word.slice(equals + 1)];
    }),
  );
}

function common(flags: ImportFlags) {
  const only = flags.toRemote === true ? "remote" : flags.exec ? (flags.download ? null : "look") : "record";
  return {
    folder: process.cwd(),
    ...(only === null ? {} : { only: only as "record" | "look" | "remote" }),
    ...(flags.force === true ? { force: true } : {}),
    ...(flags.out === undefined ? {} : { out: flags.out }),
    ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
  };
}

function tellStart(flags: ImportFlags, from: string, to: string): void {
  if (flags.quiet === true || !flags.exec) return;
  const name =
    to
      .replace(/[\\/]+$/, "")
      .split("/")
      .at(-1) ?? to;
  print(`Importing '${printable(from)}' -> '${printable(flags.out ?? name)}'\n`);
}

function tellGit(project: Project, { written }: ImportedData, { quiet }: VerbOptions): void {
  const repository = openRepository(project);
  if (quiet === true || repository.gitRoot === null || repository.autostage) return;
  const paths = written.map((path) => shellWord(shownPath(project, path))).join(" ");
  print(
    `\nTo track the changes with git, run:\n\n\tgit add ${paths}\n\nTo enable auto staging, run:\n\n\tstemma config core.autostage true\n`,
  );
}

interface UpdateFlags extends VerbOptions {
  readonly jobs?: number;
  readonly rev?: string;
  readonly recursive?: true;
  readonly download: boolean;
  readonly toRemote?: true;
  readonly remote?: string;
}

/** `stemma update` */
export const registerUpdate: Register = (program) => {
  verb(program, "update", "Bring imported data up to what its source holds now")
    .argument("<targets...>", ".dvc files of imports")
    .option("--rev <commit>", "another revision of the repository from now on")
    .option("-R, --recursive", "all imports below the folders that are named")
    .option("--no-download", "write down what the source holds, download nothing")
    .option("--to-remote", "straight to the remote")
    .option("-r, --remote <name>", "the remote for --to-remote")
    .option("-j, --jobs <number>", "transfers at once", wholeNumber(1, 10_000))
    .action(update);
};

async function update(targets: readonly string[], flags: UpdateFlags): Promise<void> {
  const project = dvcProject();
  const folder = process.cwd();
  for (const target of flags.recursive === true ? importsBelow(project, targets) : targets) {
    const only = flags.toRemote === true ? "remote" : flags.download ? null : "look";
    const { changed, dvcFile } = await updateImport(project, target, {
      folder,
      ...(only === null ? {} : { only: only as "look" | "remote" }),
      ...(flags.rev === undefined ? {} : { rev: flags.rev }),
      ...(flags.remote === undefined ? {} : { remote: flags.remote }),
      ...(flags.jobs === undefined ? {} : { jobs: flags.jobs }),
    });
    if (flags.quiet !== true && !changed)
      print(`'${printable(shownPath(project, dvcFile))}' didn't change, skipping\n`);
  }
}

function importsBelow(project: Project, folders: readonly string[]): readonly string[] {
  const inside = folders.map((folder) => relative(project.root, resolve(folder)));
  return allOuts(project, readDvcIgnore(project.root))
    .filter(({ file, dvcFile }) => {
      const path = relative(project.root, dvcFile);
      return file.imported && inside.some((folder) => folder === "" || path.startsWith(folder + sep));
    })
    .map(({ dvcFile }) => dvcFile);
}
