import { hasDatabase, openDatabase, type Project } from "../store/index.ts";
import {
  artifactFolder,
  getArtifact,
  listArtifacts,
  listExperiments,
  readExperimentByName,
  recordsOf,
  runRow,
  settle,
} from "./local/index.ts";
import type { ArtifactEntry, ExperimentRecord, MetricPoint, RunRecord } from "./record.ts";
import type { RunPage, RunQuery } from "./run-store.ts";
import { countRuns, findRuns } from "./search/index.ts";
import { flushWriters, pointsFrom, readSeries, thinned } from "./series/index.ts";
import { readRun } from "./stores/index.ts";

/** Points by metric, then by the id of the run. */
export type Histories = Readonly<Record<string, Readonly<Record<string, readonly MetricPoint[]>>>>;

/**
 * The runs to look at, wherever they are kept: in the project, or on the server of `track.use()`. Its answers come at
 * once, as those of `track.runs()` do; an answer of a server is waited for.
 *
 * @throws {ServerDownError} and the other errors of the server
 */
export interface RunReader {
  readonly project: Project;
  /** The server's address; null for the project's own runs. */
  readonly server: string | null;
  run(id: string): RunRecord | null;
  /** @throws {FilterError} @throws {PageTokenError} @throws {ValueError} */
  searchRuns(query: RunQuery): RunPage;
  /** Runs that match, whatever the page. */
  countRuns(query: RunQuery): number;
  experimentByName(name: string): ExperimentRecord | null;
  experiments(lifecycle?: "active" | "deleted" | "all"): readonly ExperimentRecord[];
  metricHistory(id: string, key: string): readonly MetricPoint[];
  /** The curves of all metrics of runs; of each at most `limit` points, as logged. Metrics with one point are left out. */
  histories(ids: readonly string[], limit: number): Histories;
  artifacts(id: string, folder?: string): readonly ArtifactEntry[];
  /** @throws {ArtifactNotFoundError} @throws {ArtifactPathError} */
  readArtifact(id: string, path: string): Uint8Array;
}

/** The runs in a project's database. Where there is no database none is made: asking leaves no folder behind. */
export function localReader(project: Project): RunReader {
  const isEmpty = (): boolean => !hasDatabase(project);
  const place = (id: string) => ({ folder: artifactFolder(project, runRow(openDatabase(project), id)), run: id });
  return {
    project,
    server: null,
    run: (id) => (isEmpty() ? null : readRun(project, id)),
    searchRuns: (query) => searchLocal(project, query),
    countRuns: (query) => (isEmpty() ? 0 : countRuns(project, query)),
    experimentByName: (name) => (isEmpty() ? null : readExperimentByName(project, name)),
    experiments: (lifecycle) => (isEmpty() ? [] : listExperiments(project, lifecycle)),
    metricHistory: (id, key) => historyOf(project, id, key),
    histories: (ids, limit) => historiesOf(project, ids, limit),
    artifacts: (id, folder) => listArtifacts(place(id), folder),
    readArtifact: (id, path) => getArtifact(place(id), path),
  };
}

function searchLocal(project: Project, query: RunQuery): RunPage {
  if (!hasDatabase(project)) return { runs: [], nextPageToken: null };
  settle(project);
  const { rows, nextPageToken } = findRuns(project, query);
  return { runs: recordsOf(project, rows), nextPageToken };
}

function historyOf(project: Project, id: string, key: string): readonly MetricPoint[] {
  flushWriters();
  return pointsFrom(readSeries(project, { row: runRow(openDatabase(project), id).id, id }, key));
}

function historiesOf(project: Project, ids: readonly string[], limit: number): Histories {
  flushWriters();
  const histories: Record<string, Record<string, readonly MetricPoint[]>> = {};
  for (const id of ids) {
    const key = { row: runRow(openDatabase(project), id).id, id };
    for (const name of Object.keys(readRun(project, id)?.metrics ?? {})) {
      const points = pointsFrom(thinned(readSeries(project, key, name), limit));
      if (points.length > 1) histories[name] = { ...histories[name], [id]: points };
    }
  }
  return histories;
}
