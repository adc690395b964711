import { StemmaError } from "../../error.ts";
import { CheckoutError, type CheckoutReport, checkoutOuts, UnsavedChangesError } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, shownPath, type VerbOptions, verb, waitOf } from "../dvc-verb.ts";
import { printable } from "../text.ts";

interface Options extends VerbOptions {
  readonly summary?: true;
  readonly force?: true;
  readonly relink?: true;
  readonly allowMissing?: true;
}

/** `stemma checkout` */
export const registerCheckout: Register = (program) => {
  const command = verb(program, "checkout", "Restore data from the cache, as dvc checkout does")
    .argument("[targets...]", "data, .dvc files and stages; everything without any")
    .option("--summary", "only say how many files")
    .option("-d, --with-deps", "what a stage needs, too")
    .option("-R, --recursive", "folders stand for all that is recorded in them")
    .option("-f, --force", "overwrite content that is in no version")
    .option("--relink", "bring every file anew, by the links that the cache is set to")
    .option("--allow-missing", "what is not in the cache is no error")
    .action((targets: readonly string[], options: Options) => checkout(targets, options, waitOf(command)));
};

async function checkout(targets: readonly string[], options: Options, waitMs: number): Promise<void> {
  const project = dvcProject();
  const { quiet, summary, ...wanted } = options;
  const tell = (report: CheckoutReport): void => {
    if (quiet) return;
    if (summary) print(summaryOf(report.stats));
    else print(changesOf(report, (path) => shownPath(project, path)));
  };
  try {
    tell(await checkoutOuts(project, { ...wanted, targets, folder: process.cwd(), waitMs }));
  } catch (thrown) {
    if (thrown instanceof CheckoutError) tell(thrown.report);
    throw thrown instanceof UnsavedChangesError ? unsaved(thrown, (path) => shownPath(project, path)) : thrown;
  }
  if (options.relink && !quiet) print("Relinked successfully\n");
}

function summaryOf(stats: CheckoutReport["stats"]): string {
  const parts = Object.entries(stats)
    .filter(([, count]) => count > 0)
    .map(([kind, count]) => `${count} file${count === 1 ? "" : "s"} ${kind}`);
  if (parts.length === 0) return "No changes.\n";
  const last = parts.at(-1) ?? "";
  return `${parts.length === 1 ? last : `${parts.slice(0, -1).join(", ")} and ${last}`}\n`;
}

function changesOf(report: CheckoutReport, shown: (path: string) => string): string {
  const lines = (letter: string, paths: readonly string[]): string =>
    paths.map((path) => `${letter}       ${printable(shown(path))}${path.endsWith("/") ? "/" : ""}\n`).join("");
  return lines("M", report.modified) + lines("A", report.added) + lines("D", report.deleted);
}

function unsaved(error: UnsavedChangesError, shown: (path: string) => string): StemmaError {
  const paths = error.paths.map(shown);
  const more = paths.length > 1 ? ` and ${paths.length - 1} more` : "";
  return new StemmaError(
    error.code,
    `${paths[0]}${more} would be overwritten, and its content is in no version. Keep it with stemma add, or drop it with --force.`,
    { cause: error },
  );
}
