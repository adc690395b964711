import { relative } from "node:path";
import {
  type DryStage,
  dryRun,
  type ReproduceOptions,
  type ReproduceResult,
  remoteHooks,
  reproduce,
  reproduceTracked,
} from "../../pipeline/index.ts";
import type { Project } from "../../store/index.ts";
import { mergedConfig } from "../../version/index.ts";
import { print, printJson, type Register, wholeNumber } from "../command.ts";
import { dvcProject, shellWord, shownPath, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { type ReproFlags, reproChoice, reproOptions } from "./repro-options.ts";
import { eventPrinter } from "./repro-text.ts";

interface Flags extends ReproFlags {
  readonly glob?: true;
  readonly commit: boolean;
  readonly runCache: boolean;
  readonly jobs?: number;
  readonly json?: true;
  readonly track?: true;
  readonly runName?: string;
}

/** `stemma repro`: DVC's verb, options and exit codes, and `-j`. */
export const registerRepro: Register = (program) => {
  const command = verb(program, "repro", "Reproduce complete or partial pipelines by executing their stages");
  reproOptions(command, "run stages even when nothing changed")
    .option("--glob", "targets may hold wildcards")
    .option("--no-commit", "don't put outputs into the cache")
    .option("--no-run-cache", "run even what ran with the same inputs before")
    .option("-j, --jobs <number>", "stages that may run at once", wholeNumber(1, 1024))
    .option("--json", "with --dry: as JSON")
    .option("--track", "keep it as a run, with a nested run for each stage")
    .option("--run-name <name>", "with --track: the run's name")
    .action(repro);
};

async function repro(targets: readonly string[], flags: Flags): Promise<void> {
  const project = dvcProject();
  const options = optionsOf(project, targets, flags);
  if (flags.dry === true) {
    const plan = await dryRun(project, options);
    if (flags.json === true) printJson(plan);
    else if (flags.quiet !== true) print(plan.map(printPlanned).join(""));
    return;
  }
  const printer = eventPrinter(project, { quiet: flags.quiet === true, labelled: (flags.jobs ?? 1) > 1 });
  const { runName } = flags;
  const result = await stoppable((signal) => {
    const all = { ...options, signal, onEvent: printer.event };
    if (flags.track !== true) return reproduce(project, all);
    return reproduceTracked(project, { ...all, ...(runName === undefined ? {} : { runName }) });
  });
  if (flags.quiet === true) return;
  print(ending(project, result));
  if ("run" in result) print(`Run ${String(result.run)}; see it with: stemma runs show ${String(result.run)}\n`);
}

function optionsOf(project: Project, targets: readonly string[], flags: Flags): ReproduceOptions {
  const { jobs } = flags;
  return {
    ...reproChoice(targets, flags),
    glob: flags.glob === true,
    commit: flags.commit,
    runCache: flags.runCache,
    ...(jobs === undefined ? {} : { jobs }),
    ...(flags.pull === true ? { pull: remoteHooks(project, process.cwd(), warn) } : {}),
  };
}

function warn(text: string): void {
  process.stderr.write(`WARNING: ${printable(text)}\n`);
}

/** Work that Ctrl-C and a polite kill stop: what runs is interrupted, what is recorded stays. */
export async function stoppable<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const onSignal = (name: NodeJS.Signals): void => stop.abort(new Error(`interrupted by ${name}`));
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  try {
    return await work(stop.signal);
  } finally {
    process.off("SIGINT", onSignal);
    process.off("SIGTERM", onSignal);
  }
}

function ending(project: Project, { reproduced, written }: ReproduceResult): string {
  if (reproduced.length === 0) return "Data and pipelines are up to date.\n";
  return `${gitHint(project, written)}Use \`stemma push\` to send your updates to remote storage.\n`;
}

/** What to commit to git, as DVC says it; nothing where DVC stages the files itself, or without git. */
export function gitHint(project: Project, written: readonly string[]): string {
  const core = mergedConfig(project.dvcFolder).get("core");
  const isTrue = (key: string): boolean => String(core?.get(key) ?? "").toLowerCase() === "true";
  if (written.length === 0 || isTrue("autostage") || isTrue("no_scm")) return "";
  const files = written.map((path) => shellWord(relative(process.cwd(), shownPath(project, path)) || path)).join(" ");
  return `\nTo track the changes with git, run:\n\n\tgit add ${files}\n\nTo enable auto staging, run:\n\n\tstemma config core.autostage true\n`;
}

function printPlanned({ address, verdict, reason, commands }: DryStage): string {
  const name = printable(address);
  if (verdict === "unchanged") return `Stage '${name}' didn't change, skipping\n`;
  const sentence = verdict === "cached" ? "comes from the cache" : verdict;
  const lines = commands.map((cmd) => `> ${cmd}\n`).join("");
  return `Stage '${name}' ${sentence}${reason === null ? "" : `: ${printable(reason)}`}\n${lines}`;
}
