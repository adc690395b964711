import type { Command } from "commander";
import { addStage, listStages, type NewOutput, reproduce } from "../../pipeline/index.ts";
import { print, type Register } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable } from "../text.ts";
import { gitHint, stoppable } from "./repro.ts";
import { eventPrinter } from "./repro-text.ts";

interface AddFlags extends VerbOptions {
  readonly name: string;
  readonly force?: true;
  readonly deps: readonly string[];
  readonly params: readonly string[];
  readonly outs: readonly string[];
  readonly outsNoCache: readonly string[];
  readonly outsPersist: readonly string[];
  readonly outsPersistNoCache: readonly string[];
  readonly metrics: readonly string[];
  readonly metricsNoCache: readonly string[];
  readonly plots: readonly string[];
  readonly plotsNoCache: readonly string[];
  readonly wdir?: string;
  readonly alwaysChanged?: true;
  readonly desc?: string;
  readonly run?: true;
}

interface ListFlags extends VerbOptions {
  readonly all?: true;
  readonly fail?: true;
  readonly recursive?: true;
  readonly nameOnly?: true;
  readonly namesOnly?: true;
}

/** `stemma stage add | list`, with DVC's options. */
export const registerStage: Register = (program) => {
  program.enablePositionalOptions();
  const stage = program.command("stage").description("Create and list stages of dvc.yaml").enablePositionalOptions();
  addOptions(verb(stage, "add", "Add a stage to dvc.yaml"))
    .argument("[command...]", "the command, quoted or as words")
    .passThroughOptions()
    .allowUnknownOption()
    .action(add);
  verb(stage, "list", "List stages")
    .argument("[targets...]", "dvc.yaml files, folders, stages; dvc.yaml without any")
    .option("--all", "all stages of the repository")
    .option("--fail", "fail when a file cannot be read")
    .option("-R, --recursive", "all stages in the named folders")
    .option("--name-only", "only the names")
    .option("--names-only", "only the names")
    .action(list);
};

function addOptions(command: Command): Command {
  const more = (value: string, before: readonly string[]): readonly string[] => [...before, value];
  const many = (flags: string, text: string): void => {
    command.option(flags, text, more, []);
  };
  command
    .requiredOption("-n, --name <name>", "name of the stage")
    .option("-f, --force", "overwrite a stage of that name");
  many("-d, --deps <path>", "a dependency");
  many("-p, --params <[file:]keys>", "params that it depends on");
  many("-o, --outs <path>", "an output");
  many("-O, --outs-no-cache <path>", "an output that the cache does not keep");
  many("--outs-persist <path>", "an output that stays there when the stage runs");
  many("--outs-persist-no-cache <path>", "both");
  many("-m, --metrics <path>", "a metrics file");
  many("-M, --metrics-no-cache <path>", "a metrics file that the cache does not keep");
  many("--plots <path>", "a file to plot");
  many("--plots-no-cache <path>", "a file to plot that the cache does not keep");
  return command
    .option("-w, --wdir <path>", "folder to run the command in")
    .option("--always-changed", "run it every time")
    .option("--desc <text>", "what it is for")
    .option("--run", "run it at once");
}

async function add(words: readonly string[], flags: AddFlags): Promise<void> {
  const project = dvcProject();
  const stage = {
    name: flags.name,
    cmd: commandLine(words),
    deps: flags.deps,
    params: flags.params,
    outs: outputsOf(flags),
    wdir: flags.wdir ?? null,
    desc: flags.desc ?? null,
    alwaysChanged: flags.alwaysChanged === true,
  };
  const folder = process.cwd();
  const { address, written } = await addStage(project, stage, { folder, force: flags.force === true });
  const quiet = flags.quiet === true;
  if (!quiet) print(`Added stage '${printable(address)}' in 'dvc.yaml'\n`);
  const more: string[] = [];
  if (flags.run === true) {
    const { event: onEvent } = eventPrinter(project, { quiet, labelled: false });
    const options = { folder, targets: [address], singleItem: true, force: true, onEvent };
    const result = await stoppable((signal) => reproduce(project, { ...options, signal }));
    more.push(...result.written);
  }
  if (!quiet) print(gitHint(project, [...new Set([...written, ...more])]));
}

// dvc/commands/stage.py, parse_cmd
function commandLine(words: readonly string[]): string {
  if (words.length < 2) return words.join(" ");
  return words
    .map((word) => (word === "" ? '""' : word.includes(" ") && !word.includes('"') ? `"${word}"` : word))
    .join(" ");
}

// In the order of dvc/stage/utils.py, fill_stage_outputs.
function outputsOf(flags: AddFlags): readonly NewOutput[] {
  const of = (paths: readonly string[], kind: NewOutput["kind"], how: string): readonly NewOutput[] =>
    paths.map((path) => ({ path, kind, cache: !how.includes("no cache"), persist: how.includes("persist") }));
  return [
    ...of(flags.outsPersist, "out", "persist"),
    ...of(flags.outsPersistNoCache, "out", "persist, no cache"),
    ...of(flags.metrics, "metric", ""),
    ...of(flags.metricsNoCache, "metric", "no cache"),
    ...of(flags.plots, "plot", ""),
    ...of(flags.plotsNoCache, "plot", "no cache"),
    ...of(flags.outsNoCache, "out", "no cache"),
    ...of(flags.outs, "out", ""),
  ];
}

function list(targets: readonly string[], flags: ListFlags): void {
  const stages = listStages(dvcProject(), {
    folder: process.cwd(),
    targets,
    all: flags.all === true,
    fail: flags.fail === true,
    recursive: flags.recursive === true,
  });
  const names = flags.nameOnly === true || flags.namesOnly === true;
  const width = Math.max(0, ...stages.map(({ address }) => [...address].length));
  const lines = stages.map(({ address, text }) => {
    const padded = printable(address) + " ".repeat(width - [...address].length);
    return `${names ? printable(address) : `${padded}  ${printable(text)}`}`.trimEnd();
  });
  print(lines.map((line) => `${line}\n`).join(""));
}
