import type { Command } from "commander";
import { printRun } from "../../format/index.ts";
import type { RunRecord } from "../../track/index.ts";
import { print, printJson, type Register, wholeNumber } from "../command.ts";
import { findExperiment, openToRead } from "./open.ts";
import { texts } from "./pairs.ts";
import { printRunList } from "./text.ts";

interface ListOptions {
  readonly experiment?: string;
  readonly filter?: string;
  readonly orderBy?: readonly string[];
  readonly limit: number;
  readonly deleted?: true;
  readonly json?: true;
}

/** `stemma runs list|search` */
export const registerList: Register = (runs) => {
  listing(runs.command("list").description("The newest runs"))
    .argument("[experiment]", "of this experiment only")
    .action((experiment: string | undefined, options: ListOptions) =>
      list(experiment === undefined ? options : { ...options, experiment }),
    );
  listing(runs.command("search").description("Runs that match a filter in MLflow's grammar"))
    .argument("<filter>", "\"metrics.rmse < 10 AND params.model = 'seir'\"")
    .option("--experiment <name>", "of this experiment only")
    .option("--order-by <field>", '"metrics.rmse ASC"; may come several times', texts)
    .action((filter: string, options: ListOptions) => list({ ...options, filter }));
};

/** Options of every command that lists runs. */
export function listing(command: Command): Command {
  return command
    .option("-n, --limit <n>", "runs at most", wholeNumber(1, 50_000), 50)
    .option("--deleted", "those that were deleted")
    .option("--json", "as MLflow's REST API writes them");
}

async function list(options: ListOptions): Promise<void> {
  const found = await find(options);
  if (options.json) printJson({ runs: found.map((run) => printRun(run)) });
  else print(found.length === 0 ? "No runs.\n" : printRunList(found, Date.now()));
}

async function find(options: ListOptions): Promise<readonly RunRecord[]> {
  const opened = openToRead();
  if (opened === null && options.experiment === undefined) return [];
  const chosen =
    options.experiment === undefined
      ? ((await opened?.store.experiments(options.deleted === true ? "all" : "active")) ?? [])
      : [await findExperiment(opened, options.experiment)];
  const page = await opened?.store.searchRuns({
    experimentIds: chosen.map(({ id }) => id),
    lifecycle: options.deleted === true ? "deleted" : "active",
    filter: options.filter ?? "",
    limit: options.limit,
    ...(options.orderBy === undefined ? {} : { orderBy: options.orderBy }),
  });
  return page?.runs ?? [];
}
