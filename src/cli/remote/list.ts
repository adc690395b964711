import { type ListedFile, listRepo, listUrl, repositoryAround } from "../../version/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcFolderAround, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { pairs, type RepoFlags, repoOptions, settingsOf } from "./import.ts";

interface ListFlags extends VerbOptions, RepoFlags {
  readonly recursive?: true;
  readonly tree?: true;
  readonly level?: number;
  readonly dvcOnly?: true;
  readonly json?: true;
  readonly rev?: string;
  readonly size?: true;
  readonly showHash?: true;
  readonly fsConfig?: readonly string[];
}

/** `stemma list` */
export const registerList: Register = (program) => {
  repoOptions(verb(program, "list", "List what a git repository keeps, by DVC and by git"))
    .alias("ls")
    .argument("<url>", "git repository: a path or an address")
    .argument("[path]", "folder in it")
    .option("-R, --recursive", "all files below it")
    .option("-T, --tree", "as a tree")
    .option("-L, --level <depth>", "how deep", wholeNumber(1, 10_000))
    .option("--dvc-only", "only what DVC keeps")
    .option("--json", "as dvc list --json")
    .option("--rev <commit>", "branch, tag or commit")
    .option("--size", "with sizes")
    .option("--show-hash", "with digests")
    .action(async (...given: readonly [url: string, path: string | undefined, flags: ListFlags]) => {
      const [url, path = "", flags] = given;
      const files = await listRepo(
        { url, path },
        {
          ...depthOf(flags),
          ...(flags.dvcOnly === true ? { dvcOnly: true } : {}),
          ...(flags.rev === undefined ? {} : { rev: flags.rev }),
          ...(flags.remote === undefined ? {} : { remote: flags.remote }),
          ...settingsOf(flags),
        },
      );
      if (flags.json === true) print(`${JSON.stringify(files.map(answer))}\n`);
      else print(flags.tree === true ? tree(files, path || ".", flags) : table(files, flags));
    });
};

/** `stemma list-url` */
export const registerListUrl: Register = (program) => {
  verb(program, "list-url", "List the files and folders at a URL")
    .alias("ls-url")
    .argument("<url>", "s3://, ssh://, remote://name/path, or a path")
    .option("-R, --recursive", "all files below it")
    .option("-T, --tree", "as a tree")
    .option("-L, --level <depth>", "how deep", wholeNumber(1, 10_000))
    .option("--size", "with sizes")
    .option("--fs-config <name=value...>", "options of the place, as a remote's")
    .action(async (url: string, flags: ListFlags) => {
      const repository = repositoryAround(dvcFolderAround(process.cwd()));
      const files = await listUrl(repository, url, { ...depthOf(flags), config: pairs(flags.fsConfig ?? []) });
      print(flags.tree === true ? tree(files, url, flags) : table(files, flags));
    });
};

function depthOf(flags: ListFlags) {
  const recursive = flags.recursive === true || flags.tree === true;
  return { folder: process.cwd(), recursive, ...(flags.level === undefined ? {} : { depth: flags.level }) };
}

// dvc/repo/ls.py, _adapt_info
function answer({ isout, isdir, isexec, size, md5, path }: ListedFile): ListedFile {
  return { isout, isdir, isexec, size, md5, path };
}

type Row = readonly string[];

function table(files: readonly ListedFile[], flags: ListFlags): string {
  return aligned(
    files.map((file) => [...facts(file, flags), printable(file.path)]),
    flags,
  );
}

function facts(file: ListedFile, flags: ListFlags): Row {
  const size = file.size === null || (file.size <= 0 && file.isdir) ? "" : sizeText(file.size);
  return [...(flags.size === true ? [size] : []), ...(flags.showHash === true ? [file.md5 ?? "-"] : [])];
}

function aligned(rows: readonly Row[], flags: ListFlags): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: Row): string =>
    row
      .map((cell, i) => {
        if (i === row.length - 1) return cell;
        return flags.size === true && i === 0 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0);
      })
      .join("  ");
  return rows.map((row) => `${line(row)}\n`).join("");
}

// dvc/utils/humanize.py, naturalsize; tqdm's three digits
function sizeText(bytes: number): string {
  let value = bytes;
  for (const unit of ["", "k", "M", "G", "T", "P", "E", "Z"]) {
    if (value < 999.5) {
      if (unit === "") return String(bytes);
      return `${value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0)}${unit}`;
    }
    value /= 1024;
  }
  return `${value.toFixed(1)}Y`;
}

interface Branch {
  readonly file: ListedFile | null;
  readonly below: Map<string, Branch>;
}

function tree(files: readonly ListedFile[], root: string, flags: ListFlags): string {
  const top: Branch = { file: null, below: new Map() };
  for (const file of files) {
    let at = top;
    for (const part of file.path.split("/")) {
      const next: Branch = at.below.get(part) ?? { file: null, below: new Map() };
      at.below.set(part, next);
      at = next;
    }
    if (at !== top) Object.assign(at, { file });
  }
  const rows: Row[] = [[...blank(flags), printable(root)]];
  draw(top, { rows, flags, prefix: "" });
  return aligned(rows, flags);
}

function blank(flags: ListFlags): Row {
  return [...(flags.size === true ? [""] : []), ...(flags.showHash === true ? ["-"] : [])];
}

function draw(
  branch: Branch,
  { rows, flags, prefix }: { readonly rows: Row[]; readonly flags: ListFlags; readonly prefix: string },
): void {
  const names = [...branch.below.keys()].toSorted();
  names.forEach((name, i) => {
    const next = branch.below.get(name);
    const last = i === names.length - 1;
    const own = next?.file === undefined || next.file === null ? blank(flags) : facts(next.file, flags);
    rows.push([...own, `${prefix}${last ? "└── " : "├── "}${printable(name)}`]);
    if (next !== undefined) draw(next, { rows, flags, prefix: prefix + (last ? "    " : "│   ") });
  });
}
