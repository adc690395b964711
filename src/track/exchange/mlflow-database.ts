import { dirname, resolve } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import type { DatasetInput, RunStatus } from "../record.ts";
import { artifactFoldersOf } from "./artifact-folders.ts";
import { columnsBuilder } from "./columns-builder.ts";
import { ImportSourceError } from "./errors.ts";
import type { ForeignExperiment, ForeignMetric, ForeignRun, ForeignSource } from "./foreign.ts";
import { mlflowModels, mlflowRunModels } from "./mlflow-models.ts";
import { checkRevision } from "./mlflow-revisions.ts";
import { openForeign } from "./open-sqlite.ts";

/** A `mlflow.db` of MLflow 2.0 to 3.17. @throws {MlflowRevisionError} @throws {ImportSourceError} */
export function mlflowDatabase(path: string): ForeignSource {
  const { connection, close } = openForeign(path);
  try {
    const revision = revisionOf(connection, path);
    checkRevision(path, revision);
    return sourceOf({ connection, path, revision, close, tables: tablesOf(connection) });
  } catch (error) {
    close();
    throw error;
  }
}

interface Opened {
  readonly connection: DatabaseSync;
  readonly path: string;
  readonly revision: string;
  readonly tables: ReadonlySet<string>;
  readonly close: () => void;
}

function revisionOf(connection: DatabaseSync, path: string): string {
  const tables = tablesOf(connection);
  if (tables.has("series") && tables.has("chunk"))
    throw new ImportSourceError(
      `${path} is a Stemma database. Runs cross from project to project by \`stemma runs export --mlflow\` there and import here.`,
    );
  const row = tables.has("alembic_version")
    ? connection.prepare("SELECT version_num FROM alembic_version").get()
    : null;
  if (row === null || row === undefined)
    throw new ImportSourceError(`${path} is a SQLite database, but not one of MLflow: it has no alembic_version.`);
  return String(row["version_num"]);
}

function tablesOf(connection: DatabaseSync): ReadonlySet<string> {
  const rows = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return new Set(rows.map((row) => String(row["name"])));
}

function sourceOf(opened: Opened): ForeignSource {
  const { connection } = opened;
  const runIds = connection.prepare("SELECT run_uuid FROM runs WHERE experiment_id = ? ORDER BY start_time, run_uuid");
  const count = connection.prepare("SELECT count(*) AS points FROM metrics WHERE run_uuid = ?");
  return {
    title: `MLflow database of revision ${opened.revision}`,
    experiments: () => readExperiments(opened),
    // Its ids may have more digits than a double holds.
    runIds: (experiment) => runIds.all(BigInt(experiment)).map((row) => String(row["run_uuid"])),
    run: (id) => readRun(opened, id),
    metrics: (id) => readMetrics(connection, id),
    countPoints: (id) => Number(count.get(id)?.["points"]),
    models: () => mlflowModels(opened),
    notes: () => [],
    close: opened.close,
  };
}

interface ExperimentRow {
  readonly id: string;
  readonly name: string;
  readonly lifecycle_stage: string | null;
  readonly creation_time: number | null;
  readonly last_update_time: number | null;
  readonly workspace: string;
}

function readExperiments({ connection }: Opened): readonly ForeignExperiment[] {
  const columns = connection.prepare("SELECT name FROM pragma_table_info('experiments')").all();
  const workspace = columns.some((column) => column["name"] === "workspace") ? "workspace" : "'default'";
  const rows = connection
    .prepare(
      `SELECT CAST(experiment_id AS TEXT) AS id, name, lifecycle_stage, creation_time, last_update_time,
        ${workspace} AS workspace FROM experiments ORDER BY experiment_id`,
    )
    .all() as unknown as ExperimentRow[];
  const tags = connection.prepare("SELECT key, value FROM experiment_tags WHERE experiment_id = ? ORDER BY key");
  return rows.map((row) => ({
    id: row.id,
    // Since MLflow 3.10 a name may come once a workspace.
    name: row.workspace === "default" ? row.name : `${row.workspace}/${row.name}`,
    lifecycle: row.lifecycle_stage === "deleted" ? "deleted" : "active",
    createdMs: row.creation_time ?? 0,
    updatedMs: row.last_update_time ?? row.creation_time ?? 0,
    // Deleting an experiment is its last change.
    deletedMs: row.lifecycle_stage === "deleted" ? row.last_update_time : null,
    tags: Object.fromEntries(tags.all(BigInt(row.id)).map((tag) => [String(tag["key"]), String(tag["value"] ?? "")])),
  }));
}

interface RunRow {
  readonly name: string | null;
  readonly status: RunStatus | null;
  readonly lifecycle_stage: string | null;
  readonly user_id: string | null;
  readonly start_time: number | null;
  readonly end_time: number | null;
  readonly deleted_time: number | null;
  readonly artifact_uri: string | null;
}

function readRun(opened: Opened, id: string): ForeignRun {
  const { connection } = opened;
  const row = connection
    .prepare(
      "SELECT name, status, lifecycle_stage, user_id, start_time, end_time, deleted_time, artifact_uri FROM runs WHERE run_uuid = ?",
    )
    .get(id) as unknown as RunRow;
  const tags = textsOf(connection, "tags", id);
  const uri = row.artifact_uri ?? "";
  return {
    id,
    name: row.name ?? tags.get("mlflow.runName") ?? id,
    status: row.status ?? "FINISHED",
    lifecycle: row.lifecycle_stage === "deleted" ? "deleted" : "active",
    user: row.user_id ?? tags.get("mlflow.user") ?? "",
    startMs: row.start_time ?? 0,
    endMs: row.end_time,
    deletedMs: row.deleted_time,
    params: textsOf(connection, "params", id),
    tags,
    inputs: opened.tables.has("inputs") ? readInputs(connection, id) : [],
    models: mlflowRunModels(opened, id),
    artifactUri: uri,
    artifactFolders: artifactFoldersOf(uri, { owner: id, beside: dirname(resolve(opened.path)) }),
  };
}

function textsOf(connection: DatabaseSync, table: "params" | "tags", run: string): ReadonlyMap<string, string> {
  const rows = connection.prepare(`SELECT key, value FROM ${table} WHERE run_uuid = ? ORDER BY key`).all(run);
  return new Map(rows.map((row) => [String(row["key"]), String(row["value"] ?? "")]));
}

interface InputRow {
  readonly input_uuid: string;
  readonly name: string;
  readonly digest: string;
  readonly dataset_source_type: string;
  readonly dataset_source: string;
  readonly dataset_schema: string | null;
  readonly dataset_profile: string | null;
}

function readInputs(connection: DatabaseSync, run: string): readonly DatasetInput[] {
  const rows = connection
    .prepare(
      `SELECT inputs.input_uuid, datasets.* FROM inputs JOIN datasets ON datasets.dataset_uuid = inputs.source_id
       WHERE inputs.source_type = 'DATASET' AND inputs.destination_type = 'RUN' AND inputs.destination_id = ?
       ORDER BY datasets.name, datasets.digest`,
    )
    .all(run) as unknown as InputRow[];
  const tags = connection.prepare("SELECT name, value FROM input_tags WHERE input_uuid = ? ORDER BY name");
  return rows.map((row) => ({
    name: row.name,
    digest: row.digest,
    sourceType: row.dataset_source_type,
    source: row.dataset_source,
    schema: row.dataset_schema,
    profile: row.dataset_profile,
    tags: Object.fromEntries(tags.all(row.input_uuid).map((tag) => [String(tag["name"]), String(tag["value"])])),
  }));
}

interface PointRow {
  readonly key: string;
  readonly step: number;
  readonly timestamp: number;
  readonly value: number;
  readonly is_nan: number;
}

function* readMetrics(connection: DatabaseSync, run: string): Iterable<ForeignMetric> {
  const rows = connection
    .prepare(
      // As doubles: SQLite's 64 bit integers are refused where JavaScript's numbers don't hold them.
      `SELECT key, CAST(step AS REAL) AS step, CAST(timestamp AS REAL) AS timestamp, value, is_nan FROM metrics
       WHERE run_uuid = ? ORDER BY key, metrics.step, metrics.timestamp, value`,
    )
    .iterate(run) as unknown as Iterable<PointRow>;
  let name: string | null = null;
  let points = columnsBuilder();
  for (const row of rows) {
    if (row.key !== name) {
      if (name !== null) yield { name, columns: points.columns() };
      name = row.key;
      points = columnsBuilder();
    }
    points.add(row.step, row.timestamp, row.is_nan === 1 ? Number.NaN : row.value);
  }
  if (name !== null) yield { name, columns: points.columns() };
}
