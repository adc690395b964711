import { existsSync } from "node:fs";
import { inspect } from "node:util";
import type { Command } from "commander";
import { errorFacts, StemmaError } from "../../error.ts";
import { type FlowRunRecord, type FlowWatch, flowRuns, type WatchedFlow, type WatchedRun } from "../../flow/index.ts";
import { findProject } from "../../store/index.ts";
import { openRuns } from "../../track/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { printable } from "../text.ts";
import { flowHelp, type HelpOptions, helped, type PartOptions, parted } from "./help.ts";
import { liveView } from "./live.ts";
import { FlowFileError, loadFlow, startedAgain } from "./load.ts";
import { readParams } from "./params.ts";
import { runOf } from "./runs.ts";
import { stopBySignals } from "./stop.ts";
import { wayOut } from "./words.ts";

interface RunOptions {
  readonly flow?: string;
  readonly maxWorkers?: number;
  readonly json?: true;
}

interface FileRunOptions extends RunOptions, PartOptions {
  readonly systemMetrics?: true;
}

interface ResumeOptions extends RunOptions {
  readonly from?: string;
  readonly file?: string;
}

/** `stemma flow run|resume` */
export const registerRun: Register = (flow, exit) => {
  const run = helped(running(flow.command("run")));
  parted(run.option("--flow <name>", "which one, where the file has several"))
    .description("Run a flow; what is kept with the same code and inputs does not run again")
    .argument("[params...]", "changes to its params: --beta 0.3 --betas 0.1,0.2 --fast")
    .option("--system-metrics", "log what the machine does, for the run and each step")
    .allowUnknownOption()
    .action(async (file: string | undefined, args: readonly string[], options: FileRunOptions & HelpOptions) => {
      const { flow: _flow, json: _json, maxWorkers: _workers, help, ...part } = options;
      if (help || file === undefined) return flowHelp(run, file, options);
      await started({ file, options, exit }, (wanted) => wanted.run(readParams(wanted.plan, args), part));
    });
  running(flow.command("resume").description("Go on with a run that failed, was stopped or was lost"))
    .argument("[run]", "its id or the beginning of it (default: the newest that did not end well)")
    .option("--from <step>", "this step runs again, and all below it")
    .option("--file <file>", "where the flow is defined now, if not where it was")
    .action(async (id: string | undefined, options: ResumeOptions) => {
      const { from } = options;
      const record = id === undefined ? lastUnfinished() : runOf(id);
      const goesOn = `Goes on with run ${record.id.slice(0, 8)} of ${printable(record.flow)} (${record.state}).\n`;
      const file = options.file ?? (await fileOf(record));
      const how = from === undefined ? {} : { from };
      const named = { ...options, flow: record.flow };
      await started({ file, options: named, exit }, (wanted) => {
        if (options.json) process.stderr.write(goesOn);
        else print(goesOn);
        return wanted.resume(record.id, how);
      });
    });
};

function running(command: Command): Command {
  return command
    .option("--max-workers <n>", "steps in threads and processes at a time", wholeNumber(1, 1024))
    .option("--json", "events, one a line, on stdout; what steps print goes to stderr");
}

interface Start {
  readonly file: string;
  readonly options: RunOptions;
  readonly exit: (code: number) => void;
}

async function started(
  { file, options, exit }: Start,
  begin: (flow: WatchedFlow) => Promise<WatchedRun>,
): Promise<void> {
  const { flow: name, maxWorkers, json = false } = options;
  const again = await startedAgain(file, maxWorkers);
  if (again !== null) return exit(again);
  const view = liveView({ json });
  let run: WatchedRun | null = null;
  const begun: FlowWatch["begun"] = (one) => {
    run = one;
    return view(one);
  };
  const flow = await loadFlow({ file, name, begun });
  const stopped = stopBySignals();
  try {
    const { output } = await begin(flow);
    if (!json && output !== undefined) print(`${shown(output)}\n`);
  } catch (error) {
    const id = (run as WatchedRun | null)?.status.runId ?? null;
    if (errorFacts(error).code !== "FLOW_STOPPED") throw id === null ? error : withWayOut(error, id);
    process.stderr.write(`${printable(flow.name)} was stopped. ${wayOut(id ?? "")}\n`);
    exit(stopped.code());
  } finally {
    stopped.end();
  }
}

function withWayOut(error: unknown, id: string): Error {
  const { code, message, stack } = errorFacts(error);
  const told = new StemmaError(code, `${message}\n${wayOut(id)}`, { cause: error });
  return stack === undefined ? told : Object.assign(told, { stack: `${stack}\n${wayOut(id)}` });
}

function shown(output: unknown): string {
  return inspect(output, { depth: 3, maxArrayLength: 20, maxStringLength: 1000, breakLength: 100 });
}

function lastUnfinished(): FlowRunRecord {
  const unfinished = ["failed", "stopped", "lost"];
  const runs = flowRuns(findProject(process.cwd()), { limit: 1000 });
  // What a later run went on with is that one's to finish.
  const goneOn = new Set(runs.map(({ origin }) => origin));
  const found = runs.find(({ id, state }) => unfinished.includes(state) && !goneOn.has(id));
  if (found !== undefined) return found;
  throw new FlowFileError("No run of a flow is left unfinished here. Name one: stemma flow resume ID.");
}

/** Where the flow of a run was defined: what its parent run names as its source. */
async function fileOf({ id, flow }: FlowRunRecord): Promise<string> {
  const run = await openRuns(findProject(process.cwd())).run(id);
  const source = run?.tags["mlflow.source.name"] ?? "";
  if (/\.(?:[mc]?[tj]s|ipynb)$/.test(source) && existsSync(source)) return source;
  throw new FlowFileError(
    `Where flow "${flow}" is defined is not known (${source || "no source"}). Name the file: --file FILE.`,
  );
}
