import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import { ExperimentNotFoundError, RunNotFoundError } from "../errors.ts";
import { experimentNames, readExperimentByName, settle } from "../local/index.ts";
import { openRestModels } from "../registry/index.ts";
import { knownNameId } from "../series/index.ts";
import { unsentTag } from "../server-tags.ts";
import { openRestRuns, type RestOptions, type RestRuns, readRun } from "../stores/index.ts";
import { whilePushing } from "./push-lock.ts";
import { type Pushed, pushRun } from "./push-run.ts";

/** Which runs are pushed, and where to; without `ids`, `experiment` and `all` those that a server should have and does not have whole. */
export interface PushOptions extends RestOptions {
  readonly ids?: readonly string[];
  /** All runs of the experiment with this name. */
  readonly experiment?: string;
  readonly all?: boolean;
  /** Called behind each run. */
  readonly onProgress?: (progress: PushProgress) => void;
}

export interface PushProgress {
  readonly run: Pushed;
  readonly done: number;
  readonly total: number;
}

export interface PushReport {
  /** The server's address. */
  readonly url: string;
  readonly runs: readonly Pushed[];
  /** Sentences on what did not arrive; none when all did. */
  readonly problems: readonly string[];
}

/**
 * Sends runs of the project to an MLflow server: params, metrics with their points, tags, inputs, artifacts, logged models
 * with their versions and aliases, status and times; of their experiments the tags that these do not have there. Parents go
 * first, also those that were not asked for. A run that is there already gets what it misses, so that a push may be done
 * again, and after any failure.
 *
 * @throws {RunNotFoundError} @throws {ExperimentNotFoundError} @throws {ServerDownError} @throws {ServerAuthError}
 */
export async function pushRuns(project: Project, options: PushOptions = {}): Promise<PushReport> {
  const server = { runs: openRestRuns(options), models: openRestModels(options) };
  const ids = hasDatabase(project) ? chosen(project, server.runs, options) : none(options);
  const runs: Pushed[] = [];
  await pushExperiments(project, server.runs, ids);
  for (const id of ids) {
    const run = await pushRun(project, server, id);
    runs.push(run);
    options.onProgress?.({ run, done: runs.length, total: ids.length });
  }
  const problems = runs.flatMap((run) => run.problems.map((problem) => `Run ${run.name}: ${problem}`));
  return { url: server.runs.url, runs, problems };
}

/** Makes the experiments of runs where they are missing; they are shared, so a tag that is there stays as it is. */
async function pushExperiments(project: Project, server: RestRuns, ids: readonly string[]): Promise<void> {
  const names = new Set(ids.map((id) => readRun(project, id)?.experiment ?? ""));
  for (const name of names) {
    const here = readExperimentByName(project, name);
    if (here === null || Object.keys(here.tags).length === 0) continue;
    await whilePushing(project, server.url, async () => {
      const id = await server.ensureExperiment(name);
      const there = (await server.experiment(id))?.tags ?? {};
      for (const [key, text] of Object.entries(here.tags))
        if (!Object.hasOwn(there, key)) await server.setExperimentTag(id, key, text);
    });
  }
}

function none({ ids = [], experiment }: PushOptions): readonly string[] {
  const [id] = ids;
  if (id !== undefined) throw new RunNotFoundError(id);
  if (experiment !== undefined) throw new ExperimentNotFoundError(experiment, []);
  return [];
}

function chosen(project: Project, server: RestRuns, options: PushOptions): readonly string[] {
  // What dead processes left behind is put in order first.
  settle(project);
  return withParents(project, wanted(project, server, options));
}

interface IdRow {
  readonly uuid: string;
}

function wanted(project: Project, server: RestRuns, { ids, experiment, all }: PushOptions): readonly string[] {
  const database = openDatabase(project);
  const listed = (rows: readonly IdRow[]): readonly string[] => rows.map(({ uuid }) => uuid);
  if (ids !== undefined) return ids;
  if (experiment !== undefined) {
    const known = readExperimentByName(project, experiment);
    if (known === null) throw new ExperimentNotFoundError(experiment, experimentNames(database));
    const sql = "SELECT uuid FROM run WHERE lifecycle = 'active' AND experiment = ? ORDER BY id";
    return listed(database.read<IdRow>(sql, Number(known.id)));
  }
  if (all === true) return listed(database.read<IdRow>("SELECT uuid FROM run WHERE lifecycle = 'active' ORDER BY id"));
  const sql = "SELECT uuid FROM run JOIN tag ON tag.run = run.id WHERE tag.name = ? AND tag.text = ? ORDER BY run.id";
  return listed(database.read<IdRow>(sql, knownNameId(database, unsentTag), server.url));
}

/** Runs with all that they are nested in before them, each once. */
function withParents(project: Project, ids: readonly string[]): readonly string[] {
  const database = openDatabase(project);
  const ordered = new Set<string>();
  const add = (id: string, below: readonly string[]): void => {
    if (ordered.has(id) || below.includes(id)) return;
    const row = database.first<{ readonly parent: string | null }>("SELECT parent FROM run WHERE uuid = ?", id);
    if (row === null && below.length === 0) throw new RunNotFoundError(id);
    if (row === null) return;
    if (row.parent !== null) add(row.parent, [...below, id]);
    ordered.add(id);
  };
  for (const id of ids) add(id, []);
  return [...ordered];
}
