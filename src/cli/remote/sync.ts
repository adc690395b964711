import type { Project } from "../../store/index.ts";
import {
  CheckoutError,
  type CheckoutReport,
  checkoutOuts,
  defaultRemote,
  fetchData,
  openRepository,
  pushData,
  type Transfer,
  TransferError,
  UnsavedChangesError,
} from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, shownPath, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { transferLine } from "./progress.ts";
import { type SyncFlags, syncChoice, syncOptions } from "./sync-options.ts";

interface FetchFlags extends SyncFlags {
  readonly maxSize?: number;
  readonly type?: readonly string[];
}

interface PullFlags extends SyncFlags {
  readonly force?: true;
  readonly allowMissing?: true;
}

/** `stemma push`, `fetch` and `pull`: DVC's options, texts and exit codes. */
export const registerSync: Register = (program, exit) => {
  syncOptions(verb(program, "push", "Upload tracked files or directories to remote storage"), "push to")
    .option("--run-cache", "also the run history of stages")
    .option("--no-run-cache", "without it")
    .option("--glob", "targets are patterns of the shell")
    .action(async (targets: readonly string[], flags: SyncFlags) => exit(await push(targets, flags)));
  syncOptions(verb(program, "fetch", "Download files or directories from remote storage to the cache"), "fetch from")
    .option("--run-cache", "also the run history of stages")
    .option("--no-run-cache", "without it")
    .option("--max-size <bytes>", "only data of at most so many bytes", Number)
    .option("--type <type...>", "only metrics or plots")
    .action(async (targets: readonly string[], flags: FetchFlags) => exit(await fetch(targets, flags)));
  syncOptions(verb(program, "pull", "Download tracked files or directories from remote storage"), "pull from")
    .option("-f, --force", "overwrite content that is in no version")
    .option("--run-cache", "also the run history of stages")
    .option("--no-run-cache", "without it")
    .option("--glob", "targets are patterns of the shell")
    .option("--allow-missing", "what is missing is no error")
    .action(async (targets: readonly string[], flags: PullFlags) => exit(await pull(targets, flags)));
};

async function push(targets: readonly string[], flags: SyncFlags): Promise<number> {
  const project = dvcProject();
  const { transfer, failed } = await moved(project, flags, (onProgress) =>
    pushData(project, { ...syncChoice(targets, flags), ...onProgress }),
  );
  if (failed) return 1;
  say(flags, summary([[transfer.files, "pushed"]]));
  return 0;
}

async function fetch(targets: readonly string[], flags: FetchFlags): Promise<number> {
  const project = dvcProject();
  const limit = flags.maxSize === undefined ? {} : { maxBytes: flags.maxSize };
  const kinds = flags.type === undefined ? {} : { kinds: flags.type };
  const { transfer, failed } = await moved(project, flags, (onProgress) =>
    fetchData(project, { ...syncChoice(targets, flags), ...limit, ...kinds, ...onProgress }),
  );
  if (failed) return 1;
  say(flags, summary([[transfer.files, "fetched"]]));
  return 0;
}

async function pull(targets: readonly string[], flags: PullFlags): Promise<number> {
  const project = dvcProject();
  const { transfer, failed } = await moved(project, flags, (onProgress) =>
    fetchData(project, { ...syncChoice(targets, flags), ...onProgress }),
  );
  if (failed) return 1;
  try {
    const report = await checkoutOuts(project, {
      ...syncChoice(targets, flags),
      force: flags.force === true,
      allowMissing: flags.allowMissing === true,
    });
    told(project, flags, { transfer, report });
    return 0;
  } catch (error) {
    if (error instanceof CheckoutError) told(project, flags, { transfer, report: error.report });
    else if (!(error instanceof UnsavedChangesError)) throw error;
    process.stderr.write(`ERROR: failed to pull data from the cloud - ${error.message}\n`);
    return 1;
  }
}

interface Moved {
  readonly transfer: Transfer;
  readonly failed: boolean;
}

type OnProgress = Pick<ReturnType<typeof transferLine>, "onProgress">;

/** Carries a transfer out, with its progress; what did not get through is named. */
async function moved(
  project: Project,
  flags: SyncFlags,
  work: (onProgress: OnProgress) => Promise<Transfer>,
): Promise<Moved> {
  const { end, ...onProgress } = transferLine(flags.quiet === true);
  try {
    const transfer = await work(onProgress);
    end();
    tellMissing(project, transfer);
    if (flags.remote === undefined && defaultRemote(openRepository(project)) === null) {
      process.stderr.write("WARNING: No remote provided and no default remote set.\n");
    }
    return { transfer, failed: false };
  } catch (error) {
    end();
    if (!(error instanceof TransferError)) throw error;
    tellMissing(project, error.transfer);
    for (const { path, message } of error.transfer.failed) {
      process.stderr.write(`ERROR: ${printable(shownPath(project, path))}: ${printable(message)}\n`);
    }
    process.stderr.write(`ERROR: ${printable(error.message)}\n`);
    return { transfer: error.transfer, failed: true };
  }
}

function tellMissing(project: Project, { missing }: Transfer): void {
  if (missing.length === 0) return;
  const names = missing.map((path) => printable(shownPath(project, path))).join("\n");
  process.stderr.write(
    `WARNING: Some of the cache files do not exist neither locally nor on remote. Missing cache files:\n${names}\n`,
  );
}

interface Pulled {
  readonly transfer: Transfer;
  readonly report: CheckoutReport;
}

function told(project: Project, flags: SyncFlags, { transfer, report }: Pulled): void {
  const lines = (letter: string, paths: readonly string[]): readonly string[] =>
    paths.map((path) => {
      const slash = path.endsWith("/") ? "/" : "";
      return `${letter.padEnd(8)}${printable(shownPath(project, path))}${slash}\n`;
    });
  const { modified, added, deleted } = report.stats;
  const text = [...lines("M", report.modified), ...lines("A", report.added), ...lines("D", report.deleted)].join("");
  say(flags, text);
  say(
    flags,
    summary([
      [transfer.files, "fetched"],
      [modified, "modified"],
      [added, "added"],
      [deleted, "deleted"],
    ]),
  );
}

function say({ quiet }: SyncFlags, text: string): void {
  if (quiet !== true) print(text);
}

// dvc/utils/humanize.py, get_summary
function summary(counts: readonly (readonly [number, string])[]): string {
  const words = counts
    .filter(([files]) => files > 0)
    .map(([files, what]) => `${files} file${files === 1 ? "" : "s"} ${what}`);
  if (words.length === 0) return "Everything is up to date.\n";
  const last = words.at(-1) ?? "";
  return `${words.length === 1 ? last : `${words.slice(0, -1).join(", ")} and ${last}`}\n`;
}
