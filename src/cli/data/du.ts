import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { StemmaError } from "../../error.ts";
import { diskUsage } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";

/** `stemma du` */
export const registerDu: Register = (program) => {
  verb(program, "du", "Show what files and data take, data that is recorded and not here too")
    .argument("<url>", "the folder of a repository")
    .argument("[path]", "a folder in it", "")
    .option("-s, --summarize", "only the sum")
    .action((url: string, path: string, { summarize }: { readonly summarize?: true }) => {
      if (!existsSync(url)) throw new StemmaError("MISSING_DATA", `There is no repository at ${url}; clone it first.`);
      const usage = diskUsage(dvcProject(resolve(url)), path.replace(/\/$/, ""), { summarize: summarize === true });
      const sizes = usage.map(({ bytes }) => sizeText(bytes));
      const width = Math.max(...sizes.map((text) => text.length));
      print(usage.map((row, i) => `${(sizes[i] ?? "").padStart(width)}  ${printable(row.path)}`.trimEnd()).join("\n"));
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
