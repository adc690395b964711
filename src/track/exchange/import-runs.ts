import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import { artifactFolder, settle } from "../local/index.ts";
import { copyArtifacts, countArtifacts } from "./copy-artifacts.ts";
import { ImportSourceError } from "./errors.ts";
import type { ForeignExperiment, ForeignMetric, ForeignRun, ForeignSource } from "./foreign.ts";
import { mlflowDatabase } from "./mlflow-database.ts";
import { isMlruns, mlrunsFolder } from "./mlruns.ts";
import { isSqlite } from "./open-sqlite.ts";
import { foreignArtifactsTag, putExperiment, putRun, updateRun } from "./put-run.ts";
import { isTensorboard, tensorboardFiles } from "./tensorboard.ts";

export interface ImportOptions {
  /** Only the experiment of this name. For TensorBoard's files, which have none: what the experiment is called. */
  readonly experiment?: string;
  /** Where the artifacts are, when they are neither where the store says nor beside it: `<folder>/<experiment>/<run>/artifacts`. */
  readonly artifacts?: string;
  /** Says what would be added, and adds nothing. */
  readonly dryRun?: boolean;
  /** Called before each run. */
  readonly onProgress?: (progress: ImportProgress) => void;
}

export interface ImportProgress {
  readonly done: number;
  readonly of: number;
  readonly run: string;
}

/** What an import did; with `dryRun` what it would do. */
export interface ImportSummary {
  readonly source: string;
  readonly experiments: number;
  readonly runs: number;
  /** Runs that were here, and had gone on there. */
  readonly updated: number;
  /** Runs that were here as they are there. */
  readonly present: number;
  readonly points: number;
  readonly files: number;
  readonly bytes: number;
  /** What could not be taken, in sentences. */
  readonly notes: readonly string[];
}

/**
 * Brings in the runs of an `mlflow.db`, a `mlruns/` folder or TensorBoard's event files: with their ids, parents, points,
 * artifacts. A second time adds what is new there. Each run comes whole or not at all, so a stopped import goes on.
 *
 * @param path of the database, folder or file @throws {ImportSourceError} @throws {MlflowRevisionError}
 */
export async function importRuns(project: Project, path: string, options: ImportOptions = {}): Promise<ImportSummary> {
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

function chosenExperiments(source: ForeignSource, { experiment: name }: ImportOptions): readonly Chosen[] {
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
      .filter(({ id, tags }) => id !== "0" || Object.keys(tags).length > 0 || source.runIds(id).length > 0)
      .map((experiment) => ({ experiment, of: experiment.id }))
  );
}

interface Tally {
  experiments: number;
  runs: number;
  updated: number;
  present: number;
  points: number;
  files: number;
  bytes: number;
  notes: string[];
  /** Roots of artifacts that are out of reach, and how many runs have theirs there. */
  elsewhere: Map<string, number>;
}

function newTally(): Tally {
  const counts = { experiments: 0, runs: 0, updated: 0, present: 0, points: 0, files: 0, bytes: 0 };
  return { ...counts, notes: [], elsewhere: new Map() };
}

interface Importing {
  readonly project: Project;
  readonly source: ForeignSource;
  readonly options: ImportOptions;
  readonly tally: Tally;
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
  const from = artifactsOf(run, { experiment, options });
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

function experimentIdOf(project: Project, name: string): number | null {
  const row = openDatabase(project).first<{ readonly id: number }>("SELECT id FROM experiment WHERE name = ?", name);
  return row?.id ?? null;
}

/** The folder with a run's artifacts; null where none is within reach. */
function artifactsOf(
  run: ForeignRun,
  { experiment, options }: { readonly experiment: ForeignExperiment; readonly options: ImportOptions },
): string | null {
  const given =
    options.artifacts === undefined
      ? []
      : [
          join(options.artifacts, experiment.id, run.id, "artifacts"),
          join(options.artifacts, run.id, "artifacts"),
          join(options.artifacts, experiment.id, run.id),
        ];
  return [...given, ...run.artifactFolders].find((folder) => existsSync(folder)) ?? null;
}

function noteElsewhere(tally: Tally, run: ForeignRun): void {
  // A run that kept no artifact has no folder, on this machine and in the folder of a server.
  const isHere = run.artifactFolders.some((folder) => existsSync(join(folder, "..", "..", "..")));
  if (!isRemote(run.artifactUri) || isHere) return;
  const root = run.artifactUri.split(run.id)[0] ?? run.artifactUri;
  tally.elsewhere.set(root, (tally.elsewhere.get(root) ?? 0) + 1);
}

function isRemote(uri: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(uri) && !uri.startsWith("file:");
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

function addFiles(tally: Tally, { files, bytes, skipped }: ReturnType<typeof countArtifacts>): void {
  tally.files += files;
  tally.bytes += bytes;
  tally.notes.push(...skipped.map((path) => `Artifact ${path} is no plain file and was left out.`));
}

function elsewhereNotes(elsewhere: ReadonlyMap<string, number>): readonly string[] {
  return [...elsewhere].map(
    ([root, runs]) =>
      `Artifacts of ${runs} run${runs === 1 ? "" : "s"} are at ${root} and were not copied. Copy them here and give --artifacts.`,
  );
}
