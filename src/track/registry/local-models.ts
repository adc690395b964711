import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { readVersions, type VersionRow, versionColumns, versionTables } from "./local-version-rows.ts";
import { ModelExistsError, ModelNotFoundError } from "./registry-errors.ts";
import { checkModelName, checkRegistryTag } from "./registry-names.ts";
import type { ModelStore, ModelVersion, RegisteredModel } from "./registry-store.ts";

export interface ModelRow {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly created: number;
  readonly updated: number;
}

type Models = Pick<
  ModelStore,
  "createModel" | "model" | "renameModel" | "updateModel" | "deleteModel" | "setModelTag" | "deleteModelTag"
>;

/** Names in the registry of a project. */
export function localModels(project: Project): Models {
  const write = <T>(work: (sql: Sql) => T): T => openDatabase(project).write(work);
  return {
    createModel: async (name, { description = "", tags = {} } = {}) =>
      write((sql) => {
        const id = insertModel(sql, name, description);
        for (const [key, value] of Object.entries(tags)) putModelTag(sql, id, { key, value });
        return modelRecord(sql, modelRow(sql, name));
      }),
    model: async (name) =>
      openDatabase(project).snapshot((sql) => {
        const row = findModel(sql, name);
        return row === null ? null : modelRecord(sql, row);
      }),
    renameModel: async (name, newName) => write((sql) => rename(sql, name, newName)),
    updateModel: async (name, { description }) =>
      write((sql) => {
        const { id } = modelRow(sql, name);
        sql.run("UPDATE registered_model SET description = ?, updated = ? WHERE id = ?", description, Date.now(), id);
        return modelRecord(sql, modelRow(sql, name));
      }),
    deleteModel: async (name) => write((sql) => dropModel(sql, modelRow(sql, name).id)),
    setModelTag: async (name, key, value) => write((sql) => putModelTag(sql, modelRow(sql, name).id, { key, value })),
    deleteModelTag: async (name, key) =>
      write((sql) => {
        const { id } = modelRow(sql, name);
        sql.run("DELETE FROM registered_model_tag WHERE model = ? AND key = ?", id, key);
      }),
  };
}

/** @throws {ModelNotFoundError} */
export function modelRow(sql: Pick<Sql, "first">, name: string): ModelRow {
  const row = findModel(sql, name);
  if (row === null) throw new ModelNotFoundError(name);
  return row;
}

function findModel(sql: Pick<Sql, "first">, name: string): ModelRow | null {
  return sql.first<ModelRow>("SELECT * FROM registered_model WHERE name = ?", name);
}

/** Marks that something of a model changed. */
export function touchModel(sql: Sql, id: number, nowMs: number): void {
  sql.run("UPDATE registered_model SET updated = ? WHERE id = ?", nowMs, id);
}

/** A model with its tags, aliases and newest versions. */
export function modelRecord(sql: Pick<Sql, "read">, row: ModelRow): RegisteredModel {
  return {
    name: row.name,
    description: row.description,
    createdMs: row.created,
    updatedMs: row.updated,
    tags: readPairs(sql, "SELECT key, value FROM registered_model_tag WHERE model = ? ORDER BY key", row.id),
    aliases: Object.fromEntries(aliasesOf(sql, row.id).map(({ alias, version }) => [alias, version])),
    latest: latestOf(sql, row.id),
  };
}

export function aliasesOf(
  sql: Pick<Sql, "read">,
  model: number,
): readonly { readonly alias: string; readonly version: number }[] {
  return sql.read("SELECT alias, version FROM model_alias WHERE model = ? ORDER BY alias", model);
}

/** The newest version of each stage that has one, by rising version. */
export function latestOf(sql: Pick<Sql, "read">, model: number): readonly ModelVersion[] {
  const rows = sql.read<VersionRow>(
    `SELECT ${versionColumns} FROM ${versionTables}
     WHERE model_version.model = ? AND model_version.deleted = 0 AND model_version.version =
       (SELECT max(other.version) FROM model_version other
        WHERE other.model = model_version.model AND other.stage = model_version.stage AND other.deleted = 0)
     ORDER BY model_version.version`,
    model,
  );
  return readVersions(sql, rows);
}

/** Keys with their texts. */
export function readPairs(sql: Pick<Sql, "read">, select: string, id: number): Readonly<Record<string, string>> {
  const rows = sql.read<{ readonly key: string; readonly value: string }>(select, id);
  // fromEntries keeps "__proto__" too.
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]));
}

/** Makes a name, also inside a larger transaction. @throws {ModelExistsError} @throws {NameError} */
export function insertModel(sql: Sql, name: string, description: string): number {
  checkModelName(name);
  if (findModel(sql, name) !== null) throw new ModelExistsError(name);
  const now = Date.now();
  return sql.run(
    "INSERT INTO registered_model (name, description, created, updated) VALUES (?, ?, ?, ?)",
    name,
    description,
    now,
    now,
  ).lastId;
}

function rename(sql: Sql, name: string, newName: string): RegisteredModel {
  checkModelName(newName);
  const { id } = modelRow(sql, name);
  if (newName !== name && findModel(sql, newName) !== null) throw new ModelExistsError(newName);
  const now = Date.now();
  sql.run("UPDATE registered_model SET name = ?, updated = ? WHERE id = ?", newName, now, id);
  sql.run("UPDATE model_version SET updated = ? WHERE model = ? AND deleted = 0", now, id);
  return modelRecord(sql, modelRow(sql, newName));
}

function dropModel(sql: Sql, id: number): void {
  sql.run("DELETE FROM model_version_tag WHERE version IN (SELECT id FROM model_version WHERE model = ?)", id);
  for (const table of ["model_version", "model_alias", "registered_model_tag"])
    sql.run(`DELETE FROM ${table} WHERE model = ?`, id);
  sql.run("DELETE FROM registered_model WHERE id = ?", id);
}

function putModelTag(sql: Sql, model: number, tag: { readonly key: string; readonly value: string }): void {
  checkRegistryTag(tag.key, tag.value);
  sql.run(
    "INSERT OR REPLACE INTO registered_model_tag (model, key, value) VALUES (?, ?, ?)",
    model,
    tag.key,
    tag.value,
  );
}
