import { openDatabase, type Project } from "../../store/index.ts";
import {
  type ArtifactPlace,
  artifactFolder,
  changeRun,
  createExperiment,
  dropExperimentTag,
  dropTag,
  getArtifact,
  insertRun,
  listArtifacts,
  listExperiments,
  putArtifact,
  putInputs,
  putParams,
  putPoints,
  putTags,
  readExperiment,
  readExperimentByName,
  recordsOf,
  renameExperiment,
  runRow,
  setExperimentLifecycle,
  setExperimentTag,
  setLifecycle,
  settle,
  writableRun,
} from "../local/index.ts";
import type { ParamText } from "../params.ts";
import type { RunRecord } from "../record.ts";
import type { ExperimentStore, RunStore } from "../run-store.ts";
import { findExperiments, findRuns } from "../search/index.ts";
import { flushWriters, pointsFrom, readSeries } from "../series/index.ts";

/** The runs in a project's database. Sync inside; each answer is as of the call. */
export function localStore(project: Project): RunStore {
  return {
    ...experimentsOf(project),
    searchExperiments: async (query) => findExperiments(listExperiments(project, query.lifecycle), query),
    ...runsOf(project),
    ...valuesOf(project),
    ...artifactsOf(project),
  };
}

/** A run as it is now; null where there is none. */
export function readRun(project: Project, id: string): RunRecord | null {
  settle(project);
  const known = openDatabase(project).first("SELECT id FROM run WHERE uuid = ?", id);
  return known === null ? null : recordOf(project, id);
}

function recordOf(project: Project, id: string): RunRecord {
  const [record] = recordsOf(project, [runRow(openDatabase(project), id)]);
  if (record === undefined) throw new RangeError(`one row gave no record: run ${id}`);
  return record;
}

function experimentsOf(project: Project): ExperimentStore {
  return {
    createExperiment: async (name, tags) => createExperiment(project, name, tags),
    experiment: async (id) => readExperiment(project, id),
    experimentByName: async (name) => readExperimentByName(project, name),
    experiments: async (lifecycle) => listExperiments(project, lifecycle),
    renameExperiment: async (id, name) => renameExperiment(project, id, name),
    deleteExperiment: async (id) => setExperimentLifecycle(project, id, "deleted"),
    restoreExperiment: async (id) => setExperimentLifecycle(project, id, "active"),
    setExperimentTag: async (id, key, value) => setExperimentTag(project, id, { key, value }),
    deleteExperimentTag: async (id, key) => dropExperimentTag(project, id, key),
  };
}

function runsOf(
  project: Project,
): Pick<RunStore, "createRun" | "run" | "searchRuns" | "updateRun" | "deleteRun" | "restoreRun"> {
  return {
    createRun: async (run) => recordOf(project, openDatabase(project).write((sql) => insertRun(sql, run)).id),
    run: async (id) => readRun(project, id),
    searchRuns: async (query) => {
      settle(project);
      const { rows, nextPageToken } = findRuns(project, query);
      return { runs: recordsOf(project, rows), nextPageToken };
    },
    updateRun: async (id, change) => {
      await changeRun(project, id, change);
      return recordOf(project, id);
    },
    deleteRun: async (id) => setLifecycle(project, id, "deleted"),
    restoreRun: async (id) => setLifecycle(project, id, "active"),
  };
}

function valuesOf(
  project: Project,
): Pick<RunStore, "logParams" | "logMetrics" | "setTags" | "deleteTag" | "logBatch" | "logInputs" | "metricHistory"> {
  return {
    logParams: async (id, params) =>
      openDatabase(project).write((sql) => putParams(sql, writableRun(sql, id).id, paramTexts(params))),
    logMetrics: async (id, points) =>
      openDatabase(project).write((sql) => putPoints(sql, writableRun(sql, id).id, points)),
    setTags: async (id, tags) => openDatabase(project).write((sql) => putTags(sql, writableRun(sql, id).id, tags)),
    deleteTag: async (id, key) => openDatabase(project).write((sql) => dropTag(sql, writableRun(sql, id).id, key)),
    logBatch: async (id, { metrics = [], params = {}, tags = {} }) =>
      openDatabase(project).write((sql) => {
        const run = writableRun(sql, id).id;
        putParams(sql, run, paramTexts(params));
        putTags(sql, run, tags);
        putPoints(sql, run, metrics);
      }),
    logInputs: async (id, inputs) =>
      openDatabase(project).write((sql) => putInputs(sql, writableRun(sql, id).id, inputs)),
    metricHistory: async (id, key) => {
      flushWriters();
      const { id: row } = runRow(openDatabase(project), id);
      return pointsFrom(readSeries(project, { row, id }, key));
    },
  };
}

function paramTexts(params: Readonly<Record<string, string>>): ReadonlyMap<string, ParamText> {
  return new Map(Object.entries(params).map(([key, text]) => [key, { text, json: false }]));
}

function artifactsOf(project: Project): Pick<RunStore, "artifacts" | "writeArtifact" | "readArtifact"> {
  const place = (id: string): ArtifactPlace => ({
    folder: artifactFolder(project, runRow(openDatabase(project), id)),
    run: id,
  });
  return {
    artifacts: async (id, folder) => listArtifacts(place(id), folder),
    writeArtifact: async (id, path, bytes) => putArtifact(place(id), path, bytes),
    readArtifact: async (id, path) => getArtifact(place(id), path),
  };
}
