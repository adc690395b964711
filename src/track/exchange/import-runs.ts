import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import { artifactFolder, settle } from "../local/index.ts";
import { copyArtifacts, countArtifacts } from "./copy-artifacts.ts";
import { ImportSourceError } from "./errors.ts";
import type { ForeignExperiment, ForeignMetric, ForeignRun, ForeignSource } from "./foreign.ts";
import { importModels } from "./import-models.ts";
import type { ImportSummary, RunsImportOptions } from "./import-options.ts";
import {
  addFiles,
  artifactsOf,
  elsewhereNotes,
  experimentIdOf,
  type Importing,
  isRemote,
  newTally,
  noteElsewhere,
  type Tally,
} from "./import-tally.ts";
import { mlflowDatabase } from "./mlflow-database.ts";
import { isMlruns, mlrunsFolder } from "./mlruns.ts";
import { isSqlite } from "./open-sqlite.ts";
import { foreignArtifactsTag, putExperiment, putRun, updateRun } from "./put-run.ts";
import { isTensorboard, tensorboardFiles } from "./tensorboard.ts";

/**
 * Brings in the runs of an `mlflow.db`, a `mlruns/` folder or TensorBoard's event files: with their ids, parents, points,
 * artifacts. A second time adds what is new there. Each run comes whole or not at all, so a stopped import goes on.
 *
 * @param path of the database, folder or file @throws {ImportSourceError} @throws {MlflowRevisionError}
 */
export async function importRuns(
  project: Project,
  path: string,
  options: RunsImportOptions = {},
): Promise<ImportSummary> {
  const source = openSource(path);
  try {
    if (hasDatabase(project)) settle(project);
    const experiments = chosenExperiments(source, options);
    const work = experiments.flatMap(({ experiment, of }) => source.runIds(of).map((id) => ({ experiment, id })));
    const tally = newTally();
    const importing = { project, source, options, tally };
    for (const { experiment } of experiments) addExperiment(importing, experiment);
    for (const [done, one] of work.entries()) {
      options.onProgress?.({ done, of: work.length, run: one.id });
      addRun(importing, one);
      // Ctrl+C and the progress line get their turn.
      await setImmediate();
    }
    importModels({ project, source, options, tally }, experiments);
    const { elsewhere, ...counts } = tally;
    const notes = [...source.notes(), ...tally.notes, ...elsewhereNotes(elsewhere)];
    return { source: source.title, ...counts, notes };
  } finally {
    source.close();
  }
}

function openSource(path: string): ForeignSource {
  if (/^postgres(ql)?(\+\w+)?:|^mysql/.test(path))
    throw new ImportSourceError(
      `${path} is a database server. Let \`mlflow server --backend-store-uri\` serve it, and read it with MLFLOW_TRACKING_URI.`,
    );
  const plain = path.replace(/^sqlite:\/\/\//, "");
  const stats = statSync(plain, { throwIfNoEntry: false });
  if (stats === undefined) throw new ImportSourceError(`There is no ${plain}.`);
  if (stats.isFile() && isSqlite(plain)) return mlflowDatabase(plain);
  if (stats.isDirectory() && isMlruns(plain)) return mlrunsFolder(plain);
  if (isTensorboard(plain)) return tensorboardFiles(plain);
  const inside = ["mlflow.db", "mlruns"].find((name) => existsSync(join(plain, name)));
  throw new ImportSourceError(
    `${plain} is no mlflow.db, no mlruns/ folder and has no event files of TensorBoard.${inside === undefined ? "" : ` Did you mean ${join(plain, inside)}?`}`,
  );
}

interface Chosen {
  readonly experiment: ForeignExperiment;
  /** Its id there. */
  readonly of: string;
}

function chosenExperiments(source: ForeignSource, { experiment: name }: RunsImportOptions): readonly Chosen[] {
  const all = source.experiments();
  const [only] = all;
  if (name !== undefined && only?.id === "") return [{ experiment: { ...only, name }, of: "" }];
  const chosen = all.filter((experiment) => name === undefined || experiment.name === name);
  if (chosen.length === 0 && name !== undefined)
    throw new ImportSourceError(
      `There is no experiment ${JSON.stringify(name)} in it. There are: ${all.map((one) => one.name).join(", ")}.`,
    );
  return (
    chosen
      // MLflow makes an empty experiment "Default" in every store.
      .filter(({ id, tags }) => id !== "0" || Object.keys(tags).length > 0 || hasContent(source, id))
      .map((experiment) => ({ experiment, of: experiment.id }))
  );
}

function hasContent(source: ForeignSource, experiment: string): boolean {
  const models = source.models()?.logged() ?? [];
  return source.runIds(experiment).length > 0 || models.some((model) => model.experiment === experiment);
}

function addExperiment({ project, options, tally }: Importing, experiment: ForeignExperiment): void {
  if (options.dryRun === true) {
    const known = hasDatabase(project) && experimentIdOf(project, experiment.name) !== null;
    tally.experiments += Number(!known);
    return;
  }
  const { added } = openDatabase(project).write((sql) => putExperiment(sql, experiment));
  tally.experiments += Number(added);
}

function addRun(
  { project, source, options, tally }: Importing,
  { experiment, id }: { readonly experiment: ForeignExperiment; readonly id: string },
): void {
  const known = hasDatabase(project) ? knownRun(project, id) : null;
  const run = source.run(id);
  if (known !== null && !isBehind(known, run, source)) {
    tally.present++;
    return;
  }
  tally[known === null ? "runs" : "updated"]++;
  tally.points += source.countPoints(id) - (known?.points ?? 0);
  const from = artifactsOf(run, experiment.id, options.artifacts);
  if (options.dryRun === true) {
    if (from === null) noteElsewhere(tally, run);
    else addFiles(tally, countArtifacts(from));
    return;
  }
  const to = artifactFolder(project, { experiment: experimentIdOf(project, experiment.name) ?? 0, uuid: id });
  // The files first: a run that is in the database has its artifacts.
  if (from === null) noteElsewhere(tally, run);
  else addFiles(tally, copyArtifacts(from, to));
  const metrics = [...source.metrics(id)];
  noteSteps(tally, { run: id, lowered: lowerSteps(metrics) });
  const whole = from === null ? withArtifactTag(run) : run;
  openDatabase(project).write((sql) => {
    if (known !== null) updateRun(sql, known.row, { run: whole, metrics });
    else putRun(project, sql, { run: whole, metrics, experiment: experimentIdOf(project, experiment.name) ?? 0 });
  });
}

interface KnownRun {
  readonly row: number;
  readonly status: string;
  readonly points: number;
  readonly leased: number;
}

function knownRun(project: Project, id: string): KnownRun | null {
  return openDatabase(project).first<KnownRun>(
    `SELECT run.id AS row, run.status, EXISTS (SELECT 1 FROM lease WHERE lease.run = run.id) AS leased,
       (SELECT coalesce(sum(points), 0) FROM series WHERE series.run = run.id) AS points FROM run WHERE uuid = ?`,
    id,
  );
}

/** Whether a run went on there after it was imported. One that is being written here is left alone. */
function isBehind(known: KnownRun, run: ForeignRun, source: ForeignSource): boolean {
  if (known.leased === 1) return false;
  const wasOpen = known.status === "RUNNING" || known.status === "SCHEDULED";
  return (wasOpen && run.status !== known.status) || source.countPoints(run.id) > known.points;
}

/**
 * Lowers steps past 2^53, which no JavaScript number holds; nanoseconds since 1970 are such. Points of one step keep their
 * order by time.
 */
function lowerSteps(metrics: readonly ForeignMetric[]): number {
  let lowered = 0;
  for (const { columns } of metrics) {
    for (const [i, step] of columns.steps.entries()) {
      if (Number.isSafeInteger(step)) continue;
      columns.steps[i] = Math.sign(step) * Number.MAX_SAFE_INTEGER;
      lowered++;
    }
  }
  return lowered;
}

function noteSteps(tally: Tally, { run, lowered }: { readonly run: string; readonly lowered: number }): void {
  if (lowered === 0) return;
  tally.notes.push(`Run ${run}: steps past 2^53 became ${Number.MAX_SAFE_INTEGER} (points: ${lowered}).`);
}

function withArtifactTag(run: ForeignRun): ForeignRun {
  if (!isRemote(run.artifactUri)) return run;
  return { ...run, tags: new Map([...run.tags, [foreignArtifactsTag, run.artifactUri]]) };
}
