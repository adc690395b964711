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
import { dvcProject, shellWord, shownPath, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { eventPrinter } from "./repro-text.ts";

interface Flags extends VerbOptions {
  readonly force?: true;
  readonly singleItem?: true;
  readonly pipeline?: true;
  readonly allPipelines?: true;
  readonly recursive?: true;
  readonly downstream?: true;
  readonly forceDownstream?: true;
  readonly pull?: true;
  readonly allowMissing?: true;
  readonly dry?: true;
  readonly keepGoing?: true;
  readonly ignoreErrors?: true;
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
  verb(program, "repro", "Reproduce complete or partial pipelines by executing their stages")
    .argument("[targets...]", "stages, dvc.yaml or .dvc files; the stages of dvc.yaml without any")
    .option("-f, --force", "run stages even when nothing changed")
    .option("-s, --single-item", "only the targets, without what they depend on")
    .option("-p, --pipeline", "the whole pipelines that the targets belong to")
    .option("-P, --all-pipelines", "all pipelines of the repository")
    .option("-R, --recursive", "all stages in the named folders")
    .option("--downstream", "begin with the targets, and go on with what depends on them")
    .option("--force-downstream", "run all that depends on a stage that ran")
    .option("--pull", "get missing data from the remote")
    .option("--allow-missing", "leave stages alone whose data is missing, when nothing else changed")
    .option("--dry", "only say what would run, and why")
    .option("-k, --keep-going", "go on after a failure with what does not depend on it")
    .option("--ignore-errors", "go on after a failure")
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
    folder: process.cwd(),
    targets,
    force: flags.force === true,
    singleItem: flags.singleItem === true,
    pipeline: flags.pipeline === true,
    allPipelines: flags.allPipelines === true,
    recursive: flags.recursive === true,
    downstream: flags.downstream === true,
    forceDownstream: flags.forceDownstream === true,
    allowMissing: flags.allowMissing === true,
    glob: flags.glob === true,
    commit: flags.commit,
    runCache: flags.runCache,
    onError: flags.ignoreErrors === true ? "ignore" : flags.keepGoing === true ? "keep-going" : "fail",
    ...(jobs === undefined ? {} : { jobs }),
    ...(flags.pull === true ? { pull: remoteHooks(project, process.cwd()) } : {}),
  };
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
