import { existsSync } from "node:fs";
import { type Command, InvalidArgumentError } from "commander";
import { writeDurable } from "../../store/index.ts";
import { ExportTargetError, exportMlflow, type RunRecord, type RunTable, runTable } from "../../track/index.ts";
import { count, print, printJson, type Register, size } from "../command.ts";
import { findExperiment, type Opened, openDatabaseOnly, openToRead } from "./open.ts";
import { texts } from "./pairs.ts";
import { progressLine } from "./progress.ts";

interface ExportOptions {
  readonly mlflow?: string;
  readonly csv?: string | true;
  readonly json?: string | true;
  readonly parquet?: string;
  readonly experiment?: readonly string[];
  readonly filter?: string;
  readonly artifacts?: string;
  readonly force?: true;
}

/** `stemma runs export` */
export const registerExport: Register = (runs) => {
  runs
    .command("export")
    .description("Write runs for others: a database for MLflow, or one row a run for a table")
    .option("--mlflow <file>", "an mlflow.db, which MLflow 3 opens: every point, deleted runs too")
    .option("--csv [file]", "a row a run with its params, latest metrics and tags; printed without a file")
    .option("--json [file]", "the same rows as a JSON list; with --mlflow: the summary as JSON")
    .option("--parquet <file>", "the same rows, metrics as numbers")
    .option("--experiment <name>", "of this experiment only; may come several times", texts)
    .option("--filter <filter>", "only runs that match, in MLflow's grammar (tables only)")
    .option("--artifacts <folder>", "copy the artifacts there, for --mlflow; they stay where they are without it")
    .option("--force", "replace a file that is there")
    .action((options: ExportOptions, command: Command) => run(options, command));
};

async function run(options: ExportOptions, command: Command): Promise<void> {
  const { mlflow, csv, json, parquet } = options;
  const formats = [csv, parquet, mlflow === undefined ? json : undefined].filter((file) => file !== undefined).length;
  if (Number(mlflow !== undefined) + formats !== 1)
    command.error("error: give one of --mlflow, --csv, --json, --parquet", { exitCode: 2 });
  if (mlflow !== undefined) await toMlflow(mlflow, options);
  else await toTable(options);
}

async function toMlflow(path: string, { experiment, artifacts, force, json, filter }: ExportOptions): Promise<void> {
  if (filter !== undefined)
    throw new InvalidArgumentError("--filter goes with tables; --mlflow takes whole experiments.");
  const line = progressLine();
  const summary = await exportMlflow(openDatabaseOnly("export"), path, {
    ...(experiment === undefined ? {} : { experiments: experiment }),
    ...(artifacts === undefined ? {} : { artifacts }),
    force: force === true,
    onProgress: ({ done, of }) => line.show(`Exporting run ${done + 1} of ${of}`),
  }).finally(line.clear);
  if (json !== undefined) return printJson(summary);
  const { runs, experiments, points, files, bytes } = summary;
  const copied = artifacts === undefined ? "" : `, ${count(files, "artifact")} (${size(bytes)}) to ${artifacts}`;
  print(
    `Wrote ${count(runs, "run")} of ${count(experiments, "experiment")} with ${count(points, "point")} to ${path}${copied}.\n` +
      `Look at it: mlflow ui --backend-store-uri sqlite:///${summary.path}\n`,
  );
}

async function toTable(options: ExportOptions): Promise<void> {
  const table = runTable(await chosen(openToRead(), options));
  const file = options.csv ?? options.json ?? options.parquet ?? true;
  const bytes = await bytesOf(table, options);
  if (file === true) return print(String(Buffer.from(bytes)));
  if (existsSync(file) && options.force !== true)
    throw new ExportTargetError(`${file} is there already. Take another name, or replace it with --force.`);
  writeDurable(file, bytes);
  print(`Wrote ${count(table.rows, "run")} to ${file}.\n`);
}

async function bytesOf(table: RunTable, { csv, json }: ExportOptions): Promise<Uint8Array> {
  if (csv !== undefined) return table.csv();
  return json === undefined ? table.parquet() : Buffer.from(table.json());
}

async function chosen(opened: Opened | null, { experiment, filter }: ExportOptions): Promise<readonly RunRecord[]> {
  const experiments =
    experiment === undefined
      ? ((await opened?.store.experiments()) ?? [])
      : await Promise.all(experiment.map((name) => findExperiment(opened, name)));
  const runs: RunRecord[] = [];
  for (let pageToken: string | null | undefined; opened !== null && pageToken !== null; ) {
    const page = await opened.store.searchRuns({
      experimentIds: experiments.map(({ id }) => id),
      filter: filter ?? "",
      ...(pageToken === undefined ? {} : { pageToken }),
    });
    runs.push(...page.runs);
    pageToken = page.nextPageToken;
  }
  return runs;
}
