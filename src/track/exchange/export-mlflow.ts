import { existsSync, linkSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { setImmediate } from "node:timers/promises";
import {
  databaseConstructor,
  openDatabase,
  type Project,
  syncData,
  syncFolder,
  temporaryName,
} from "../../store/index.ts";
import { ExperimentNotFoundError } from "../errors.ts";
import { artifactFolder, experimentNames, type RunRow, runColumns, runTables, settle } from "../local/index.ts";
import { copyArtifacts } from "./copy-artifacts.ts";
import { ExportTargetError } from "./errors.ts";
import { type ExperimentRow, mlflowRows } from "./mlflow-rows.ts";

export interface ExportOptions {
  /** Only the experiments of these names; all where there are none. */
  readonly experiments?: readonly string[];
  /** Where to copy the artifacts; they stay where they are, and the database says so, without it. */
  readonly artifacts?: string;
  /** Replaces a file that is there. */
  readonly force?: boolean;
  readonly onProgress?: (progress: { readonly done: number; readonly of: number; readonly run: string }) => void;
}

/** What an export wrote. */
export interface ExportSummary {
  readonly path: string;
  readonly experiments: number;
  readonly runs: number;
  readonly points: number;
  /** Logged models. */
  readonly models: number;
  /** Versions of registered models; they go along when no experiment is named. */
  readonly versions: number;
  readonly files: number;
  readonly bytes: number;
}

/**
 * Writes an `mlflow.db` of revision 6953534de441, which MLflow 3 opens and brings up to its own by itself: experiments,
 * runs, params, tags, every point, data sets; deleted ones as deleted. The file appears when it is whole.
 *
 * @throws {ExportTargetError} there is such a file @throws {ExperimentNotFoundError}
 */
export async function exportMlflow(
  project: Project,
  path: string,
  options: ExportOptions = {},
): Promise<ExportSummary> {
  const target = resolve(path);
  if (existsSync(target) && options.force !== true) throw taken(target);
  settle(project);
  const experiments = chosenExperiments(project, options.experiments ?? []);
  mkdirSync(dirname(target), { recursive: true });
  const aside = join(dirname(target), temporaryName());
  try {
    const summary = await fill(aside, { project, experiments, options });
    await syncData([aside], dirname(aside));
    if (options.force === true) renameSync(aside, target);
    else linkAs(aside, target);
    syncFolder(dirname(target));
    return { path: target, experiments: experiments.length, ...summary };
  } finally {
    rmSync(aside, { force: true });
  }
}

function chosenExperiments(project: Project, names: readonly string[]): readonly ExperimentRow[] {
  const database = openDatabase(project);
  const all = database.read<ExperimentRow>("SELECT * FROM experiment ORDER BY id");
  const missing = names.find((name) => !all.some((experiment) => experiment.name === name));
  if (missing !== undefined) throw new ExperimentNotFoundError(missing, experimentNames(database));
  return all.filter(({ name }) => names.length === 0 || names.includes(name));
}

interface Exporting {
  readonly project: Project;
  readonly experiments: readonly ExperimentRow[];
  readonly options: ExportOptions;
}

async function fill(path: string, exporting: Exporting): Promise<Omit<ExportSummary, "path" | "experiments">> {
  const { project, experiments, options } = exporting;
  const Constructor = databaseConstructor();
  const connection = new Constructor(path);
  try {
    const rows = mlflowRows(connection, project);
    const places = experiments.map((experiment) => rows.putExperiment(experiment, rootOf(options)));
    const runs = experiments.flatMap((experiment, i) =>
      runsOf(project, experiment.id).map((run) => ({ run, experiment: places[i] ?? experiment.id })),
    );
    const total = { runs: runs.length, points: 0, files: 0, bytes: 0 };
    for (const [done, { run, experiment }] of runs.entries()) {
      options.onProgress?.({ done, of: runs.length, run: run.uuid });
      const copied = copyRun(project, { run, experiment, options });
      total.files += copied.files;
      total.bytes += copied.bytes;
      total.points += rows.putRun(run, { experiment, folder: copied.folder });
      await setImmediate();
    }
    const models = rows.putModels({
      experiments: new Map(experiments.map(({ id }, i) => [id, places[i] ?? id])),
      root: rootOf(options),
      // The registry is the project's, not an experiment's.
      registry: (options.experiments ?? []).length === 0,
    });
    rows.commit();
    const { files, bytes, ...counts } = models;
    return { ...total, ...counts, files: total.files + files, bytes: total.bytes + bytes };
  } finally {
    connection.close();
  }
}

function runsOf(project: Project, experiment: number): readonly RunRow[] {
  return openDatabase(project).read<RunRow>(
    `SELECT ${runColumns} FROM ${runTables} WHERE run.experiment = ? ORDER BY run.id`,
    experiment,
  );
}

/** The folder with the artifact roots of all experiments; null where they stay in the project. */
function rootOf({ artifacts }: ExportOptions): string | null {
  return artifacts === undefined ? null : resolve(artifacts);
}

function copyRun(
  project: Project,
  {
    run,
    experiment,
    options,
  }: { readonly run: RunRow; readonly experiment: bigint | number; readonly options: ExportOptions },
): { readonly folder: string; readonly files: number; readonly bytes: number } {
  const from = artifactFolder(project, run);
  const root = rootOf(options);
  if (root === null) return { folder: from, files: 0, bytes: 0 };
  const folder = join(root, String(experiment), run.uuid, "artifacts");
  return { folder, ...copyArtifacts(from, folder) };
}

// A rename would replace a file that appeared meanwhile.
function linkAs(aside: string, target: string): void {
  try {
    linkSync(aside, target);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") throw taken(target, error);
    throw error;
  }
}

function taken(path: string, cause?: unknown): ExportTargetError {
  return new ExportTargetError(`${path} is there already. Take another name, or replace it with --force.`, { cause });
}
