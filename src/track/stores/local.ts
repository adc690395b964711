import { openDatabase, type Project } from "../../store/index.ts";
import {
  type ArtifactPlace,
  artifactFolder,
  changeRun,
  createExperiment,
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
  runRow,
  setExperimentTag,
  setLifecycle,
  settle,
  writableRun,
} from "../local/index.ts";
import type { RunRecord } from "../record.ts";
import type { RunStore } from "../run-store.ts";
import { findRuns } from "../search/index.ts";
import { flushWriters, pointsFrom, readSeries } from "../series/index.ts";

/** The runs in a project's database. Sync inside; each answer is as of the call. */
export function localStore(project: Project): RunStore {
  return { ...experimentsOf(project), ...runsOf(project), ...valuesOf(project), ...artifactsOf(project) };
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

function experimentsOf(
  project: Project,
): Pick<RunStore, "createExperiment" | "experiment" | "experimentByName" | "experiments" | "setExperimentTag"> {
  return {
    createExperiment: async (name, tags) => createExperiment(project, name, tags),
    experiment: async (id) => readExperiment(project, id),
    experimentByName: async (name) => readExperimentByName(project, name),
    experiments: async (lifecycle) => listExperiments(project, lifecycle),
    setExperimentTag: async (id, key, value) => setExperimentTag(project, id, { key, value }),
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
): Pick<RunStore, "logParams" | "logMetrics" | "setTags" | "deleteTag" | "logInputs" | "metricHistory"> {
  return {
    logParams: async (id, params) =>
      openDatabase(project).write((sql) => {
        const texts = Object.entries(params).map(([key, text]) => [key, { text, json: false }] as const);
        putParams(sql, writableRun(sql, id).id, new Map(texts));
      }),
    logMetrics: async (id, points) =>
      openDatabase(project).write((sql) => putPoints(sql, writableRun(sql, id).id, points)),
    setTags: async (id, tags) => openDatabase(project).write((sql) => putTags(sql, writableRun(sql, id).id, tags)),
    deleteTag: async (id, key) => openDatabase(project).write((sql) => dropTag(sql, writableRun(sql, id).id, key)),
    logInputs: async (id, inputs) =>
      openDatabase(project).write((sql) => putInputs(sql, writableRun(sql, id).id, inputs)),
    metricHistory: async (id, key) => {
      flushWriters();
      const { id: row } = runRow(openDatabase(project), id);
      return pointsFrom(readSeries(project, { row, id }, key));
    },
  };
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
