import type { Sql } from "../../store/index.ts";
import { storable } from "../series/index.ts";
import type { ForeignLogged, ForeignRegistered, ForeignVersion } from "./foreign-models.ts";

/** Puts a logged model that is not here yet. @param experiment its experiment's number here @returns whether it was added */
export function putLogged(sql: Sql, model: ForeignLogged, experiment: number): boolean {
  if (sql.first("SELECT 1 FROM logged_model WHERE uuid = ?", model.id) !== null) return false;
  const row = sql.run(
    `INSERT INTO logged_model (uuid, experiment, name, type, status, lifecycle, source_run, created, updated)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[model.id, experiment, model.name, model.type, model.status, model.lifecycle, model.sourceRun],
    ...[model.createdMs, model.updatedMs],
  ).lastId;
  for (const [table, pairs] of Object.entries({ tag: model.tags, param: model.params }))
    for (const [key, value] of Object.entries(pairs))
      sql.run(`INSERT INTO logged_model_${table} (model, key, value) VALUES (?, ?, ?)`, row, key, value);
  for (const metric of model.metrics) {
    const { last, bits } = storable(metric.value);
    sql.run(
      `INSERT OR IGNORE INTO logged_model_metric (model, key, run, dataset_name, dataset_digest, step, time, value, bits)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[
        row,
        metric.key,
        metric.run,
        metric.datasetName,
        metric.datasetDigest,
        metric.step,
        metric.timeMs,
        last,
        bits,
      ],
    );
  }
  return true;
}

/**
 * Puts a registered model with its versions; of one of that name that is here already, the versions it does not have. An
 * alias that is here stays.
 *
 * @returns versions added
 */
export function putRegistered(sql: Sql, model: ForeignRegistered): number {
  const known = sql.first<{ readonly id: number }>("SELECT id FROM registered_model WHERE name = ?", model.name);
  const id =
    known?.id ??
    sql.run(
      "INSERT INTO registered_model (name, description, created, updated) VALUES (?, ?, ?, ?)",
      ...[model.name, model.description, model.createdMs, model.updatedMs],
    ).lastId;
  for (const [key, value] of Object.entries(model.tags))
    sql.run("INSERT OR IGNORE INTO registered_model_tag (model, key, value) VALUES (?, ?, ?)", id, key, value);
  const added = model.versions.filter((version) => putVersion(sql, id, version));
  for (const [alias, version] of Object.entries(model.aliases))
    sql.run("INSERT OR IGNORE INTO model_alias (model, alias, version) VALUES (?, ?, ?)", id, alias, version);
  return added.filter(({ deleted }) => !deleted).length;
}

function putVersion(sql: Sql, model: number, version: ForeignVersion): boolean {
  if (sql.first("SELECT 1 FROM model_version WHERE model = ? AND version = ?", model, version.version) !== null)
    return false;
  const logged = /^models:\/(m-[^/@]+)$/.exec(version.source)?.[1] ?? null;
  const row = sql.run(
    `INSERT INTO model_version
       (model, version, stage, description, source, location, run, logged_model, run_link, status, deleted, created, updated)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[model, version.version, version.deleted ? "None" : version.stage, version.description, version.source],
    ...[locationOf(sql, version, logged), version.run, logged, version.runLink, version.status],
    ...[version.deleted ? 1 : 0, version.createdMs, version.updatedMs],
  ).lastId;
  for (const [key, value] of Object.entries(version.tags))
    sql.run("INSERT INTO model_version_tag (version, key, value) VALUES (?, ?, ?)", row, key, value);
  return true;
}

/** Where the files of a version lie here: with the logged model or the run that was imported with it, else where they were. */
function locationOf(sql: Sql, { location, run }: ForeignVersion, logged: string | null): string {
  const owner =
    logged === null
      ? sql.first<{ readonly experiment: number }>("SELECT experiment FROM run WHERE uuid = ?", run ?? "")
      : sql.first<{ readonly experiment: number }>("SELECT experiment FROM logged_model WHERE uuid = ?", logged);
  if (owner === null) return location;
  if (logged !== null) return `mlflow-artifacts:/${owner.experiment}/models/${logged}/artifacts`;
  const [, path] = location.split(`${run}/artifacts/`);
  return path === undefined ? location : `mlflow-artifacts:/${owner.experiment}/${run}/artifacts/${path}`;
}
