import { printRun } from "../../format/index.ts";
import { track } from "../../track/index.ts";
import { print, printJson, type Register, wholeNumber } from "../command.ts";
import { texts } from "./pairs.ts";
import { printComparison } from "./text.ts";

interface CompareOptions {
  readonly filter?: string;
  readonly orderBy?: readonly string[];
  readonly limit: number;
  readonly json?: true;
}

/** `stemma runs compare` */
export const registerCompare: Register = (runs) => {
  runs
    .command("compare")
    .description("The runs of an experiment side by side")
    .argument("<experiment>", "its name")
    .option("--filter <filter>", "only runs that match, in MLflow's grammar")
    .option("--order-by <field>", '"metrics.rmse ASC"; may come several times', texts)
    .option("-n, --limit <n>", "runs at most", wholeNumber(1, 50_000), 50)
    .option("--json", "as MLflow's REST API writes them")
    .action(compare);
};

// The same as track.compare() in a cell: the best run first where no order is asked for.
function compare(experiment: string, { filter, orderBy, limit, json }: CompareOptions): void {
  const { record } = track.compare(experiment, {
    limit,
    ...(filter === undefined ? {} : { filter }),
    ...(orderBy === undefined ? {} : { orderBy }),
  });
  if (json) printJson({ runs: record.runs.map((run) => printRun(run)) });
  else print(printComparison(record));
}
