import type { Command } from "commander";
import { type Exchanged, type ExchangeOptions, pullExperiments, pushExperiments } from "../../pipeline/index.ts";
import { TransferError } from "../../version/index.ts";
import { count, print, type Register, wholeNumber } from "../command.ts";
import { dvcProject, verb } from "../dvc-verb.ts";
import { transferLine } from "../remote/index.ts";
import { printable } from "../text.ts";
import { type ChoiceFlags, choiceOf, choiceOptions, listed } from "./choice.ts";

interface Flags extends ChoiceFlags {
  readonly force?: true;
  readonly cache: boolean;
  readonly remote?: string;
  readonly jobs?: number;
  readonly runCache?: boolean;
}

/** `stemma exp push` and `stemma exp pull` */
export const registerExchange: Register = (exp) => {
  options(
    verb(exp, "push", "Send experiments to a git repository, and their outputs to remote storage"),
    "push",
  ).action(push);
  options(verb(exp, "pull", "Get experiments from a git repository, and their outputs into the cache"), "pull").action(
    pull,
  );
};

function options(command: Command, way: "push" | "pull"): Command {
  return choiceOptions(command, way)
    .argument("<git_remote>", "name or address of the git repository")
    .argument("[experiment...]", "names of experiments")
    .option("-f, --force", "replace an experiment of the same name that is another one")
    .option("--no-cache", "without their outputs")
    .option("-r, --remote <name>", "remote storage of the outputs")
    .option("-j, --jobs <number>", "transfers at once", wholeNumber(1, 10_000))
    .option("--run-cache", "also the run history of stages")
    .option("--no-run-cache", "without it");
}

async function push(remote: string, names: readonly string[], flags: Flags): Promise<void> {
  const result = await exchanged(flags, names, (chosen) => pushExperiments(dvcProject(), remote, chosen));
  const { moved, upToDate, diverged, transfer } = result;
  if (diverged.length > 0) {
    process.stderr.write(
      `Local experiment ${namesOf(diverged)} has diverged from remote experiment with the same name.\n` +
        "To override the remote experiment re-run with '--force'.\n",
    );
  }
  if (flags.quiet === true) return;
  const verb = upToDate.length > 1 ? "are" : "is";
  if (upToDate.length > 0)
    print(`Experiment ${namesOf(upToDate)} ${verb} up to date on Git remote '${printable(remote)}'.\n`);
  if (moved.length > 0) print(`Pushed experiment ${namesOf(moved)} to Git remote '${printable(remote)}'.\n`);
  if (moved.length + upToDate.length === 0) print("No experiments to push.\n");
  if (transfer !== null && transfer.files > 0) print(`${count(transfer.files, "file")} uploaded\n`);
  if (!flags.cache) {
    print(
      "To push cached outputs for this experiment to DVC remote storage, re-run this command without '--no-cache'.\n",
    );
  }
}

async function pull(remote: string, names: readonly string[], flags: Flags): Promise<void> {
  const result = await exchanged(flags, names, (chosen) => pullExperiments(dvcProject(), remote, chosen));
  const { moved, diverged } = result;
  if (diverged.length > 0) {
    process.stderr.write(
      `WARNING: Local experiment ${namesOf(diverged)} has diverged from remote experiment with the same name. ` +
        "To override the local experiment re-run with '--force'.\n",
    );
  }
  if (flags.quiet === true) return;
  if (moved.length > 0) print(`Pulled experiment ${namesOf(moved)} from Git remote '${printable(remote)}'.\n`);
  else print("No experiments to pull.\n");
  if (!flags.cache) {
    print(
      "To pull cached outputs for this experiment from DVC remote storage, re-run this command without '--no-cache'.\n",
    );
  }
}

/** Experiments are there when data is not: what failed of it is named, and the verb fails. */
async function exchanged(
  flags: Flags,
  names: readonly string[],
  work: (options: ExchangeOptions) => Promise<Exchanged>,
): Promise<Exchanged> {
  const { end, ...onProgress } = transferLine(flags.quiet === true);
  const { remote, jobs, runCache } = flags;
  const data = {
    ...(remote === undefined ? {} : { remote }),
    ...(jobs === undefined ? {} : { jobs }),
    runCache: runCache === true,
    ...onProgress,
  };
  try {
    return await work({ names, choice: choiceOf(flags), force: flags.force === true, data: flags.cache ? data : null });
  } catch (error) {
    if (error instanceof TransferError) {
      for (const { path, message } of error.transfer.failed) {
        process.stderr.write(`ERROR: ${printable(path)}: ${printable(message)}\n`);
      }
    }
    throw error;
  } finally {
    end();
  }
}

function namesOf(experiments: readonly { readonly name: string }[]): string {
  return printable(
    listed(
      experiments.map(({ name }) => name),
      "",
    ),
  );
}
