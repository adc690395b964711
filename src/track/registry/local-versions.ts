import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { ValueError } from "../params.ts";
import { aliasesOf, latestOf, modelRow, touchModel } from "./local-models.ts";
import { modelSource } from "./local-sources.ts";
import { findVersion, readVersions, type VersionRow, versionRow } from "./local-version-rows.ts";
import { AliasNotFoundError } from "./registry-errors.ts";
import { checkAlias, checkArchives, checkRegistryTag, stageOf } from "./registry-names.ts";
import type { ModelStore, ModelVersion, NewVersion, VersionKey } from "./registry-store.ts";

type Versions = Pick<
  ModelStore,
  | "setAlias"
  | "deleteAlias"
  | "versionByAlias"
  | "createVersion"
  | "version"
  | "updateVersion"
  | "deleteVersion"
  | "latestVersions"
  | "setStage"
  | "setVersionTag"
  | "deleteVersionTag"
  | "downloadUri"
>;

/** Versions and aliases in the registry of a project. */
export function localVersions(project: Project): Versions {
  return { ...aliases(project), ...versions(project), ...changes(project) };
}

function aliases(project: Project): Pick<Versions, "setAlias" | "deleteAlias" | "versionByAlias"> {
  return {
    setAlias: async (key, alias) => {
      checkAlias(alias);
      openDatabase(project).write((sql) => {
        const { model, version } = versionRow(sql, key);
        sql.run("INSERT OR REPLACE INTO model_alias (model, alias, version) VALUES (?, ?, ?)", model, alias, version);
      });
    },
    deleteAlias: async (name, alias) =>
      openDatabase(project).write((sql) => {
        sql.run("DELETE FROM model_alias WHERE model = ? AND alias = ?", modelRow(sql, name).id, alias);
      }),
    versionByAlias: async (name, alias) => openDatabase(project).snapshot((sql) => byAlias(sql, name, alias)),
  };
}

function versions(
  project: Project,
): Pick<Versions, "createVersion" | "version" | "updateVersion" | "latestVersions" | "downloadUri"> {
  return {
    createVersion: async (name, version) => openDatabase(project).write((sql) => insertVersion(sql, name, version)),
    version: async (key) =>
      openDatabase(project).snapshot((sql) => {
        const row = findVersion(sql, key);
        return row === null ? null : one(sql, row);
      }),
    updateVersion: async (key, { description }) =>
      openDatabase(project).write((sql) => {
        const { id } = versionRow(sql, key);
        sql.run("UPDATE model_version SET description = ?, updated = ? WHERE id = ?", description, Date.now(), id);
        return one(sql, versionRow(sql, key));
      }),
    latestVersions: async (name, stages = []) => {
      const wanted = stages.map(stageOf);
      return openDatabase(project).snapshot((sql) =>
        latestOf(sql, modelRow(sql, name).id).filter(({ stage }) => wanted.length === 0 || wanted.includes(stage)),
      );
    },
    downloadUri: async (key) => versionRow(openDatabase(project), key).location,
  };
}

function changes(
  project: Project,
): Pick<Versions, "deleteVersion" | "setStage" | "setVersionTag" | "deleteVersionTag"> {
  return {
    deleteVersion: async (key) => openDatabase(project).write((sql) => dropVersion(sql, key)),
    setStage: async (key, stage, { archiveExisting = false } = {}) =>
      openDatabase(project).write((sql) => moveVersion(sql, key, { stage, archiveExisting })),
    setVersionTag: async (key, tag, value) => {
      checkRegistryTag(tag, value);
      openDatabase(project).write((sql) => putVersionTag(sql, versionRow(sql, key).id, { key: tag, value }));
    },
    deleteVersionTag: async (key, tag) =>
      openDatabase(project).write((sql) => {
        sql.run("DELETE FROM model_version_tag WHERE version = ? AND key = ?", versionRow(sql, key).id, tag);
      }),
  };
}

/** Makes the next version of a model, also inside a larger transaction. @throws {ModelNotFoundError} */
export function insertVersion(sql: Sql, name: string, version: NewVersion): ModelVersion {
  const { id: model } = modelRow(sql, name);
  if (version.source === "") throw new ValueError(`A version of ${name} has no source; give the URI of its model.`);
  const { location, runId } = modelSource(sql, version.source);
  const now = Date.now();
  const highest = sql.first<{ readonly highest: number | null }>(
    "SELECT max(version) AS highest FROM model_version WHERE model = ?",
    model,
  );
  const number = (highest?.highest ?? 0) + 1;
  const row = sql.run(
    `INSERT INTO model_version
       (model, version, stage, description, source, location, run, logged_model, run_link, status, created, updated)
     VALUES (?, ?, 'None', ?, ?, ?, ?, ?, ?, 'READY', ?, ?)`,
    ...[model, number, version.description ?? "", version.source, location],
    ...[version.runId || runId, version.modelId || loggedModelOf(version.source), version.runLink || null, now, now],
  ).lastId;
  for (const [key, value] of Object.entries(version.tags ?? {})) {
    checkRegistryTag(key, value);
    putVersionTag(sql, row, { key, value });
  }
  touchModel(sql, model, now);
  return one(sql, versionRow(sql, { name, version: number }));
}

function loggedModelOf(source: string): string | null {
  return /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1] ?? null;
}

function byAlias(sql: Pick<Sql, "first" | "read">, name: string, alias: string): ModelVersion {
  const { id } = modelRow(sql, name);
  const known = aliasesOf(sql, id);
  const latest = alias.toLowerCase() === "latest" ? latestOf(sql, id).at(-1)?.version : undefined;
  const version = latest ?? known.find((other) => other.alias === alias)?.version;
  const row = version === undefined ? null : findVersion(sql, { name, version });
  if (row === null)
    throw new AliasNotFoundError(
      name,
      alias,
      known.map((other) => other.alias),
    );
  return one(sql, row);
}

function dropVersion(sql: Sql, key: VersionKey): void {
  const { id, model, version } = versionRow(sql, key);
  const now = Date.now();
  sql.run("DELETE FROM model_alias WHERE model = ? AND version = ?", model, version);
  sql.run("DELETE FROM model_version_tag WHERE version = ?", id);
  // What is left is the number; where the model came from is gone, as in MLflow.
  sql.run(
    `UPDATE model_version SET deleted = 1, stage = 'Deleted_Internal', description = '', source = '', location = '',
       run = NULL, logged_model = NULL, run_link = NULL, updated = ? WHERE id = ?`,
    now,
    id,
  );
  touchModel(sql, model, now);
}

function moveVersion(
  sql: Sql,
  key: VersionKey,
  change: { readonly stage: string; readonly archiveExisting: boolean },
): ModelVersion {
  const stage = stageOf(change.stage);
  if (change.archiveExisting) checkArchives(stage);
  const { id, model } = versionRow(sql, key);
  const now = Date.now();
  if (change.archiveExisting)
    sql.run(
      "UPDATE model_version SET stage = 'Archived', updated = ? WHERE model = ? AND id <> ? AND stage = ? AND deleted = 0",
      now,
      model,
      id,
      stage,
    );
  sql.run("UPDATE model_version SET stage = ?, updated = ? WHERE id = ?", stage, now, id);
  touchModel(sql, model, now);
  return one(sql, versionRow(sql, key));
}

function putVersionTag(sql: Sql, version: number, tag: { readonly key: string; readonly value: string }): void {
  sql.run(
    "INSERT OR REPLACE INTO model_version_tag (version, key, value) VALUES (?, ?, ?)",
    version,
    tag.key,
    tag.value,
  );
}

function one(sql: Pick<Sql, "read">, row: VersionRow): ModelVersion {
  const [version] = readVersions(sql, [row]);
  if (version === undefined) throw new RangeError(`one row gave no record: version ${row.version} of ${row.name}`);
  return version;
}
