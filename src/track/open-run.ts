import { host } from "../host/index.ts";
import { type Activity, recordPart } from "../lineage/index.ts";
import { openDatabase, type Project, type Sql } from "../store/index.ts";
import { currentUser, sourceTags } from "./context.ts";
import { followedRun } from "./follows.ts";
import { keepLeases } from "./keep-leases.ts";
import { takeLease } from "./lease.ts";
import { ensureExperiment, insertRun, putParams, putTags, writableRun } from "./local/index.ts";
import { flatParams, type ParamText } from "./params.ts";
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
}

/** Makes a run that this process keeps open: its row, params, tags, sources and lease, all or nothing. */
export function startRun(project: Project, start: RunStart): RunKey {
  const params = flatParams(start.params);
  const tags = sourceTags();
  const key = openDatabase(project).write((sql) => {
    const experiment = ensureExperiment(sql, start.experiment);
    const follows = followsTag(project, { experiment, params });
    const run = insertRun(sql, {
      experimentId: String(experiment),
      name: start.name,
      user: currentUser(),
      startMs: Date.now(),
      parentId: start.parentId,
      tags: { ...tags, ...follows, ...start.tags },
    });
    putParams(sql, run.row, params);
    hold(sql, run.row);
    if (start.parentId !== null) recordPart(project, activityOf(run.id), activityOf(start.parentId));
    return run;
  });
  keepLeases(project);
  return key;
}

/** Opens a run that there is already, as MLflow does with MLFLOW_RUN_ID. @throws {RunNotFoundError} @throws {RunDeletedError} */
export function resumeRun(project: Project, id: string, start: Pick<RunStart, "params" | "tags">): RunKey {
  const params = flatParams(start.params);
  const key = openDatabase(project).write((sql) => {
    const { id: row } = writableRun(sql, id);
    sql.run("UPDATE run SET status = 'RUNNING', ended = NULL WHERE id = ?", row);
    putParams(sql, row, params);
    putTags(sql, row, start.tags);
    hold(sql, row);
    return { row, id };
  });
  keepLeases(project);
  return key;
}

/** A run, as lineage names it. */
export function activityOf(run: string): Activity {
  return { kind: "run", id: run };
}

function hold(sql: Sql, run: number): void {
  const note = keepSources(sql, run);
  if (note !== null) putTags(sql, run, { "stemma.sources": note });
  takeLease(sql, run, Date.now());
}

function followsTag(
  project: Project,
  { experiment, params }: { readonly experiment: number; readonly params: ReadonlyMap<string, ParamText> },
): Readonly<Record<string, string>> {
  const cell = host().cell();
  const followed = cell === null ? null : followedRun(project, { cell, experiment, params });
  return followed === null ? {} : { "stemma.follows": followed };
}
