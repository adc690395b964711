import { Option } from "commander";
import { unrecordedOuts } from "../../pipeline/index.ts";
import { type DataStateReport, dataState } from "../../version/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { dvcProject, shownPath, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";

interface Options {
  readonly json?: true;
  readonly granular?: true;
  readonly unchanged?: true;
  readonly notInRemote?: true;
  readonly remote?: string;
  readonly untrackedFiles: "no" | "all" | true;
}

/** `stemma data status` */
export const registerDataStatus: Register = (program) => {
  const data = program.command("data").description("Commands about versioned data");
  verb(data, "status", "Show how data differs between the last commit, its .dvc files and the folder")
    .argument("[targets...]", "data, and files of versioned folders; everything without any")
    .option("--json", "as JSON")
    .option("--granular", "file by file, also in folders")
    .option("--unchanged", "what did not change, too")
    .option("--not-in-remote", "what the remote does not have, too")
    .option("--no-remote-refresh", "as without: the remote is always asked, nothing is remembered of it")
    .option("-r, --remote <name>", "the remote, with --not-in-remote")
    .addOption(
      new Option("--untracked-files [mode]", "what git does not track, too")
        .choices(["no", "all"])
        .preset("all")
        .default("no"),
    )
    .action(status);
};

async function status(targets: readonly string[], options: Options): Promise<void> {
  const project = dvcProject();
  const untracked = options.untrackedFiles !== "no";
  const granular = options.granular === true;
  const state = await dataState(project, {
    ...{ targets, folder: process.cwd(), granular, untracked, unrecorded: unrecordedOuts(project) },
    ...(options.notInRemote === true ? { notInRemote: true } : {}),
    ...(options.remote === undefined ? {} : { remote: options.remote }),
  });
  const { git, untracked: found, unchanged, ...changes } = state;
  const shown = {
    ...changes,
    ...(untracked ? { untracked: found.map((path) => shownPath(project, path)) } : {}),
    ...(options.unchanged ? { unchanged } : {}),
  };
  if (options.json) printJson(compact(shown));
  else print(text(shown, git));
}

function compact(shown: object): object {
  return Object.fromEntries(
    Object.entries(shown).filter(([, value]) => (Array.isArray(value) ? value.length : Object.keys(value).length) > 0),
  );
}

/** In DVC's order and words (dvc/commands/data.py). */
const labels: Readonly<Record<string, string>> = {
  not_in_cache: 'Not in cache:\n  (use "dvc fetch <file>..." to download files)',
  not_in_remote: 'Not in remote:\n  (use "dvc push <file>..." to upload files)',
  committed: "DVC committed changes:\n  (git commit the corresponding dvc files to update the repo)",
  uncommitted:
    'DVC uncommitted changes:\n  (use "dvc commit <file>..." to track changes)\n  (use "dvc checkout <file>..." to discard changes)',
  untracked: 'Untracked files:\n  (use "git add <file> ..." or "dvc add <file>..." to commit to git or to dvc)',
  unchanged: "DVC unchanged files:",
};

function text(shown: object, git: DataStateReport["git"]): string {
  const groups = Object.entries(compact(shown)).map(
    ([name, value]) => `${(labels[name] ?? name).replaceAll("dvc ", ours)}\n${lines(value).join("")}`,
  );
  const none = groups.length === 0 ? `No changes${git?.is_empty === true ? " in an empty git repo" : ""}.\n` : "";
  const other = groups.length > 0 ? "other " : "";
  const hint =
    git?.is_dirty === true ? `(there are ${other}changes not tracked by dvc, use "git status" to see)\n` : "";
  return none + groups.join("\n") + hint;
}

// The hints name commands that a user types: "stemma commit", not "dvc commit"; "dvc files" stays.
function ours(match: string, at: number, whole: string): string {
  return /^dvc (?:fetch|push|commit|checkout|add) /.test(whole.slice(at)) ? "stemma " : match;
}

function lines(value: unknown): readonly string[] {
  const items = Array.isArray(value)
    ? value.map(String)
    : Object.entries(value as object).flatMap(([state, changes]: readonly [string, readonly unknown[]]) =>
        changes.map((change) => `${state}: ${typeof change === "string" ? change : renaming(change)}`),
      );
  return items.map((item) => `        ${printable(item)}\n`);
}

function renaming(change: unknown): string {
  return Object.values(change as object).join(" -> ");
}
