import { readFileSync, statSync } from "node:fs";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { TextDecoder } from "node:util";
import { StemmaError } from "../../error.ts";
import {
  killTask,
  type Program,
  type QueueTask,
  queueTasks,
  queueWorkers,
  removeTasks,
  startWorkers,
  stopWorkers,
  tasksNamed,
} from "../../pipeline/index.ts";
import type { Project } from "../../store/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { dvcProject, type VerbOptions, verb } from "../dvc-verb.ts";
import { printable, printTable } from "../text.ts";
import { shownTime, stateName } from "./show-rows.ts";

interface RemoveFlags extends VerbOptions {
  readonly all?: true;
  readonly queued?: true;
  readonly success?: true;
  readonly failed?: true;
}

interface LogFlags extends VerbOptions {
  readonly encoding?: string;
  readonly follow?: true;
}

/** `stemma queue …`: DVC's verbs about what `exp run --queue` puts into the queue. */
export const registerQueue: Register = (program) => {
  const queue = program.command("queue").description("The queue of experiments: what waits in it, runs and ran");
  verb(queue, "start", "Run what waits in the queue, in the background")
    .option("-j, --jobs <number>", "experiments that may run at once", wholeNumber(1, 1024), 1)
    .action((flags: VerbOptions & { readonly jobs: number }) => start(flags));
  verb(queue, "stop", "Let the workers end after what they run")
    .option("--kill", "kill what runs")
    .action((flags: VerbOptions & { readonly kill?: true }) => stop(flags));
  verb(queue, "status", "Show what waits, runs and ran").action(() => status());
  verb(queue, "logs", "Show what an experiment of the queue printed")
    .argument("<task>", "its name, or the beginning of its commit")
    .option("-e, --encoding <encoding>", "of the text: utf-8, latin1, …", "utf-8")
    .option("-f, --follow", "go on while it runs")
    .action((name: string, flags: LogFlags) => logs(name, flags));
  verb(queue, "remove", "Take experiments from the queue")
    .argument("[task...]", "their names, or beginnings of their commits")
    .option("--all", "all that do not run")
    .option("--queued", "all that wait")
    .option("--success", "all that ended well; the experiments stay")
    .option("--failed", "all that failed")
    .action((names: readonly string[], flags: RemoveFlags) => remove(names, flags));
  verb(queue, "kill", "Interrupt experiments of the queue that run")
    .argument("[task...]", "their names, or beginnings of their commits")
    .option("-f, --force", "kill their processes")
    .action((names: readonly string[], flags: VerbOptions & { readonly force?: true }) => kill(names, flags));
};

/** This program, for processes of its own. */
export function thisProgram(): Program {
  const ending = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const found = ["../main", "./cli/main", "./main", "../cli/main"]
    .map((path) => fileURLToPath(new URL(`${path}.${ending}`, import.meta.url)))
    .find((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  if (found === undefined) throw new StemmaError("INTERNAL", "The program of stemma is not beside its library.");
  return { file: process.execPath, args: [found] };
}

async function start({ jobs, quiet }: VerbOptions & { readonly jobs: number }): Promise<void> {
  const project = dvcProject();
  const started = await startWorkers(project, jobs, thisProgram());
  if (quiet === true) return;
  print(`Started '${started}' new experiments task queue worker${started > 1 ? "s" : ""}.\n`);
  const theirs = queueTasks(project).filter(({ owner, state }) => owner === "dvc" && state === "queued");
  if (theirs.length > 0)
    process.stderr.write(`WARNING: ${theirs.length} wait in DVC's own queue. Run them with: dvc queue start\n`);
}

async function stop({ kill: killing, quiet }: VerbOptions & { readonly kill?: true }): Promise<void> {
  const project = dvcProject();
  stopWorkers(project);
  if (killing === true) {
    const running = queueTasks(project).filter(({ owner, state }) => owner === "stemma" && state === "running");
    for (const task of running) await killTask(project, task, true);
  }
  if (quiet === true) return;
  print(
    killing === true
      ? "All running tasks in the queue have been killed. Queue workers are stopping.\n"
      : "Queue workers will stop after running tasks finish.\n",
  );
}

function status(): void {
  const project = dvcProject();
  const tasks = queueTasks(project);
  if (tasks.length === 0) print("No experiment tasks in the queue.\n");
  else {
    const rows = tasks.map(({ commit, name, timeMs, state }) => [
      commit.slice(0, 7),
      name ?? "",
      shownTime(timeMs, false),
      stateName(state),
    ]);
    // Columns are two characters wider than their titles, as DVC's (tabulate's "plain").
    print(printTable([{ title: "Task  " }, { title: "Name  " }, { title: "Created  " }, { title: "Status" }], rows));
  }
  print(`\nWorker status: ${workersText(project, tasks)}\n`);
}

function workersText(project: Project, tasks: readonly QueueTask[]): string {
  const workers = queueWorkers(project).length;
  const busy = tasks.filter(({ owner, state }) => owner === "stemma" && state === "running").length;
  const active = Math.min(workers, busy);
  return `${active} active, ${workers - active} idle`;
}

async function logs(name: string, { encoding = "utf-8", follow }: LogFlags): Promise<void> {
  const project = dvcProject();
  const [task] = tasksNamed(queueTasks(project), [name]);
  if (task === undefined) return;
  if (task.state === "queued") throw failed(`Experiment '${name}' is in queue but has not been started`);
  const log = task.process?.log ?? null;
  if (log === null || statSync(log, { throwIfNoEntry: false }) === undefined)
    throw failed(`No output logs found for experiment '${name}'`);
  const decoder = new TextDecoder(encoding);
  if (follow !== true) {
    print(`${decoder.decode(readFileSync(log))}\n`);
    return;
  }
  print(
    `Following logs for experiment '${printable(name)}'. Use Ctrl+C to stop following logs (experiment execution will continue).\n\n`,
  );
  await followed(log, decoder, () =>
    queueTasks(project).some((one) => one.commit === task.commit && one.state === "running"),
  );
}

const lookMs = 200;

async function followed(log: string, decoder: TextDecoder, runs: () => boolean): Promise<void> {
  for (let from = 0; ; ) {
    const last = !runs();
    const bytes = readFileSync(log);
    if (bytes.length > from) print(decoder.decode(bytes.subarray(from), { stream: true }));
    from = Math.max(from, bytes.length);
    if (last) return;
    await setTimeout(lookMs);
  }
}

function remove(names: readonly string[], flags: RemoveFlags): void {
  const wanted = (["queued", "failed", "success"] as const).filter(
    (state) => flags.all === true || flags[state] === true,
  );
  if (wanted.length > 0 === names.length > 0) {
    throw failed("Either provide an `tasks` argument, or use the `--all`, `--queued`, `--failed`, `--success` flag.");
  }
  const project = dvcProject();
  const tasks = queueTasks(project).filter(({ state }) => state !== "running");
  const all = tasks.filter(({ state, owner }) => owner === "stemma" && wanted.some((one) => one === state));
  const chosen = names.length > 0 ? tasksNamed(tasks, names, "experiment name") : all;
  removeTasks(project, chosen);
  if (flags.quiet === true) return;
  const removed = names.length > 0 ? names : chosen.map(({ name, commit }) => name ?? commit.slice(0, 7));
  if (removed.length > 0) print(`Removed tasks in queue: ${removed.map(printable).join(", ")}\n`);
  else print("No tasks found named []\n");
}

async function kill(names: readonly string[], { force }: VerbOptions & { readonly force?: true }): Promise<void> {
  const project = dvcProject();
  const running = queueTasks(project).filter(({ state }) => state === "running");
  const tasks = tasksNamed(running, names, "running experiment name");
  const theirs = tasks.findIndex(({ owner }) => owner === "dvc");
  if (theirs !== -1) {
    const name = names[theirs] ?? "";
    throw failed(`'${name}' runs in DVC's own queue. Stop it with: dvc queue kill ${name}`);
  }
  for (const [i, task] of tasks.entries()) {
    await killTask(project, task, force === true);
    print(`${printable(names[i] ?? "")} has been killed.\n`);
  }
}

function failed(message: string): StemmaError {
  return new StemmaError("INVALID_ARGUMENT", message);
}
