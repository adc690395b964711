import { sep } from "node:path";
import { type DataDiff, type DiffEntry, diffData } from "../../version/index.ts";
import { print, printJson, type Register } from "../command.ts";
import { dvcProject, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { printGrid } from "./grid.ts";

interface Options {
  readonly targets?: readonly string[];
  readonly json?: true;
  readonly showHash?: true;
  readonly md?: true;
  readonly hideMissing?: true;
}

/** `stemma diff` */
export const registerDiff: Register = (program) => {
  verb(program, "diff", "Show data that was added, changed or deleted between commits, or a commit and the folder")
    .argument("[a_rev]", "the older commit", "HEAD")
    .argument("[b_rev]", "the newer commit; the folder as it is now without it")
    .option("--targets <paths...>", "only these files and folders")
    .option("--json", "as JSON")
    .option("--show-hash", "with the digest of each entry")
    .option("--md", "as a Markdown table")
    .option("--hide-missing", "without what is not in the cache")
    .action(diff);
};

type State = keyof DataDiff;
type Shown = Readonly<Record<string, readonly DiffEntry[]>>;

async function diff(from: string, to: string | undefined, options: Options): Promise<void> {
  const project = dvcProject();
  const { targets = [] } = options;
  const found = await diffData(project, { from, to: to ?? null }, { targets, folder: process.cwd() });
  const hideMissing = options.hideMissing === true || to !== undefined;
  const states: readonly State[] = ["added", "deleted", "modified", "renamed", "not in cache"];
  const shown: Shown =
    found === null
      ? {}
      : Object.fromEntries(
          states.filter((state) => !(hideMissing && state === "not in cache")).map((state) => [state, found[state]]),
        );
  const withHash = options.showHash === true;
  if (options.json) printJson(withHash ? shown : withoutHashes(shown));
  else if (options.md) print(markdown(shown, withHash));
  else if (found !== null) print(text(shown, withHash));
}

function withoutHashes(shown: Shown): unknown {
  return Object.fromEntries(
    Object.entries(shown).map(([state, entries]) => [state, entries.map(({ path }) => ({ path }))]),
  );
}

const order = ["added", "deleted", "renamed", "modified", "not in cache"];

function pathText({ path }: DiffEntry): string {
  return typeof path === "string" ? path : `${path.old} -> ${path.new}`;
}

function digest({ hash }: DiffEntry): string {
  if (hash === null) return "";
  return typeof hash === "string" ? hash.slice(0, 8) : `${hash.old.slice(0, 8)}..${hash.new.slice(0, 8)}`;
}

// dvc/commands/diff.py, CmdDiff._show_diff
function text(shown: Shown, withHash: boolean): string {
  const groups = order.map((state) => ({ state, entries: shown[state] ?? [] }));
  const lists = groups
    .filter(({ entries }) => entries.length > 0)
    .map(({ state, entries }) => {
      const lines = entries.map(
        (entry) => `    ${withHash && entry.hash !== null ? `${digest(entry)}  ` : ""}${printable(pathText(entry))}\n`,
      );
      return `${state.slice(0, 1).toUpperCase()}${state.slice(1)}:\n${lines.join("")}\n`;
    });
  const counts = groups
    .map(({ state, entries }) => ({ state, count: entries.filter((entry) => !pathText(entry).endsWith(sep)).length }))
    .filter(({ count }) => count > 0)
    .map(({ state, count }) => `${count} ${state}`);
  return lists.join("") + (counts.length === 0 ? "" : `files summary: ${counts.join(", ")}\n`);
}

function markdown(shown: Shown, withHash: boolean): string {
  const rows = order.flatMap((state) =>
    (shown[state] ?? []).map((entry) => [state, ...(withHash ? [digest(entry)] : []), pathText(entry)]),
  );
  return printGrid(["Status", ...(withHash ? ["Hash"] : []), "Path"], rows);
}
