import type { Sql } from "../../store/index.ts";
import { VersionNotFoundError } from "./registry-errors.ts";
import type { ModelStage, ModelVersion, VersionKey } from "./registry-store.ts";

/** A version as its row has it, with the name of its model. */
export interface VersionRow {
  readonly id: number;
  readonly model: number;
  readonly name: string;
  readonly version: number;
  readonly stage: ModelStage;
  readonly description: string;
  readonly source: string;
  readonly location: string;
  readonly run: string | null;
  readonly logged_model: string | null;
  readonly run_link: string | null;
  readonly status: ModelVersion["status"];
  readonly created: number;
  readonly updated: number;
}

/** The columns of a {@link VersionRow}, and the tables they come from. */
export const versionColumns = `model_version.*, registered_model.name AS name`;
export const versionTables = "model_version JOIN registered_model ON registered_model.id = model_version.model";

/** The row of a version that is not deleted; null where there is none. */
export function findVersion(sql: Pick<Sql, "first">, { name, version }: VersionKey): VersionRow | null {
  return sql.first<VersionRow>(
    `SELECT ${versionColumns} FROM ${versionTables}
     WHERE registered_model.name = ? AND model_version.version = ? AND model_version.deleted = 0`,
    name,
    Number.isSafeInteger(version) ? version : -1,
  );
}

/** The row of a version. @throws {VersionNotFoundError} */
export function versionRow(sql: Pick<Sql, "first">, key: VersionKey): VersionRow {
  const row = findVersion(sql, key);
  if (row === null) throw new VersionNotFoundError(key.name, String(key.version));
  return row;
}

interface Owned {
  readonly id: number;
  readonly key: string;
  readonly value: string;
}

/** Records of versions, in the order of the rows: two queries, however many there are. */
export function readVersions(sql: Pick<Sql, "read">, rows: readonly VersionRow[]): readonly ModelVersion[] {
  const ids = JSON.stringify(rows.map(({ id }) => id));
  const tags = Map.groupBy(
    sql.read<Owned>(
      "SELECT version AS id, key, value FROM model_version_tag WHERE version IN (SELECT value FROM json_each(?)) ORDER BY key",
      ids,
    ),
    ({ id }) => id,
  );
  const aliases = Map.groupBy(
    sql.read<{ readonly id: number; readonly alias: string }>(
      `SELECT v.id, a.alias FROM model_version v JOIN model_alias a ON a.model = v.model AND a.version = v.version
       WHERE v.id IN (SELECT value FROM json_each(?)) ORDER BY a.alias`,
      ids,
    ),
    ({ id }) => id,
  );
  return rows.map((row) => ({
    name: row.name,
    version: row.version,
    description: row.description,
    stage: row.stage,
    source: row.source,
    runId: row.run,
    modelId: row.logged_model,
    runLink: row.run_link,
    status: row.status,
    createdMs: row.created,
    updatedMs: row.updated,
    tags: Object.fromEntries((tags.get(row.id) ?? []).map(({ key, value }) => [key, value])),
    aliases: (aliases.get(row.id) ?? []).map(({ alias }) => alias),
  }));
}
