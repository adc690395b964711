import { dirname, resolve } from "node:path";
import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { artifactFoldersOf } from "./artifact-folders.ts";
import type {
  ForeignLogged,
  ForeignModelMetric,
  ForeignModels,
  ForeignRegistered,
  ForeignRunModel,
  ForeignVersion,
} from "./foreign-models.ts";

/** A database with the tables it has; the path is where artifacts are looked for beside it. */
export interface MlflowTables {
  readonly connection: DatabaseSync;
  readonly path: string;
  readonly tables: ReadonlySet<string>;
}

/** The registry (since MLflow 1.4) and logged models (since 3.0) of an `mlflow.db`. */
export function mlflowModels(opened: MlflowTables): ForeignModels {
  return {
    registered: () => readRegistered(opened),
    logged: () => (opened.tables.has("logged_models") ? readLogged(opened) : []),
  };
}

/** The logged models that a run took or made. */
export function mlflowRunModels({ connection, tables }: MlflowTables, run: string): readonly ForeignRunModel[] {
  if (!tables.has("logged_models")) return [];
  const rows = connection
    .prepare(
      `SELECT source_type, destination_id, step FROM inputs
       WHERE source_id = ? AND source_type IN ('RUN_INPUT', 'RUN_OUTPUT') ORDER BY step, destination_id`,
    )
    .all(run);
  return rows.map((row) => ({
    role: row["source_type"] === "RUN_INPUT" ? "input" : "output",
    model: String(row["destination_id"]),
    step: Number(row["step"]),
  }));
}

type Row = Readonly<Record<string, unknown>>;

function readRegistered({ connection, tables }: MlflowTables): readonly ForeignRegistered[] {
  // Prompts are registered models to MLflow, which leaves them out of its own lists.
  const isPrompt =
    "SELECT 1 FROM registered_model_tags t WHERE t.name = m.name AND t.key = 'mlflow.prompt.is_prompt' AND lower(t.value) = 'true'";
  const rows = rowsOf(connection, `SELECT * FROM registered_models m WHERE NOT EXISTS (${isPrompt}) ORDER BY name`);
  return rows.map((row) => {
    const name = textOf(row["name"]);
    const aliases = tables.has("registered_model_aliases")
      ? rowsOf(connection, "SELECT alias, version FROM registered_model_aliases WHERE name = ?", name)
      : [];
    return {
      name,
      description: textOf(row["description"]),
      createdMs: Number(row["creation_time"] ?? 0),
      updatedMs: Number(row["last_updated_time"] ?? 0),
      tags: textsOf(rowsOf(connection, "SELECT key, value FROM registered_model_tags WHERE name = ?", name)),
      aliases: Object.fromEntries(aliases.map((alias) => [textOf(alias["alias"]), Number(alias["version"])])),
      versions: rowsOf(connection, "SELECT * FROM model_versions WHERE name = ? ORDER BY version", name).map(
        (version) => versionOf(connection, name, version),
      ),
    };
  });
}

function versionOf(connection: DatabaseSync, name: string, row: Row): ForeignVersion {
  const version = Number(row["version"]);
  const tags = rowsOf(
    connection,
    "SELECT key, value FROM model_version_tags WHERE name = ? AND version = ?",
    name,
    version,
  );
  const source = textOf(row["source"]);
  return {
    version,
    stage: textOf(row["current_stage"]) || "None",
    description: textOf(row["description"]),
    source,
    location: textOf(row["storage_location"]) || source,
    run: textOf(row["run_id"]) || null,
    runLink: textOf(row["run_link"]) || null,
    status: textOf(row["status"]) || "READY",
    // Its row stays there too, so that the number is not given again.
    deleted: row["current_stage"] === "Deleted_Internal",
    createdMs: Number(row["creation_time"] ?? 0),
    updatedMs: Number(row["last_updated_time"] ?? 0),
    tags: textsOf(tags),
  };
}

// mlflow/entities/logged_model_status.py
const statuses = ["READY", "PENDING", "READY", "FAILED"] as const;

function readLogged({ connection, path }: MlflowTables): readonly ForeignLogged[] {
  const rows = rowsOf(
    connection,
    `SELECT model_id, name, artifact_location, creation_timestamp_ms, last_updated_timestamp_ms, status, lifecycle_stage,
       model_type, source_run_id, CAST(experiment_id AS TEXT) AS experiment FROM logged_models
     ORDER BY creation_timestamp_ms, model_id`,
  );
  return rows.map((row) => {
    const id = textOf(row["model_id"]);
    const uri = textOf(row["artifact_location"]);
    return {
      id,
      experiment: textOf(row["experiment"]),
      name: textOf(row["name"]),
      type: textOf(row["model_type"]) || null,
      status: statuses[Number(row["status"])] ?? "READY",
      lifecycle: row["lifecycle_stage"] === "deleted" ? "deleted" : "active",
      sourceRun: textOf(row["source_run_id"]) || null,
      createdMs: Number(row["creation_timestamp_ms"]),
      updatedMs: Number(row["last_updated_timestamp_ms"]),
      tags: textsOf(
        rowsOf(connection, "SELECT tag_key AS key, tag_value AS value FROM logged_model_tags WHERE model_id = ?", id),
      ),
      params: textsOf(
        rowsOf(
          connection,
          "SELECT param_key AS key, param_value AS value FROM logged_model_params WHERE model_id = ?",
          id,
        ),
      ),
      metrics: metricsOf(connection, id),
      artifactUri: uri,
      artifactFolders: artifactFoldersOf(uri, { owner: id, beside: dirname(resolve(path)) }),
    };
  });
}

function metricsOf(connection: DatabaseSync, model: string): readonly ForeignModelMetric[] {
  const rows = rowsOf(
    connection,
    `SELECT metric_name, run_id, dataset_name, dataset_digest, CAST(metric_step AS REAL) AS step,
       metric_timestamp_ms, metric_value FROM logged_model_metrics WHERE model_id = ?`,
    model,
  );
  return rows.map((row) => ({
    key: textOf(row["metric_name"]),
    run: textOf(row["run_id"]),
    datasetName: textOf(row["dataset_name"]),
    datasetDigest: textOf(row["dataset_digest"]),
    step: Number(row["step"]),
    timeMs: Number(row["metric_timestamp_ms"]),
    // MLflow keeps NaN as SQLite does: as nothing.
    value: row["metric_value"] === null ? Number.NaN : Number(row["metric_value"]),
  }));
}

function rowsOf(connection: DatabaseSync, sql: string, ...values: readonly SQLInputValue[]): readonly Row[] {
  return connection.prepare(sql).all(...values);
}

function textsOf(rows: readonly Row[]): Readonly<Record<string, string>> {
  return Object.fromEntries(rows.map((row) => [textOf(row["key"]), textOf(row["value"])]));
}

function textOf(value: unknown): string {
  return value === null || value === undefined ? "" : String(value);
}
