import { stripVTControlCharacters } from "node:util";
import type { Command } from "commander";
import { formatDuration } from "../../display/index.ts";
import { attemptsOf, type FlowRunRecord, flowRuns, type KeptAttempt, madeBy } from "../../flow/index.ts";
import { findProject } from "../../store/index.ts";
import { print, printJson, type Register, wholeNumber } from "../command.ts";
import { printable, printTable, printTime } from "../text.ts";
import { loadFlow, startedAgain } from "./load.ts";
import { readParams } from "./params.ts";
import { planLines } from "./plan-lines.ts";
import { FlowRunNameError, isNamed, taskName } from "./runs.ts";
import { flowLines } from "./table.ts";

interface FileOptions {
  readonly flow?: string;
  readonly json?: true;
}

/** `stemma flow show|status|list|logs` */
export const registerLook: Register = (flow, exit) => {
  ofFile(flow.command("show").description("The steps of a flow and what each of them gets; nothing runs")).action(
    async (file: string, _: readonly string[], { flow: name, json }: FileOptions) => {
      const again = await startedAgain(file);
      if (again !== null) return exit(again);
      const { plan } = await loadFlow({ file, name });
      if (json) printJson(plan);
      else print(`${planLines(plan).map(printable).join("\n")}\n`);
    },
  );
  ofFile(flow.command("status").description("Which steps are kept, which would run, and why; nothing runs"))
    .allowUnknownOption()
    .action(async (file: string, args: readonly string[], { flow: name, json }: FileOptions) => {
      const again = await startedAgain(file);
      if (again !== null) return exit(again);
      const wanted = await loadFlow({ file, name });
      const status = wanted.status(readParams(wanted.plan, args));
      if (json) return printJson({ flow: wanted.name, steps: status.steps, notes: status.notes });
      const { columns = 1000, isTTY = false } = process.stdout;
      const terminal = { width: columns - 1, colours: isTTY && process.env["NO_COLOR"] === undefined };
      for (const line of flowLines(status, terminal, Date.now())) print(`${line}\n`);
      for (const note of status.notes) print(`note: ${printable(note)}\n`);
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
  return command
    .argument("<file>", "a .ts, .js or .ipynb file that defines it")
    .argument("[params...]", "changes to its params: --beta 0.3")
    .option("--flow <name>", "which one, where the file has several")
    .option("--json", "as JSON");
}

function list(name: string | undefined, { limit, json }: { readonly limit: number; readonly json?: true }): void {
  const runs = flowRuns(findProject(process.cwd()), { ...(name === undefined ? {} : { flow: name }), limit });
  if (json) printJson({ runs });
  else print(runs.length === 0 ? "No runs of flows.\n" : runTable(runs));
}

function runTable(runs: readonly FlowRunRecord[]): string {
  const columns = ["RUN", "FLOW", "STATE", "STARTED"].map((title) => ({ title }));
  return printTable([...columns, { title: "TIME", right: true }, { title: "ERROR" }], runs.map(listRow));
}

function listRow({ id, flow, state, startMs, endMs, error }: FlowRunRecord): readonly string[] {
  const time =
    endMs === null
      ? state === "running"
        ? formatDuration(Date.now() - startMs)
        : ""
      : formatDuration(endMs - startMs);
  return [id.slice(0, 8), flow, state, printTime(startMs), time, error?.message.split("\n")[0]?.slice(0, 100) ?? ""];
}

function logs(text: string, { json }: { readonly json?: true }): void {
  const name = taskName(text);
  const { run, step } = name;
  const project = findProject(process.cwd());
  const tries = attemptsOf(project, run.id, step ?? undefined).filter((one) => isNamed(name, one));
  if (tries.length === 0)
    throw new FlowRunNameError(
      `Run ${run.id.slice(0, 8)} of ${run.flow} has no task ${text.split("/").slice(1).join("/")}.`,
    );
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
    const why = maker === null ? printable(reason) : `made by run ${maker.slice(0, 8)}`;
    print(`== ${task}${attempt > 1 ? `, try ${attempt}` : ""}: ${state}${why === "" ? "" : ` (${why})`}\n`);
    print(log === "" || log.endsWith("\n") ? log : `${log}\n`);
    if (error !== null) print(`${error.message}\n`);
  }
}
