import { createInterface } from "node:readline";
import { StemmaError } from "../../error.ts";
import { explainIgnore, type IgnoreLine } from "../../version/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";

interface Options extends VerbOptions {
  readonly details?: true;
  readonly all?: true;
  readonly nonMatching?: true;
  readonly stdin?: true;
}

/** `stemma check-ignore` */
export const registerCheckIgnore: Register = (program, exit) => {
  verb(program, "check-ignore", "Say which paths DVC ignores because of .dvcignore")
    .argument("[targets...]", "files and folders")
    .option("-d, --details", "with the line that decides")
    .option("-a, --all", "with every line that has to do with it")
    .option("-n, --non-matching", "paths that no line names, too")
    .option("--stdin", "read the paths from the standard input")
    .action(async (targets: readonly string[], options: Options) => {
      checkOptions(targets, options);
      const paths = options.stdin ? createInterface({ input: process.stdin }) : targets;
      let matched = false;
      for await (const path of paths) {
        if (path === "") break;
        matched = tell(path, options) || matched;
      }
      exit(matched ? 0 : 1);
    });
};

// dvc/commands/check_ignore.py, CmdCheckIgnore._check_args
function checkOptions(targets: readonly string[], options: Options): void {
  const faults: readonly (readonly [boolean, string])[] = [
    [!options.stdin && targets.length === 0, "`targets` or `--stdin` needed"],
    [options.stdin === true && targets.length > 0, "cannot have both `targets` and `--stdin`"],
    [options.nonMatching === true && !options.details, "`--non-matching` is only valid with `--details`"],
    [options.all === true && !options.details, "`--all` is only valid with `--details`"],
    [options.quiet === true && options.details === true, "cannot use both `--details` and `--quiet`"],
  ];
  const fault = faults.find(([wrong]) => wrong);
  if (fault !== undefined) throw new StemmaError("INVALID_ARGUMENT", fault[1]);
}

/** Whether a line has to do with the path. */
function tell(path: string, options: Options): boolean {
  const { ignored, lines } = explainIgnore(dvcProject(), path, process.cwd());
  if (!options.details) {
    if (ignored && !options.quiet) print(`${path}\n`);
    return ignored;
  }
  const shown = lines.length === 0 && options.nonMatching ? ["::"] : lines.map(lineText);
  for (const line of options.all ? shown : shown.slice(-1)) print(`${line}\t${path}\n`);
  return lines.length > 0;
}

function lineText({ file, line, pattern }: IgnoreLine): string {
  return file === null ? `:${pattern}` : `${file}:${line}:${pattern}`;
}
