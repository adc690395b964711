import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { StemmaError } from "../../error.ts";
import type { BaselineChoice } from "../../pipeline/index.ts";
import type { VerbOptions } from "../dvc-verb.ts";

/** By which commits experiments started from they are chosen. */
export interface ChoiceFlags extends VerbOptions {
  readonly allCommits?: true;
  readonly rev?: readonly string[];
  readonly num: number;
}

/** The options that list, show, remove, push and pull share. */
export function choiceOptions(command: Command, verb: string): Command {
  return command
    .option("-A, --all-commits", `${verb} all experiments of the repository`)
    .option("--rev <commit>", `${verb} those that started from this commit`, several)
    .option("-n, --num <num>", `${verb} those of so many commits back, first parents only; negative: all`, integer, 1);
}

/** Reads an option that may be given several times. */
export function several(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

/** Reads a whole number, negative ones too. */
export function integer(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Want a whole number.");
}

export function choiceOf({ allCommits, rev, num }: ChoiceFlags): BaselineChoice {
  if (allCommits === true) return { all: true };
  return { ...(rev === undefined ? {} : { revs: rev }), count: num };
}

/** "'a'", "'a' and 'b'", "'a', 'b' and 'c'" */
export function listed(names: readonly string[], quote = "'"): string {
  const shown = names.map((name) => `${quote}${name}${quote}`);
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}

/** Runs a command that ends with 1 where others of DVC's end with 255, and says so in DVC's words. */
export function endingWithOne(what: string, exit: (code: number) => void, work: () => unknown): Promise<void> {
  return Promise.resolve()
    .then(work)
    .then(
      () => {},
      (error: unknown) => {
        if (!(error instanceof StemmaError) || error.code === "NO_DVC") throw error;
        process.stderr.write(`ERROR: failed to ${what} - ${error.message}\n`);
        exit(1);
      },
    );
}
