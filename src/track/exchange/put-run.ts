import { recordPart } from "../../lineage/index.ts";
import type { Project, Sql } from "../../store/index.ts";
import { putInputs } from "../local/index.ts";
import { appendPoints, nameId } from "../series/index.ts";
import type { ForeignExperiment, ForeignMetric, ForeignRun } from "./foreign.ts";

/** An experiment's number in that store where it is none of ours, as one of 18 digits; an export gives it back. */
export const foreignIdTag = "stemma.mlflow.experimentId";
/** Where the artifacts of a run are that could not be copied. */
export const foreignArtifactsTag = "stemma.mlflow.artifactUri";

/** The number of an experiment of that name; made, with its old number where that is free, where there is none. */
export function putExperiment(
  sql: Sql,
  experiment: ForeignExperiment,
): { readonly id: number; readonly added: boolean } {
  const known = sql.first<{ readonly id: number }>("SELECT id FROM experiment WHERE name = ?", experiment.name);
  if (known !== null) return { id: known.id, added: false };
  const wanted = numberOf(experiment.id);
  const taken = wanted === null || sql.first("SELECT 1 FROM experiment WHERE id = ?", wanted) !== null;
  const { lastId: id } = sql.run(
    "INSERT INTO experiment (id, name, lifecycle, created, updated, deleted) VALUES (?, ?, ?, ?, ?, ?)",
    taken ? null : wanted,
    experiment.name,
    experiment.lifecycle,
    experiment.createdMs,
    experiment.updatedMs,
    experiment.deletedMs,
  );
  const kept = taken && experiment.id !== "" ? { [foreignIdTag]: experiment.id } : {};
  for (const [key, value] of Object.entries({ ...experiment.tags, ...kept }))
    sql.run("INSERT INTO experiment_tag (experiment, key, value) VALUES (?, ?, ?)", id, key, value);
  return { id, added: true };
}

// Numbers of the file store have 18 digits: more than a double holds. 0 is for the experiment "Default".
function numberOf(id: string): number | null {
  return /^\d{1,15}$/.test(id) && id !== "0" ? Number(id) : id === "0" ? 0 : null;
}

/** A whole run: all that it consists of, or none. */
export interface WholeRun {
  readonly run: ForeignRun;
  readonly metrics: readonly ForeignMetric[];
  /** The number of its experiment here. */
  readonly experiment: number;
}

/** Puts a run that is not here yet, in one transaction. */
export function putRun(project: Project, sql: Sql, { run, metrics, experiment }: WholeRun): void {
  const parent = run.tags.get("mlflow.parentRunId") ?? null;
  const row = sql.run(
    `INSERT INTO run (uuid, experiment, name, status, lifecycle, user, started, ended, parent, deleted)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    run.id,
    experiment,
    run.name,
    run.status,
    run.lifecycle,
    run.user,
    run.startMs,
    run.endMs,
    parent,
    run.deletedMs,
  ).lastId;
  putValues(sql, row, { run, metrics });
  if (parent !== null) recordPart(project, { kind: "run", id: run.id }, { kind: "run", id: parent });
}

/**
 * Brings a run that was imported before, and went on there, up to date: its points are those of that store, and what was
 * changed here stays.
 */
export function updateRun(sql: Sql, row: number, { run, metrics }: Pick<WholeRun, "run" | "metrics">): void {
  for (const table of ["chunk", "series"]) sql.run(`DELETE FROM ${table} WHERE run = ?`, row);
  sql.run("UPDATE run SET status = ?, ended = ? WHERE id = ?", run.status, run.endMs, row);
  putValues(sql, row, { run, metrics });
}

// Names are not checked: an older MLflow took what a newer refuses, and a run is imported whole.
function putValues(sql: Sql, row: number, { run, metrics }: Pick<WholeRun, "run" | "metrics">): void {
  for (const [key, text] of run.params)
    sql.run("INSERT OR IGNORE INTO param (name, run, text, json) VALUES (?, ?, ?, 0)", nameId(sql, key), row, text);
  for (const [key, text] of run.tags)
    sql.run("INSERT OR IGNORE INTO tag (name, run, text) VALUES (?, ?, ?)", nameId(sql, key), row, text);
  putInputs(sql, row, run.inputs);
  for (const { role, model, step } of run.models)
    sql.run("INSERT OR IGNORE INTO run_model (run, role, model, step) VALUES (?, ?, ?, ?)", row, role, model, step);
  for (const metric of metrics) appendPoints(sql, row, metric);
}
