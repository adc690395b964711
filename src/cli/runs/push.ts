import { StemmaError } from "../../error.ts";
import { findProject } from "../../store/index.ts";
import { localReader, type PushReport, pushRuns } from "../../track/index.ts";
import { count, print, printJson, type Register } from "../command.ts";
import { printable } from "../text.ts";
import { texts } from "./pairs.ts";
import { progressLine } from "./progress.ts";

interface PushOptions {
  readonly run?: readonly string[];
  readonly experiment?: string;
  readonly all?: true;
  readonly json?: true;
}

/** `stemma runs push` */
export const registerPush: Register = (runs, exit) => {
  runs
    .command("push")
    .description("Send the project's runs to an MLflow server; again, it sends what is missing there")
    .argument("[uri]", "the server's address; MLFLOW_TRACKING_URI where absent")
    .option("--run <id>", "only this run, by its id or the first digits of it; may come several times", texts)
    .option("--experiment <name>", "all runs of this experiment")
    .option("--all", "all runs; without any of these: those that did not arrive when they were written")
    .option("--json", "the report as JSON")
    .action(async (uri: string | undefined, options: PushOptions) => exit(await push(uri, options)));
};

async function push(uri: string | undefined, { run, experiment, all, json }: PushOptions): Promise<number> {
  const project = findProject(process.cwd());
  const line = progressLine();
  const report = await pushRuns(project, {
    ...(uri === undefined ? {} : { uri }),
    ...(run === undefined ? {} : { ids: run.map((id) => localId(id)) }),
    ...(experiment === undefined ? {} : { experiment }),
    ...(all === undefined ? {} : { all }),
    onProgress: ({ done, total }) => line.show(`Pushed run ${done} of ${total}`),
  }).finally(line.clear);
  if (json) printJson(report);
  else print(said(report));
  return report.problems.length === 0 ? 0 : 1;
}

/** The id of a run of the project, whatever MLFLOW_TRACKING_URI names. */
function localId(prefix: string): string {
  const reader = localReader(findProject(process.cwd()));
  if (reader.run(prefix) !== null || !/^[0-9a-f]{6,31}$/.test(prefix)) return prefix;
  const { runs } = reader.searchRuns({
    experimentIds: reader.experiments("all").map(({ id }) => id),
    filter: `attributes.run_id LIKE '${prefix}%'`,
    lifecycle: "all",
    limit: 2,
  });
  if (runs.length > 1)
    throw new StemmaError("AMBIGUOUS_RUN", `Several runs start with ${prefix}. Give more of its digits.`);
  return runs[0]?.id ?? prefix;
}

function said({ url, runs, problems }: PushReport): string {
  const added = runs.filter(({ isNew }) => isNew).length;
  const sum = (of: "points" | "values" | "artifacts" | "models"): number =>
    runs.reduce((total, run) => total + run[of], 0);
  const sent = `${count(sum("points"), "point")}, ${count(sum("values"), "value")}, ${count(sum("artifacts"), "artifact")} and ${count(sum("models"), "model")}`;
  const first =
    runs.length === 0
      ? `Nothing to push to ${url}.`
      : `Pushed ${count(runs.length, "run")}, ${added} of them new, to ${url}: ${sent}.`;
  return `${first}\n${problems.map((problem) => `Note: ${printable(problem)}\n`).join("")}`;
}
