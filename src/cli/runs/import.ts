import { findProject } from "../../store/index.ts";
import { type ImportSummary, importRuns } from "../../track/index.ts";
import { count, print, printJson, type Register, size } from "../command.ts";
import { printable } from "../text.ts";
import { progressLine } from "./progress.ts";

interface RunsImportOptions {
  readonly experiment?: string;
  readonly artifacts?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

/** `stemma runs import` */
export const registerImport: Register = (runs) => {
  runs
    .command("import")
    .description("Bring in the runs of an mlflow.db, a mlruns/ folder or TensorBoard's event files")
    .argument("<path>", "the database, folder or file; it is only read")
    .option("--experiment <name>", "only this one; for event files: what it is called here")
    .option("--artifacts <folder>", "where the artifacts are, when they are not where the store says")
    .option("--dry-run", "say what would be added, and add nothing")
    .option("--json", "the summary as JSON")
    .action(run);
};

async function run(path: string, { json, dryRun, ...options }: RunsImportOptions): Promise<void> {
  const line = progressLine();
  const summary = await importRuns(findProject(process.cwd()), path, {
    ...options,
    dryRun: dryRun === true,
    onProgress: ({ done, of }) => line.show(`Importing run ${done + 1} of ${of}`),
  }).finally(line.clear);
  if (json) printJson(summary);
  else print(said(summary, dryRun === true));
}

function said(summary: ImportSummary, isDry: boolean): string {
  const { runs, updated, present, points, files, bytes, experiments, models, versions, notes, source } = summary;
  const verb = isDry ? "Would import" : "Imported";
  const parts = [
    `${verb} ${count(runs, "run")} with ${count(points, "point")} and ${count(files, "artifact")} (${size(bytes)})`,
    experiments === 0 ? "" : ` into ${count(experiments, "new experiment")}`,
    models + versions === 0 ? "" : `, ${count(models, "logged model")} and ${count(versions, "model version")}`,
    ` from ${source}.`,
    updated === 0
      ? ""
      : ` ${count(updated, "run")} had gone on there and ${isDry ? "would be" : "was"} brought up to date.`,
    present === 0 ? "" : ` ${count(present, "run")} ${present === 1 ? "was" : "were"} here already.`,
  ];
  return `${parts.join("")}\n${notes.map((note) => `Note: ${printable(note)}\n`).join("")}`;
}
