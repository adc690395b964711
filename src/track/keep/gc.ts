import { rmSync } from "node:fs";
import { join } from "node:path";
import { nodeId } from "../../lineage/index.ts";
import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { ExperimentNotFoundError } from "../errors.ts";
import { artifactFolder, experimentNames, settle } from "../local/index.ts";
import { listSegments, tailFolder } from "../series/index.ts";
import { bytesBelow } from "./bytes-below.ts";
import { unusedNames } from "./check-rows.ts";

export interface RunsGcOptions {
  /** Only what was deleted at least so long ago. */
  readonly olderThanMs?: number;
  /** Only runs of the experiment of this name, and the experiment itself where it is deleted. */
  readonly experiment?: string;
}

/** What would be removed for ever. */
export interface GcPlan {
  readonly experiments: readonly GcExperiment[];
  readonly runs: readonly GcRun[];
  readonly models: readonly GcModel[];
  readonly points: number;
  /** Of the artifacts. */
  readonly bytes: number;
}

export interface GcExperiment {
  readonly id: number;
  readonly name: string;
}

export interface GcRun {
  readonly row: number;
  readonly id: string;
  readonly name: string;
  readonly experiment: number;
}

/** A logged model. */
export interface GcModel {
  readonly row: number;
  readonly id: string;
  readonly experiment: number;
}

/**
 * Deleted runs, experiments with all their runs, and logged models. A run that somebody writes stays.
 *
 * @throws {ExperimentNotFoundError}
 */
export function planGc(project: Project, options: RunsGcOptions = {}): GcPlan {
  settle(project);
  const asked: Asked = { before: Date.now() - (options.olderThanMs ?? 0), name: options.experiment ?? null };
  const plan = openDatabase(project).snapshot((sql) => {
    if (asked.name !== null && sql.first("SELECT 1 FROM experiment WHERE name = ?", asked.name) === null)
      throw new ExperimentNotFoundError(asked.name, experimentNames(sql));
    const experiments = deletedExperiments(sql, asked);
    const gone = JSON.stringify(experiments.map(({ id }) => id));
    const runs = deletedRuns(sql, asked, gone);
    const points = sql.first<{ readonly n: number | null }>(
      "SELECT sum(points) AS n FROM series WHERE run IN (SELECT value FROM json_each(?))",
      JSON.stringify(runs.map(({ row }) => row)),
    );
    return { experiments, runs, models: deletedModels(sql, asked, gone), points: points?.n ?? 0 };
  });
  const folders = [
    ...plan.runs.map((run) => runFolder(project, run)),
    ...plan.models.map((model) => modelFolder(project, model)),
  ];
  return { ...plan, bytes: folders.reduce((sum, folder) => sum + bytesBelow(folder), 0) };
}

interface Asked {
  /** Unix time: what was deleted until then. */
  readonly before: number;
  readonly name: string | null;
}

type Reading = Pick<Sql, "read">;

function deletedExperiments(sql: Reading, { before, name }: Asked): readonly GcExperiment[] {
  return sql.read<GcExperiment>(
    `SELECT id, name FROM experiment
     WHERE lifecycle = 'deleted' AND coalesce(deleted, updated) <= ?1 AND (?2 IS NULL OR name = ?2)
       AND NOT EXISTS (SELECT 1 FROM run JOIN lease ON lease.run = run.id WHERE run.experiment = experiment.id)`,
    before,
    name,
  );
}

/** @param gone a JSON list of the experiments that go with all that is in them */
function deletedRuns(sql: Reading, { before, name }: Asked, gone: string): readonly GcRun[] {
  return sql.read<GcRun>(
    `SELECT run.id AS row, run.uuid AS id, run.name, run.experiment
     FROM run JOIN experiment ON experiment.id = run.experiment
     WHERE (run.experiment IN (SELECT value FROM json_each(?3)) OR (run.lifecycle = 'deleted'
         AND coalesce(run.deleted, run.ended, run.started) <= ?1 AND (?2 IS NULL OR experiment.name = ?2)))
       AND NOT EXISTS (SELECT 1 FROM lease WHERE lease.run = run.id)
     ORDER BY run.id`,
    before,
    name,
    gone,
  );
}

function deletedModels(sql: Reading, { before, name }: Asked, gone: string): readonly GcModel[] {
  return sql.read<GcModel>(
    `SELECT m.id AS row, m.uuid AS id, m.experiment
     FROM logged_model m JOIN experiment ON experiment.id = m.experiment
     WHERE m.experiment IN (SELECT value FROM json_each(?3))
       OR (m.lifecycle = 'deleted' AND m.updated <= ?1 AND (?2 IS NULL OR experiment.name = ?2))`,
    before,
    name,
    gone,
  );
}

/**
 * Removes what a plan names for ever; what was restored since is kept. The rows go first, in one transaction: a kill
 * behind it leaves files that belong to no run, which `stemma runs check --repair` finds, never a run without its files.
 *
 * @returns what was removed
 */
export function runGc(project: Project, plan: GcPlan): GcPlan {
  const done = openDatabase(project).write((sql) => {
    const experiments = plan.experiments.filter(({ id }) => isDeleted(sql, "experiment", id));
    const gone = new Set(experiments.map(({ id }) => id));
    const runs = plan.runs.filter(({ row, experiment }) => gone.has(experiment) || isDeleted(sql, "run", row));
    const models = plan.models.filter(
      ({ row, experiment }) => gone.has(experiment) || isDeleted(sql, "logged_model", row),
    );
    for (const run of runs) dropRun(sql, run);
    for (const { row } of models) dropModel(sql, row);
    for (const { id } of experiments) dropExperiment(sql, id);
    dropUnused(sql);
    return { ...plan, experiments, runs, models };
  });
  for (const run of done.runs) dropFiles(project, run);
  for (const model of done.models) rmSync(modelFolder(project, model), { recursive: true, force: true });
  for (const { id } of done.experiments)
    rmSync(join(project.stemmaFolder, "artifacts", String(id)), { recursive: true, force: true });
  return done;
}

function isDeleted(sql: Sql, table: "experiment" | "run" | "logged_model", id: number): boolean {
  return sql.first(`SELECT 1 FROM ${table} WHERE id = ? AND lifecycle = 'deleted'`, id) !== null;
}

const runTables = ["param", "tag", "series", "chunk", "tail", "input", "lease", "run_model"];

function dropRun(sql: Sql, { row, id }: GcRun): void {
  for (const table of runTables) sql.run(`DELETE FROM ${table} WHERE run = ?`, row);
  sql.run("DELETE FROM run WHERE id = ?", row);
  const activity = sql.first<{ readonly id: number }>(
    "SELECT id FROM activity WHERE node = ?",
    nodeId({ kind: "run", id }),
  );
  if (activity === null) return;
  sql.run("DELETE FROM fact WHERE activity = ?", activity.id);
  sql.run("DELETE FROM part WHERE child = ?1 OR parent = ?1", activity.id);
  sql.run("DELETE FROM activity WHERE id = ?", activity.id);
}

function dropModel(sql: Sql, row: number): void {
  for (const table of ["logged_model_tag", "logged_model_param", "logged_model_metric"])
    sql.run(`DELETE FROM ${table} WHERE model = ?`, row);
  sql.run("DELETE FROM logged_model WHERE id = ?", row);
}

/** A run that was made in it since the plan keeps its experiment. */
function dropExperiment(sql: Sql, id: number): void {
  const { changes } = sql.run(
    "DELETE FROM experiment WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM run WHERE run.experiment = ?1)",
    id,
  );
  if (changes > 0) sql.run("DELETE FROM experiment_tag WHERE experiment = ?", id);
}

/** What only the removed runs used. */
function dropUnused(sql: Sql): void {
  sql.run("DELETE FROM dataset WHERE id NOT IN (SELECT dataset FROM input)");
  sql.run("DELETE FROM cell_list WHERE md5 NOT IN (SELECT sources FROM run WHERE sources IS NOT NULL)");
  sql.run(
    "DELETE FROM cell_source WHERE md5 NOT IN (SELECT value ->> 'md5' FROM cell_list, json_each(cell_list.cells))",
  );
  sql.run(`DELETE FROM name WHERE id IN (${unusedNames})`);
  sql.run("DELETE FROM entity WHERE id NOT IN (SELECT entity FROM fact)");
}

function dropFiles(project: Project, run: GcRun): void {
  for (const { path } of listSegments(tailFolder(project.stemmaFolder), run.id)) rmSync(path, { force: true });
  rmSync(runFolder(project, run), { recursive: true, force: true });
}

function runFolder(project: Project, { id, experiment }: GcRun): string {
  return artifactFolder(project, { uuid: id, experiment });
}

/** As src/track/registry lays it out. */
function modelFolder(project: Project, { id, experiment }: GcModel): string {
  return join(project.stemmaFolder, "artifacts", String(experiment), "models", id);
}
