import { join } from "node:path";
import type { Project, Sql } from "../../store/index.ts";
import { readPairs } from "./local-models.ts";
import { modelArtifactUri } from "./local-sources.ts";
import { LoggedModelNotFoundError } from "./registry-errors.ts";
import type { LoggedModel, LoggedModelStatus, ModelMetric, VersionKey } from "./registry-store.ts";

export interface LoggedRow {
  readonly id: number;
  readonly uuid: string;
  readonly experiment: number;
  readonly name: string;
  readonly type: string | null;
  readonly status: LoggedModelStatus;
  readonly lifecycle: "active" | "deleted";
  readonly source_run: string | null;
  readonly created: number;
  readonly updated: number;
}

/** The row of a logged model that is not deleted; null where there is none. */
export function findLogged(sql: Pick<Sql, "first">, id: string): LoggedRow | null {
  return sql.first<LoggedRow>("SELECT * FROM logged_model WHERE uuid = ? AND lifecycle = 'active'", id);
}

/** @throws {LoggedModelNotFoundError} */
export function loggedRow(sql: Pick<Sql, "first">, id: string): LoggedRow {
  const row = findLogged(sql, id);
  if (row === null) throw new LoggedModelNotFoundError(id);
  return row;
}

/** A logged model with its tags, params, metrics and versions. */
export function loggedRecord(sql: Pick<Sql, "read">, project: Project, row: LoggedRow): LoggedModel {
  return {
    id: row.uuid,
    experimentId: String(row.experiment),
    name: row.name,
    modelType: row.type,
    status: row.status,
    sourceRunId: row.source_run,
    createdMs: row.created,
    updatedMs: row.updated,
    tags: readPairs(sql, "SELECT key, value FROM logged_model_tag WHERE model = ? ORDER BY key", row.id),
    params: readPairs(sql, "SELECT key, value FROM logged_model_param WHERE model = ? ORDER BY key", row.id),
    metrics: readMetrics(sql, row.id),
    registrations: sql.read<VersionKey>(
      `SELECT m.name, v.version FROM model_version v JOIN registered_model m ON m.id = v.model
       WHERE v.logged_model = ? AND v.deleted = 0 ORDER BY m.name, v.version`,
      row.uuid,
    ),
    artifactUri: modelArtifactUri(String(row.experiment), row.uuid),
    artifactFolder: modelFolder(project, row),
  };
}

/** The folder of a logged model's files: absolute; it may not exist yet. */
export function modelFolder(project: Project, row: Pick<LoggedRow, "experiment" | "uuid">): string {
  return join(project.stemmaFolder, "artifacts", String(row.experiment), "models", row.uuid);
}

interface MetricRow {
  readonly key: string;
  readonly run: string;
  readonly dataset_name: string;
  readonly dataset_digest: string;
  readonly step: number;
  readonly time: number;
  readonly value: number | null;
  readonly bits: Uint8Array | null;
}

/** The latest point of each metric, run and data set. */
function readMetrics(sql: Pick<Sql, "read">, model: number): readonly ModelMetric[] {
  const rows = sql.read<MetricRow>(
    "SELECT * FROM logged_model_metric WHERE model = ? ORDER BY key, run, dataset_name, dataset_digest, step, time",
    model,
  );
  const latest = new Map(
    rows.map((row) => [JSON.stringify([row.key, row.run, row.dataset_name, row.dataset_digest]), row]),
  );
  return [...latest.values()].map((row) => ({
    key: row.key,
    value: row.bits === null ? (row.value ?? Number.NaN) : Buffer.from(row.bits).readDoubleLE(),
    step: row.step,
    timeMs: row.time,
    runId: row.run,
    datasetName: row.dataset_name || null,
    datasetDigest: row.dataset_digest || null,
  }));
}
