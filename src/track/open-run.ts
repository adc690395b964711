import { host } from "../host/index.ts";
import { type Activity, recordPart } from "../lineage/index.ts";
import { openDatabase, type Project, type Sql } from "../store/index.ts";
import { currentUser, sourceTags } from "./context.ts";
import { followedRun } from "./follows.ts";
import { keepLeases } from "./keep-leases.ts";
import { leaveLease, renewDetached, takeLease } from "./lease.ts";
import { ensureExperiment, insertRun, putParams, putTags, writableRun } from "./local/index.ts";
import { checkExperimentName, checkName, generatedName } from "./names.ts";
import { flatParams, type ParamText } from "./params.ts";
import type { RunStatus } from "./record.ts";
import type { NewRun } from "./run-store.ts";
import type { RunKey } from "./series/index.ts";
import { keepSources } from "./sources.ts";

/** What a run is opened with. */
export interface RunStart {
  readonly experiment: string;
  /** "" for a generated one. */
  readonly name: string;
  readonly params: object;
  readonly tags: Readonly<Record<string, string>>;
  readonly parentId: string | null;
  /** RUNNING where absent. */
  readonly status?: RunStatus;
}

/** A run that is about to be opened: checked, and with all that is known of where it comes from. */
export interface RunDraft {
  readonly experiment: string;
  readonly params: ReadonlyMap<string, ParamText>;
  readonly run: Omit<NewRun, "experimentId">;
}

/** How a run is opened where it is not this process that keeps it, or another store that named it. */
export interface OpenOptions {
  /** The id that a server gave it. */
  readonly id?: string;
  /** Tags for the project's store only. */
  readonly tags?: Readonly<Record<string, string>>;
  /** How long it lives when nobody is heard of it; for a run that is continued elsewhere. */
  readonly detachedMs?: number;
}

/** Where runs come from, and who makes them. */
export interface RunSource {
  readonly user: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The place that the calling code runs in. It takes some looks at files: who opens many runs asks once. */
export function runSource(): RunSource {
  return { user: currentUser(), tags: sourceTags() };
}

/** Checks what a run is to be opened with, before anything is written. @throws {ValueError} @throws {NameError} */
export function draftRun(project: Project, start: RunStart, source: RunSource = runSource()): RunDraft {
  const params = flatParams(start.params);
  for (const name of Object.keys(start.tags)) checkName("tag", name);
  checkExperimentName(start.experiment);
  const tags = { ...source.tags, ...followsTag(project, start.experiment, params), ...start.tags };
  const name = start.name === "" ? generatedName() : start.name;
  const status = start.status ?? "RUNNING";
  const run = { name, user: source.user, startMs: Date.now(), parentId: start.parentId, tags, status };
  return { experiment: start.experiment, params, run };
}

/** Makes a run of a draft: its row, params, tags, sources and lease, all or nothing. */
export function startRun(project: Project, draft: RunDraft, options: OpenOptions = {}): RunKey {
  const key = openDatabase(project).write((sql) => insertDraft(sql, project, { draft, options }));
  keepLeases(project);
  return key;
}

/** A draft as it is written. */
export interface DraftWrite {
  readonly draft: RunDraft;
  readonly options: OpenOptions;
}

/** Writes a draft in the caller's transaction; one that has ended already gets no lease. */
export function insertDraft(sql: Sql, project: Project, { draft, options }: DraftWrite): RunKey {
  const { parentId, status } = draft.run;
  const experimentId = String(ensureExperiment(sql, draft.experiment));
  const run = insertRun(sql, { ...draft.run, experimentId }, options.id);
  if (options.tags !== undefined) putTags(sql, run.row, options.tags);
  putParams(sql, run.row, draft.params);
  if (status === "RUNNING") hold(sql, run.row, options.detachedMs ?? null);
  else if (status !== "SCHEDULED") noteSources(sql, run.row);
  if (parentId !== null) {
    recordPart(project, activityOf(run.id), activityOf(parentId));
    renewDetached(sql, parentId, Date.now());
  }
  return run;
}

/** Opens a run that there is already, as MLflow does with MLFLOW_RUN_ID. @throws {RunNotFoundError} @throws {RunDeletedError} */
export function resumeRun(
  project: Project,
  id: string,
  { params, tags }: Pick<RunStart, "tags"> & Pick<RunDraft, "params">,
): RunKey {
  const key = openDatabase(project).write((sql) => {
    const { id: row, status } = writableRun(sql, id);
    // A scheduled run starts now.
    if (status === "SCHEDULED") sql.run("UPDATE run SET started = ? WHERE id = ?", Date.now(), row);
    sql.run("UPDATE run SET status = 'RUNNING', ended = NULL WHERE id = ?", row);
    putParams(sql, row, params);
    putTags(sql, row, tags);
    // One that is continued elsewhere lives on by its own lease when this process dies.
    if (!renewDetached(sql, id, Date.now())) hold(sql, row, null);
    return { row, id };
  });
  keepLeases(project);
  return key;
}

/** A run, as lineage names it. */
export function activityOf(run: string): Activity {
  return { kind: "run", id: run };
}

function hold(sql: Sql, run: number, detachedMs: number | null): void {
  noteSources(sql, run);
  if (detachedMs === null) takeLease(sql, run, Date.now());
  else leaveLease(sql, run, { nowMs: Date.now(), forMs: detachedMs });
}

function noteSources(sql: Sql, run: number): void {
  const note = keepSources(sql, run);
  if (note !== null) putTags(sql, run, { "stemma.sources": note });
}

function followsTag(
  project: Project,
  experiment: string,
  params: ReadonlyMap<string, ParamText>,
): Readonly<Record<string, string>> {
  const cell = host().cell();
  const followed = cell === null ? null : followedRun(project, { cell, experiment, params });
  return followed === null ? {} : { "stemma.follows": followed };
}
