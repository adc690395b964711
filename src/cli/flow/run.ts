import { existsSync } from "node:fs";
import { inspect } from "node:util";
import type { Command } from "commander";
import { errorFacts } from "../../error.ts";
import { type FlowRunRecord, flowRuns, type WatchedFlow, type WatchedRun } from "../../flow/index.ts";
import { findProject } from "../../store/index.ts";
import { openRuns } from "../../track/index.ts";
import { print, type Register, wholeNumber } from "../command.ts";
import { liveView } from "./live.ts";
import { FlowFileError, loadFlow, startedAgain } from "./load.ts";
import { readParams } from "./params.ts";
import { runOf } from "./runs.ts";

interface RunOptions {
  readonly flow?: string;
  readonly maxWorkers?: number;
  readonly json?: true;
}

interface PartOptions extends RunOptions {
  readonly from?: readonly string[];
  readonly to?: readonly string[];
  readonly tags?: readonly string[];
  readonly systemMetrics?: true;
}

interface ResumeOptions extends RunOptions {
  readonly from?: string;
  readonly file?: string;
}

/** Ended by Ctrl-C, as a shell counts it. */
const stoppedCode = 130;

/** `stemma flow run|resume` */
export const registerRun: Register = (flow, exit) => {
  running(flow.command("run").description("Run a flow; what is kept with the same code and inputs does not run again"))
    .argument("<file>", "a .ts, .js or .ipynb file that defines it")
    .argument("[params...]", "changes to its params: --beta 0.3 --betas 0.1,0.2 --fast")
    .option("--flow <name>", "which one, where the file has several")
    .option("--from <steps>", "only these steps and those below them; a param of that name stands after --", names)
    .option("--to <steps>", "only these steps and those above them", names)
    .option("--tags <tags>", "only steps with one of these tags", names)
    .option("--system-metrics", "log what the machine does, for the run and each step")
    .allowUnknownOption()
    .action(async (file: string, args: readonly string[], options: PartOptions) => {
      const { flow: _flow, json: _json, maxWorkers: _workers, ...part } = options;
      await started({ file, options, exit }, (wanted) => wanted.run(readParams(wanted.plan, args), part));
    });
  running(flow.command("resume").description("Go on with a run that failed, was stopped or was lost"))
    .argument("[run]", "its id or the beginning of it (default: the newest that did not end well)")
    .option("--from <step>", "this step runs again, and all below it")
    .option("--file <file>", "where the flow is defined now, if not where it was")
    .action(async (id: string | undefined, options: ResumeOptions) => {
      const { from } = options;
      const record = id === undefined ? lastUnfinished() : runOf(id);
      const file = options.file ?? (await fileOf(record));
      const how = from === undefined ? {} : { from };
      const named = { ...options, flow: record.flow };
      await started({ file, options: named, exit }, (wanted) => wanted.resume(record.id, how));
    });
};

/** `load,fit` */
function names(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}

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
  const flow = await loadFlow({ file, name, begun: liveView({ json }) });
  try {
    const { output } = await begin(flow);
    if (!json && output !== undefined) print(`${shown(output)}\n`);
  } catch (error) {
    if (errorFacts(error).code !== "FLOW_STOPPED") throw error;
    process.stderr.write(`${errorFacts(error).message}\n`);
    exit(stoppedCode);
  }
}

function shown(output: unknown): string {
  return inspect(output, { depth: 3, maxArrayLength: 20, maxStringLength: 1000, breakLength: 100 });
}

function lastUnfinished(): FlowRunRecord {
  const unfinished = ["failed", "stopped", "lost"];
  const found = flowRuns(findProject(process.cwd()), { limit: 1000 }).find(({ state }) => unfinished.includes(state));
  if (found !== undefined) return found;
  throw new FlowFileError("No run of a flow failed, was stopped or was lost here. Name one: stemma flow resume ID.");
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
