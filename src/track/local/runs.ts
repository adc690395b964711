import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { RunDeletedError, RunNotFoundError } from "../errors.ts";
import { dropLease } from "../lease.ts";
import { checkName, generatedName } from "../names.ts";
import { ValueError } from "../params.ts";
import { type MetricPoint, type RunRecord, type RunStatus, runStatuses } from "../record.ts";
import type { NamedPoint, NewRun } from "../run-store.ts";
import {
  appendPoints,
  type Columns,
  columnsFrom,
  dropSegments,
  type Folded,
  foldInBackground,
  foldRun,
  type MetricSummary,
  type RunKey,
  readLatest,
} from "../series/index.ts";
import { experimentNumber } from "./experiments.ts";
import { insertTags, putTags, readInputs, readTexts } from "./values.ts";

/** A run as its row has it, with the name of its experiment. */
export interface RunRow {
  readonly id: number;
  readonly uuid: string;
  readonly experiment: number;
  readonly experimentName: string;
  readonly name: string;
  readonly status: RunStatus;
  readonly lifecycle: "active" | "deleted";
  readonly user: string;
  readonly started: number;
  readonly ended: number | null;
  readonly parent: string | null;
}

/** The columns of a {@link RunRow}, and the tables they come from. */
export const runColumns = `run.id, run.uuid, run.experiment, experiment.name AS experimentName, run.name, run.status,
  run.lifecycle, run.user, run.started, run.ended, run.parent`;
export const runTables = "run JOIN experiment ON experiment.id = run.experiment";

/** Makes a run in an experiment of the store. @param id the one that a server gave it; a new one where absent */
export function insertRun(sql: Sql, run: NewRun, id: string = randomBytes(16).toString("hex")): RunKey {
  const name = run.name === "" ? generatedName() : run.name;
  const experiment = experimentNumber(sql, run.experimentId);
  const parent = run.parentId ?? run.tags["mlflow.parentRunId"] ?? null;
  const row = sql.run(
    "INSERT INTO run (uuid, experiment, name, status, user, started, ended, parent) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    id,
    experiment,
    name,
    run.status ?? "RUNNING",
    run.user,
    Math.trunc(run.startMs),
    run.endMs === undefined ? null : Math.trunc(run.endMs),
    parent,
  ).lastId;
  sql.run("UPDATE experiment SET updated = ? WHERE id = ?", Date.now(), experiment);
  const parentTag = parent === null ? {} : { "mlflow.parentRunId": parent };
  insertTags(sql, row, { "mlflow.user": run.user, ...run.tags, ...parentTag, "mlflow.runName": name });
  return { row, id };
}

/** The row of a run. @throws {RunNotFoundError} */
export function runRow(sql: Pick<Sql, "first">, id: string): RunRow {
  const row = sql.first<RunRow>(`SELECT ${runColumns} FROM ${runTables} WHERE run.uuid = ?`, id);
  if (row === null) throw new RunNotFoundError(id);
  return row;
}

/** The row of a run that may be written to. @throws {RunNotFoundError} @throws {RunDeletedError} */
export function writableRun(sql: Pick<Sql, "first">, id: string): RunRow {
  const row = runRow(sql, id);
  if (row.lifecycle === "deleted") throw new RunDeletedError(id);
  return row;
}

/** Records of runs, in the order of the rows. */
export function recordsOf(project: Project, rows: readonly RunRow[]): readonly RunRecord[] {
  const keys = rows.map((row) => ({ row: row.id, id: row.uuid }));
  const ids = JSON.stringify(rows.map(({ id }) => id));
  const metrics = readLatest(project, keys);
  return openDatabase(project).snapshot((sql) => {
    const params = readTexts(sql, "param", ids);
    const tags = readTexts(sql, "tag", ids);
    const inputs = readInputs(sql, ids);
    return rows.map((row) => ({
      id: row.uuid,
      name: row.name,
      experimentId: String(row.experiment),
      experiment: row.experimentName,
      status: row.status,
      lifecycle: row.lifecycle,
      user: row.user,
      startMs: row.started,
      endMs: row.ended,
      parentId: row.parent,
      artifactFolder: artifactFolder(project, row),
      params: params.get(row.id) ?? {},
      metrics: latestPoints(metrics.get(row.uuid)),
      tags: tags.get(row.id) ?? {},
      inputs: inputs.get(row.id) ?? [],
    }));
  });
}

function latestPoints(metrics: ReadonlyMap<string, MetricSummary> = new Map()): Readonly<Record<string, MetricPoint>> {
  return Object.fromEntries([...metrics].map(([name, { latest }]) => [name, latest]));
}

/** The folder of a run's artifacts: absolute; it may not exist yet. */
export function artifactFolder(project: Project, row: Pick<RunRow, "experiment" | "uuid">): string {
  return join(project.stemmaFolder, "artifacts", String(row.experiment), row.uuid);
}

export interface RunChange {
  readonly status?: RunStatus;
  readonly endMs?: number;
  readonly name?: string;
}

/**
 * Changes a run. One that ends is given free, and its points are folded into the database.
 *
 * @returns resolves when they are; everything else is done when it returns
 */
export function changeRun(
  project: Project,
  id: string,
  wanted: RunChange | ((found: RunRow) => RunChange),
): Promise<void> {
  const { spent, pending } = openDatabase(project).write((sql) => {
    const row = writableRun(sql, id);
    const change = typeof wanted === "function" ? wanted(row) : wanted;
    if (change.status !== undefined && !runStatuses.includes(change.status))
      throw new ValueError(`status is ${JSON.stringify(change.status)}; take one of ${runStatuses.join(", ")}.`);
    if (change.name !== undefined) putTags(sql, row.id, { "mlflow.runName": change.name });
    if (change.endMs !== undefined) sql.run("UPDATE run SET ended = ? WHERE id = ?", Math.trunc(change.endMs), row.id);
    if (change.status === undefined) return nothing;
    sql.run("UPDATE run SET status = ? WHERE id = ?", change.status, row.id);
    if (change.status === "RUNNING" || change.status === "SCHEDULED") return nothing;
    dropLease(sql, row.id);
    return foldRun(sql, project, id);
  });
  dropSegments(spent);
  return pending.length === 0 ? Promise.resolve() : foldInBackground(project, pending);
}

const nothing: Folded = { spent: [], pending: [] };

/** Marks a run as deleted, or takes that back. @throws {RunNotFoundError} */
export function setLifecycle(project: Project, id: string, lifecycle: "active" | "deleted"): void {
  openDatabase(project).write((sql) =>
    sql.run(
      "UPDATE run SET lifecycle = ?, deleted = ? WHERE id = ? AND lifecycle <> ?",
      lifecycle,
      lifecycle === "deleted" ? Date.now() : null,
      runRow(sql, id).id,
      lifecycle,
    ),
  );
}

/** Puts points straight into the database: for writers that keep no run open. */
export function putPoints(sql: Sql, run: number, points: readonly NamedPoint[]): void {
  const named = new Map<string, NamedPoint[]>();
  for (const point of points) {
    checkPoint(point);
    const known = named.get(point.key);
    if (known === undefined) named.set(point.key, [point]);
    else known.push(point);
  }
  for (const [name, list] of named) appendPoints(sql, run, { name, columns: columnsFrom(list) satisfies Columns });
}

function checkPoint({ key, step, timeMs, value }: NamedPoint): void {
  checkName("metric", key);
  if (typeof value !== "number") throw new ValueError(`Metric ${key} is ${JSON.stringify(value)}; a number is wanted.`);
  if (!Number.isSafeInteger(step)) throw new ValueError(`Metric ${key} has step ${step}; a whole number is wanted.`);
  if (!Number.isSafeInteger(timeMs))
    throw new ValueError(`Metric ${key} has time ${timeMs}; whole milliseconds since 1970 are wanted.`);
}
