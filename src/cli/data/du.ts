import { diskUsage } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { type VerbOptions, verb } from "../dvc-verb.ts";
import { type RepoFlags, repoOptions, settingsOf } from "../remote/index.ts";
import { printable } from "../text.ts";

interface Flags extends VerbOptions, RepoFlags {
  readonly summarize?: true;
  readonly rev?: string;
}

/** `stemma du` */
export const registerDu: Register = (program) => {
  repoOptions(verb(program, "du", "Show what files and data take, data that is recorded and not here too"))
    .argument("<url>", "git repository: a path or an address")
    .argument("[path]", "a folder in it", "")
    .option("-s, --summarize", "only the sum")
    .option("--rev <commit>", "branch, tag or commit")
    .action(async (...given: readonly [url: string, path: string, flags: Flags]) => {
      const [url, path, flags] = given;
      const { rev, remote, summarize } = flags;
      const from = { url, path: path.replace(/\/+$/, "").replace(/^\.$/, "") };
      const usage = await diskUsage(from, {
        folder: process.cwd(),
        summarize: summarize === true,
        ...(rev === undefined ? {} : { rev }),
        ...(remote === undefined ? {} : { remote }),
        ...settingsOf(flags),
      });
      const sizes = usage.map(({ bytes }) => sizeText(bytes));
      const width = Math.max(...sizes.map((text) => text.length));
      print(usage.map((row, i) => `${(sizes[i] ?? "").padEnd(width)}  ${printable(row.path)}`.trimEnd()).join("\n"));
      print("\n");
    });
};

// tqdm's format_sizeof, as DVC prints sizes
function sizeText(bytes: number): string {
  if (bytes < 1024) return String(bytes);
  let size = bytes;
  for (const unit of ["", "k", "M", "G", "T", "P"]) {
    if (size < 999.5) return `${size.toFixed(size < 9.995 ? 2 : size < 99.95 ? 1 : 0)}${unit}`;
    size /= 1024;
  }
  return `${size.toFixed(1)}E`;
}
