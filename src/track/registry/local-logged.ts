import { randomBytes } from "node:crypto";
import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { ExperimentNotFoundError } from "../errors.ts";
import {
  copyArtifact,
  getArtifact,
  listArtifacts,
  putArtifact,
  putPoints,
  readExperiment,
  runRow,
  writableRun,
} from "../local/index.ts";
import { checkName, generatedName } from "../names.ts";
import { ValueError } from "../params.ts";
import { storable } from "../series/index.ts";
import { findLogged, type LoggedRow, loggedRecord, loggedRow, modelFolder } from "./local-logged-rows.ts";
import { searchLogged } from "./local-logged-search.ts";
import { checkLoggedModelName } from "./registry-names.ts";
import type { LoggedModelStore, ModelMetric, NewLoggedModel, RunModels } from "./registry-store.ts";

/** Logged models in a project's database, their files beside those of its runs. */
export function localLoggedModels(project: Project): LoggedModelStore {
  return { ...models(project), ...values(project), ...runModels(project), ...files(project) };
}

function models(
  project: Project,
): Pick<
  LoggedModelStore,
  "createLoggedModel" | "loggedModel" | "finalizeLoggedModel" | "deleteLoggedModel" | "searchLoggedModels"
> {
  return {
    createLoggedModel: async (model) =>
      openDatabase(project).write((sql) => {
        const id = insertLogged(sql, project, model);
        return loggedRecord(sql, project, loggedRow(sql, id));
      }),
    loggedModel: async (id) =>
      openDatabase(project).snapshot((sql) => {
        const row = findLogged(sql, id);
        return row === null ? null : loggedRecord(sql, project, row);
      }),
    finalizeLoggedModel: async (id, status) =>
      openDatabase(project).write((sql) => {
        if (!["READY", "FAILED", "PENDING"].includes(status))
          throw new ValueError(`status is ${JSON.stringify(status)}; take READY or FAILED.`);
        const row = loggedRow(sql, id);
        sql.run("UPDATE logged_model SET status = ?, updated = ? WHERE id = ?", status, Date.now(), row.id);
        return loggedRecord(sql, project, loggedRow(sql, id));
      }),
    deleteLoggedModel: async (id) =>
      openDatabase(project).write((sql) => {
        const row = loggedRow(sql, id);
        sql.run("UPDATE logged_model SET lifecycle = 'deleted', updated = ? WHERE id = ?", Date.now(), row.id);
      }),
    searchLoggedModels: async (query) => {
      const { rows, nextPageToken } = searchLogged(project, query);
      const database = openDatabase(project);
      return { items: rows.map((row) => loggedRecord(database, project, row)), nextPageToken };
    },
  };
}

function values(
  project: Project,
): Pick<
  LoggedModelStore,
  "logLoggedModelParams" | "logLoggedModelMetrics" | "setLoggedModelTags" | "deleteLoggedModelTag"
> {
  return {
    logLoggedModelParams: async (id, params) =>
      openDatabase(project).write((sql) => putPairs(sql, loggedRow(sql, id), { table: "param", pairs: params })),
    logLoggedModelMetrics: async (id, metrics) =>
      openDatabase(project).write((sql) => putModelMetrics(sql, id, metrics)),
    setLoggedModelTags: async (id, tags) =>
      openDatabase(project).write((sql) => putPairs(sql, loggedRow(sql, id), { table: "tag", pairs: tags })),
    deleteLoggedModelTag: async (id, key) =>
      openDatabase(project).write((sql) => {
        const { id: model } = loggedRow(sql, id);
        if (sql.run("DELETE FROM logged_model_tag WHERE model = ? AND key = ?", model, key).changes === 0)
          throw new ValueError(`Logged model ${id} has no tag ${JSON.stringify(key)}.`);
      }),
  };
}

function runModels(
  project: Project,
): Pick<LoggedModelStore, "logModelInputs" | "logModelOutputs" | "runModels" | "experimentOfRun"> {
  return {
    experimentOfRun: async (runId) => String(runRow(openDatabase(project), runId).experiment),
    logModelInputs: async (runId, modelIds) =>
      openDatabase(project).write((sql) => {
        const { id: run } = writableRun(sql, runId);
        for (const model of modelIds) putRunModel(sql, run, { role: "input", model, step: 0 });
      }),
    logModelOutputs: async (runId, outputs) =>
      openDatabase(project).write((sql) => {
        const { id: run } = writableRun(sql, runId);
        for (const { modelId, step } of outputs) putRunModel(sql, run, { role: "output", model: modelId, step });
      }),
    runModels: async (runId) => readRunModels(project, runId),
  };
}

function files(
  project: Project,
): Pick<LoggedModelStore, "modelFiles" | "writeModelFile" | "uploadModelFile" | "readModelFile"> {
  const place = (id: string): Parameters<typeof putArtifact>[0] => ({
    folder: modelFolder(project, loggedRow(openDatabase(project), id)),
    run: id,
  });
  return {
    modelFiles: async (id, folder) => listArtifacts(place(id), folder),
    writeModelFile: async (id, path, bytes) => putArtifact(place(id), path, bytes),
    uploadModelFile: (id, path, file) => copyArtifact(place(id), path, file),
    readModelFile: async (id, path) => getArtifact(place(id), path),
  };
}

/** Makes a logged model, also inside a larger transaction; gives its id. @throws {NameError} @throws {ExperimentNotFoundError} */
export function insertLogged(sql: Sql, project: Project, model: NewLoggedModel): string {
  const name = model.name ?? generatedName();
  checkLoggedModelName(name);
  const experiment = readExperiment(project, model.experimentId);
  if (experiment === null) throw new ExperimentNotFoundError(model.experimentId, []);
  const id = `m-${randomBytes(16).toString("hex")}`;
  const now = Date.now();
  const row = sql.run(
    `INSERT INTO logged_model (uuid, experiment, name, type, status, source_run, created, updated)
     VALUES (?, ?, ?, ?, 'PENDING', ?, ?, ?)`,
    ...[id, Number(experiment.id), name, model.modelType || null, model.sourceRunId || null, now, now],
  ).lastId;
  putPairs(sql, { id: row }, { table: "param", pairs: model.params ?? {} });
  putPairs(sql, { id: row }, { table: "tag", pairs: model.tags ?? {} });
  return id;
}

/** Keeps what runs measured of a model, with the points of the runs. */
export function putModelMetrics(sql: Sql, id: string, metrics: readonly ModelMetric[]): void {
  const { id: model } = loggedRow(sql, id);
  for (const metric of metrics) {
    checkName("metric", metric.key);
    putPoints(sql, writableRun(sql, metric.runId).id, [metric]);
    const { last, bits } = storable(metric.value);
    sql.run(
      "INSERT OR REPLACE INTO logged_model_metric VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ...[model, metric.key, metric.runId, metric.datasetName ?? "", metric.datasetDigest ?? ""],
      ...[metric.step, Math.trunc(metric.timeMs), last, bits],
    );
  }
}

/** Keeps that a run took or made a model; the first step stands. */
export function putRunModel(
  sql: Sql,
  run: number,
  { role, model, step }: { readonly role: "input" | "output"; readonly model: string; readonly step: number },
): void {
  sql.run("INSERT INTO run_model VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING", run, role, model, step);
}

/** The models of a run. @throws {RunNotFoundError} */
export function readRunModels(project: Project, runId: string): RunModels {
  const database = openDatabase(project);
  const rows = database.read<{ readonly role: string; readonly model: string; readonly step: number }>(
    "SELECT role, model, step FROM run_model WHERE run = ? ORDER BY step, model",
    runRow(database, runId).id,
  );
  return {
    inputs: rows.filter(({ role }) => role === "input").map(({ model }) => ({ modelId: model })),
    outputs: rows.filter(({ role }) => role === "output").map(({ model, step }) => ({ modelId: model, step })),
  };
}

function putPairs(
  sql: Sql,
  row: Pick<LoggedRow, "id">,
  { table, pairs }: { readonly table: "param" | "tag"; readonly pairs: Readonly<Record<string, string>> },
): void {
  for (const [key, value] of Object.entries(pairs)) {
    checkName(table, key);
    sql.run(`INSERT OR REPLACE INTO logged_model_${table} (model, key, value) VALUES (?, ?, ?)`, row.id, key, value);
  }
}
