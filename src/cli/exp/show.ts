import { spawnSync } from "node:child_process";
import { InvalidArgumentError } from "commander";
import { type ShowExperimentsOptions, showExperiments } from "../../pipeline/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcProject, verb } from "../dvc-verb.ts";
import { type ChoiceFlags, choiceOptions, endingWithOne, several } from "./choice.ts";
import { printShownJson } from "./show-json.ts";
import { experimentTable } from "./show-rows.ts";
import { chosenColumns, printBoxed, printCsv, printMarkdown } from "./show-table.ts";

interface Flags extends ChoiceFlags {
  readonly allBranches?: true;
  readonly allTags?: true;
  readonly pager: boolean;
  readonly onlyChanged?: true;
  readonly drop?: readonly string[];
  readonly keep?: readonly string[];
  readonly paramDeps?: true;
  readonly sortBy?: string;
  readonly sortOrder: string;
  readonly sha?: true;
  readonly hideFailed?: true;
  readonly hideQueued?: true;
  readonly hideWorkspace?: true;
  readonly json?: true;
  readonly csv?: true;
  readonly md?: true;
  readonly precision?: number;
}

const defaultDigits = 5;

/** `stemma exp show` */
export const registerShow: Register = (exp, exit) => {
  choiceOptions(verb(exp, "show", "Show experiments with their metrics and params"), "show")
    .option("-a, --all-branches", "those of all branches")
    .option("-T, --all-tags", "those of all tags")
    .option("--no-pager", "without a pager")
    .option("--only-changed", "only columns that differ")
    .option("--drop <regex>", "without columns whose name begins so", several)
    .option("--keep <regex>", "keep columns whose name begins so in any case", several)
    .option("--param-deps", "only params that stages depend on")
    .option("--sort-by <metric/param>", "sort those of a baseline by a column")
    .option("--sort-order <order>", "asc or desc", order, "asc")
    .option("--sha", "commits instead of the names of branches and tags")
    .option("--hide-failed", "without those that failed in the queue")
    .option("--hide-queued", "without those that wait in the queue")
    .option("--hide-workspace", "without the workspace")
    .option("--json", "as JSON")
    .option("--csv", "as CSV")
    .option("--md", "as a Markdown table")
    .option("--precision <n>", "significant digits of metrics and params", wholeNumber(0, 100))
    .option("-f, --force", "read every commit anew; Stemma always does")
    .action((flags: Flags) => endingWithOne("show experiments", exit, () => show(flags)));
};

function order(text: string): string {
  if (text === "asc" || text === "desc") return text;
  throw new InvalidArgumentError("Want asc or desc.");
}

function show(flags: Flags): void {
  const shown = showExperiments(dvcProject(), optionsOf(flags));
  if (flags.json === true) {
    print(`${printShownJson(shown)}\n`);
    return;
  }
  const csv = flags.csv === true;
  const table = experimentTable(shown, {
    digits: csv ? flags.precision || null : flags.precision || defaultDigits,
    fill: csv ? "" : "-",
    iso: csv,
    sort: flags.sortBy === undefined ? null : { by: flags.sortBy, descending: flags.sortOrder === "desc" },
  });
  const columns = chosenColumns(table, {
    merged: !csv,
    onlyChanged: flags.onlyChanged === true,
    keep: flags.keep ?? [],
    drop: flags.drop ?? [],
  });
  if (csv) print(printCsv(columns));
  else if (flags.md === true) print(printMarkdown(columns));
  else paged(printBoxed(columns), flags.pager);
}

function optionsOf(flags: Flags): ShowExperimentsOptions {
  return {
    ...(flags.rev === undefined ? {} : { revs: flags.rev }),
    count: flags.num,
    allBranches: flags.allBranches === true,
    allTags: flags.allTags === true,
    allCommits: flags.allCommits === true,
    hideWorkspace: flags.hideWorkspace === true,
    hideQueued: flags.hideQueued === true,
    hideFailed: flags.hideFailed === true,
    shaOnly: flags.sha === true,
    paramDeps: flags.paramDeps === true,
  };
}

/** A table is wider than most terminals: there it can be moved sideways. */
function paged(text: string, wanted: boolean): void {
  const { isTTY, columns, rows } = process.stdout;
  const lines = text.split("\n");
  const fits = lines.length < rows && lines.every((line) => [...line].length <= columns);
  if (!wanted || !isTTY || fits || !throughPager(text)) print(text);
}

/** false where there is no pager. */
function throughPager(text: string): boolean {
  const [program = "less", ...args] = (process.env["DVC_PAGER"] || process.env["PAGER"] || "less").split(" ");
  const env = { ...process.env, LESS: process.env["LESS"] || "-RSX" };
  return spawnSync(program, args, { input: text, stdio: ["pipe", "inherit", "inherit"], env }).error === undefined;
}
