import { existsSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";
import type { Command } from "commander";
import { formatDuration } from "../../display/index.ts";
import {
  attemptsOf,
  didYouMean,
  type FlowRunRecord,
  type FlowStatus,
  flowRuns,
  type KeptAttempt,
  keptRunStatus,
  madeBy,
  type Plan,
  planOf,
} from "../../flow/index.ts";
import { findProject } from "../../store/index.ts";
import { print, printJson, type Register, wholeNumber } from "../command.ts";
import { printable, printTable, printTime } from "../text.ts";
import { cut } from "../text-width.ts";
import { flowHelp, type HelpOptions, helped, type PartOptions, parted } from "./help.ts";
import { loadFlow, startedAgain } from "./load.ts";
import { readParams } from "./params.ts";
import { planLines } from "./plan-lines.ts";
import { FlowRunNameError, isNamed, noTask, runOf, taskName } from "./runs.ts";
import { flowLines, terminalOf } from "./table.ts";
import { neverRan, ownFailure, wayOut } from "./words.ts";

interface FileOptions extends HelpOptions {
  readonly json?: true;
}

/** `stemma flow show|status|list|logs` */
export const registerLook: Register = (flow, exit) => {
  const show = ofFile(flow.command("show"));
  show
    .description("The steps of a flow and what each of them gets; nothing runs")
    .action(async (file: string | undefined, _: readonly string[], options: FileOptions) => {
      if (options.help || file === undefined) return flowHelp(show, file, options);
      const again = await startedAgain(file);
      if (again !== null) return exit(again);
      const run = runNamed(file);
      const plan = run === null ? (await loadFlow({ file, name: options.flow })).plan : planOfRun(run);
      if (options.json) printJson(plan);
      else print(`${planLines(plan).map(printable).join("\n")}\n`);
    });
  const status = parted(ofFile(flow.command("status")));
  status
    .description("Which steps are kept, which would run, and why; or how a run stands. Nothing runs")
    .allowUnknownOption()
    .action(async (file: string | undefined, args: readonly string[], options: FileOptions & PartOptions) => {
      if (options.help || file === undefined) return flowHelp(status, file, options);
      const again = await startedAgain(file);
      if (again !== null) return exit(again);
      const run = runNamed(file);
      if (run === null) return fileStatus(file, args, options);
      if (Object.keys(partOf(options)).length === 0) return runStatus(run, options);
      const refused = "--from, --to and --tags ask what a file's flow would run; a run has all of its steps.";
      throw new FlowRunNameError(refused);
    });
  flow
    .command("list")
    .description("Runs of flows, the newest first")
    .argument("[flow]", "of this flow only")
    .option("-n, --limit <n>", "runs at most", wholeNumber(1, 50_000), 50)
    .option("--json", "as JSON")
    .action(list);
  flow
    .command("logs")
    .description("What the steps of a run printed")
    .argument("<task>", "RUN, RUN/STEP or RUN/STEP/ITEM; a run by its id, the beginning of it, or last")
    .option("--json", "as JSON")
    .action(logs);
};

function ofFile(command: Command): Command {
  return helped(command, "a .ts, .js or .ipynb file that defines it; or a run by its id, the beginning of it, or last")
    .argument("[params...]", "changes to its params: --beta 0.3")
    .option("--flow <name>", "which one, where the file has several")
    .option("--json", "as JSON");
}

/** The run that stands where a file may stand; null where a file does. */
function runNamed(text: string): FlowRunRecord | null {
  const isRun = text === "last" || /^[0-9a-f]{4,32}$/.test(text);
  return isRun && !existsSync(text) ? runOf(text) : null;
}

function planOfRun(run: FlowRunRecord): Plan {
  const plan = planOf(findProject(process.cwd()), run);
  if (plan !== null) return plan;
  throw new FlowRunNameError(`The steps of run ${run.id.slice(0, 8)} of ${run.flow} are not kept any more.`);
}

function partOf({ from, to, tags }: PartOptions): PartOptions {
  return { ...(from && { from }), ...(to && { to }), ...(tags && { tags }) };
}

async function fileStatus(file: string, args: readonly string[], options: FileOptions & PartOptions): Promise<void> {
  const wanted = await loadFlow({ file, name: options.flow });
  const now = wanted.status(readParams(wanted.plan, args), partOf(options));
  if (options.json) printJson({ flow: wanted.name, steps: now.steps, notes: now.notes });
  else printStatus(now);
}

function runStatus({ id, flow, state, params }: FlowRunRecord, { json }: FileOptions): void {
  const { steps, error, startMs, endMs, ...status } = keptRunStatus(findProject(process.cwd()), id);
  if (json) {
    printJson({ flow, run: id, state, params, steps, startMs, endMs, error: error?.message ?? null });
    return;
  }
  printStatus({ ...status, steps, error, startMs, endMs });
  if (error !== null) print(`${error.message.split("\n").map(printable).join("\n")}\n`);
  if (state !== "done" && state !== "running") print(`${wayOut(id)}\n`);
}

function printStatus(status: FlowStatus): void {
  for (const line of flowLines(status, terminalOf(process.stdout), Date.now())) print(`${line}\n`);
  for (const note of status.notes) print(`note: ${printable(note)}\n`);
}

function list(name: string | undefined, { limit, json }: { readonly limit: number; readonly json?: true }): void {
  const project = findProject(process.cwd());
  const runs = flowRuns(project, { ...(name === undefined ? {} : { flow: name }), limit });
  if (json) printJson({ runs });
  else if (runs.length > 0) print(runTable(runs));
  else print(name === undefined ? "No runs of flows.\n" : noRuns(name));
}

function noRuns(name: string): string {
  const others = [...new Set(flowRuns(findProject(process.cwd())).map(({ flow }) => flow))];
  const known = others.length === 0 ? "No flow ran here yet." : `Flows that ran here: ${others.join(", ")}.`;
  return `${printable(`No runs of flow ${JSON.stringify(name)}.${didYouMean(name, others)} ${known}`)}\n`;
}

// The errors take what room is left in a terminal.
function runTable(runs: readonly FlowRunRecord[]): string {
  const columns = ["RUN", "FLOW", "STATE", "STARTED"].map((title) => ({ title }));
  const rows = runs.map(listRow);
  const table = printTable([...columns, { title: "TIME", right: true }, { title: "ERROR" }], rows);
  const { width } = terminalOf(process.stdout);
  return table.replace(/^.*$/gm, (line) => cut(line, width));
}

function listRow({ id, flow, state, startMs, endMs, error }: FlowRunRecord): readonly string[] {
  const lastMs = endMs ?? (state === "running" ? Date.now() : null);
  const time = lastMs === null ? "" : formatDuration(lastMs - startMs);
  const why = state === "stopped" ? "" : ownFailure(error?.message ?? "", flow);
  return [id.slice(0, 8), cut(flow, 40), state, printTime(startMs), time, cut(why, 100)];
}

function logs(text: string, { json }: { readonly json?: true }): void {
  const name = taskName(text);
  const { run, step } = name;
  const project = findProject(process.cwd());
  const all = attemptsOf(project, run.id, step ?? undefined);
  const tries = all.filter((one) => isNamed(name, one));
  if (tries.length === 0) throw noTask(name, all);
  const read = tries.map(({ log, ...one }): ReadTry => {
    // What was kept printed nothing now: shown is what it printed when it was made.
    const maker = one.state === "cached" && tries.length <= mostMakers ? madeBy(project, one) : null;
    const printed = maker?.log() ?? log();
    const shown = process.stdout.isTTY ? printed : stripVTControlCharacters(printed);
    return { ...one, log: shown, madeBy: maker?.run ?? null };
  });
  if (json) printJson({ run: run.id, tries: read });
  else printLogs(read);
}

/** Of more tasks it is not looked up who made their results: name one. */
const mostMakers = 200;

interface ReadTry extends Omit<KeptAttempt, "log"> {
  readonly log: string;
  /** The run that made a kept result, where it is still there. */
  readonly madeBy: string | null;
}

function printLogs(read: readonly ReadTry[]): void {
  const wanted = read.length === 1 ? read : read.filter(({ log, error }) => log !== "" || error !== null);
  if (wanted.length === 0) print("These steps printed nothing.\n");
  for (const { step: id, indices, attempt, state, reason, log, error, madeBy: maker } of wanted) {
    const task = [id, ...indices].join("/");
    const why = maker !== null ? `made by run ${maker.slice(0, 8)}` : reason === neverRan ? "" : printable(reason);
    print(`== ${task}${attempt > 1 ? `, try ${attempt}` : ""}: ${state}${why === "" ? "" : ` (${why})`}\n`);
    print(log === "" || log.endsWith("\n") ? log : `${log}\n`);
    if (error !== null) print(`${error.message}\n`);
  }
}
