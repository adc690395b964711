import { resolve } from "node:path";
import { StemmaError } from "../../error.ts";
import {
  type Assignment,
  dryRun,
  type ExperimentEvent,
  printAssignment,
  queueExperiments,
  type RanExperiments,
  type RunExperimentOptions,
  runExperiments,
  runQueued,
} from "../../pipeline/index.ts";
import type { Project } from "../../store/index.ts";
import { print, printJson, type Register, wholeNumber } from "../command.ts";
import { dvcProject, verb } from "../dvc-verb.ts";
import { eventPrinter, type ReproFlags, reproChoice, reproOptions, stoppable } from "../pipeline/index.ts";
import { printable } from "../text.ts";
import { several } from "./choice.ts";
import { linePrinter } from "./run-text.ts";

interface Flags extends ReproFlags {
  readonly name?: string;
  readonly setParam?: readonly string[];
  readonly queue?: true;
  readonly runAll?: true;
  readonly jobs: number;
  readonly temp?: true;
  readonly copyPaths?: readonly string[];
  readonly message?: string;
}

/** `stemma exp run` */
export const registerRun: Register = (exp, exit) => {
  const command = verb(exp, "run", "Run the pipeline as an experiment, with other params where asked");
  reproOptions(command, "run stages even when nothing changed; replace an experiment of the same name")
    .option("-n, --name <name>", "its name; one is made up without it")
    .option("-S, --set-param <[file:]name=value>", "set a param; choice(a,b), range(0,1,0.1) and a,b try all", several)
    .option("--queue", "put it into the queue, to be run later")
    .option("--run-all", "run all that waits in the queue")
    .option("-j, --jobs <number>", "experiments that may run at once", wholeNumber(1, 1024), 1)
    .option("--temp", "in a temporary folder; the workspace stays as it is")
    .option("-C, --copy-paths <path>", "a path that git does not know, for the temporary folder", several)
    .option("-m, --message <message>", "message of its commit")
    .option("--no-hydra", "Hydra's configurations are not composed in any case")
    .action(async (targets: readonly string[], flags: Flags) => exit(await run(targets, flags)));
};

async function run(targets: readonly string[], flags: Flags): Promise<number> {
  const project = dvcProject();
  const options = optionsOf(targets, flags);
  if (flags.dry === true) {
    if ((flags.setParam ?? []).length > 0)
      throw new StemmaError("INVALID_ARGUMENT", "--dry cannot set params; leave -S out.");
    printJson(await dryRun(project, { targets, folder: process.cwd() }));
    return 0;
  }
  if (flags.queue === true) return queue(project, options);
  const printer = printerOf(project, flags);
  const ran = await stoppable((signal) => {
    const all = { ...options, signal, onEvent: printer };
    return flags.runAll === true ? runQueued(project, all) : runExperiments(project, all);
  });
  if (flags.quiet !== true) print(ending(ran, flags));
  return ran.failed.length > 0 ? 255 : 0;
}

function optionsOf(targets: readonly string[], flags: Flags): RunExperimentOptions {
  const { name, message, setParam = [], copyPaths = [], jobs } = flags;
  return {
    ...reproChoice(targets, flags),
    set: setParam,
    jobs,
    captured: jobs > 1,
    temporary: flags.temp === true,
    copyPaths: copyPaths.map((path) => resolve(path)),
    pull: flags.pull === true,
    ...(name === undefined ? {} : { name }),
    ...(message === undefined ? {} : { message }),
  };
}

async function queue(project: Project, options: RunExperimentOptions): Promise<number> {
  for (const { name, assignments } of await queueExperiments(project, options)) {
    if (assignments.length > 0) print(`Queueing with overrides '${printable(told(assignments))}'.\n`);
    print(`Queued experiment '${printable(name)}' for future execution.\n`);
  }
  print("Run what waits with: stemma queue start, or here: stemma exp run --run-all\n");
  return 0;
}

function told(assignments: readonly Assignment[]): string {
  return assignments.map(printAssignment).join(" ");
}

function printerOf(project: Project, flags: Flags): (event: ExperimentEvent) => void {
  const quiet = flags.quiet === true;
  const stages = flags.jobs > 1 ? linePrinter(project, quiet) : null;
  // Each experiment tells of its stages anew.
  let single = eventPrinter(project, { quiet, labelled: false });
  return (event) => {
    if (event.kind === "stage") {
      if (stages === null) single.event(event.event);
      else stages(event.name, event.event);
    } else if (event.kind === "started") {
      single = eventPrinter(project, { quiet, labelled: false });
      const values = event.assignments.length === 0 ? "" : ` with ${told(event.assignments)}`;
      if (!quiet) print(`Reproducing experiment '${printable(event.name)}'${printable(values)}\n`);
    } else if (event.kind === "failed") {
      const message = event.error instanceof Error ? event.error.message : String(event.error);
      process.stderr.write(`ERROR: experiment '${printable(event.name)}': ${printable(message)}\n`);
    }
  };
}

function ending({ saved, failed, inWorkspace }: RanExperiments, flags: Flags): string {
  if (saved.length + failed.length === 0) return "No experiments wait in the queue.\n";
  const names = saved.map(({ name }) => printable(name)).join(", ");
  const missed = failed.map(({ name }) => printable(name)).join(", ");
  const ran = saved.length === 0 ? "" : `\nRan experiment(s): ${names}\n`;
  const lost = failed.length === 0 ? "" : `Failed experiment(s): ${missed}\n`;
  if (inWorkspace) return `${ran}Experiment results have been applied to your workspace.\n`;
  const hint =
    saved.length === 0
      ? ""
      : "To apply the results of an experiment to your workspace run:\n\n\tstemma exp apply <exp>\n";
  return `${ran}${lost}${hint}${flags.runAll === true && failed.length > 0 ? "See the failed ones with: stemma exp show\n" : ""}`;
}
