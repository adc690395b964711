import { rmSync } from "node:fs";
import { StemmaError } from "../../error.ts";
import { DatabaseFullError, hasDatabase, type Project, type Sql, writeOnFullDisk } from "../../store/index.ts";
import { keptKeys, type ResultKey } from "./kept-keys.ts";
import { folderMembers, KeptTexts } from "./kept-text.ts";
import { isOwnerAlive, someoneRuns } from "./owner.ts";
import { type UnusedFile, unusedFiles } from "./unused-files.ts";

/** What to keep, and what may go. */
export interface CollectOptions {
  /** Runs of each flow that stay, the newest ones. */
  readonly keepRuns?: number;
  /** Only what is older than so many ms goes. */
  readonly olderThanMs?: number;
  /** Only this flow's runs go. */
  readonly flow?: string;
  /** Tells what would go, and takes nothing away. */
  readonly dry?: boolean;
}

/** What went, or would go. */
export interface CollectedRuns {
  /** Ids of the parent runs. */
  readonly runs: readonly string[];
  readonly results: number;
  readonly objects: number;
  /** Of all files. */
  readonly bytes: number;
}

/** A flow runs now: what it is about to use cannot be told from what nobody needs. */
export class FlowRunningError extends StemmaError {
  constructor(flows: readonly string[]) {
    const names = [...new Set(flows)].join(", ") || "A flow";
    super("FLOW_RUNNING", `${names} runs now, and may use what would be taken away. Try again when it has ended.`);
  }
}

/** The disk is full, and what may go takes too little of it to write that it went. */
export class NothingToFreeError extends StemmaError {
  constructor(cause: unknown) {
    super(
      "NOTHING_TO_FREE",
      "The disk is full, and the files of these runs are too small to make room on it. Make some elsewhere (20 MB will do), then do it again.",
      { cause },
    );
  }
}

/**
 * Takes away runs of flows, and the results, logs, cards and checkpoints that then nobody points to: no run that stays, no
 * registered model by its lineage, no run that used them, no file under DVC.
 *
 * @throws {RangeError} it is not said what may go, or by a number below 0 @throws {FlowRunningError}
 */
export function collect(project: Project, options: CollectOptions): CollectedRuns {
  const { keepRuns, olderThanMs, dry = false } = options;
  if (keepRuns === undefined && olderThanMs === undefined)
    throw new RangeError(
      "gc() was not told what may go: give keepRuns (10 keeps the newest ten of each flow) or olderThan",
    );
  // A number below 0 would take all there is.
  if (keepRuns !== undefined && !(Number.isInteger(keepRuns) && keepRuns >= 0))
    throw new RangeError(`gc() got keepRuns ${keepRuns}; it takes a whole number from 0. Nothing was taken away.`);
  if (!hasDatabase(project)) return { runs: [], results: 0, objects: 0, bytes: 0 };
  // Nobody begins a run meanwhile: its first word would be a write. Who dies half-way has lost files that no row needs.
  const taken: { collected: CollectedRuns | null } = { collected: null };
  const work = (sql: Sql): CollectedRuns => {
    if (!dry) refuseWhileRunning(sql);
    const { going, files } = whatGoes(project, sql, options);
    // Of the first time: what went then is not there any more.
    taken.collected ??= summary(going, files);
    if (!dry) take(sql, going, files);
    return taken.collected;
  };
  try {
    return writeOnFullDisk(project, work);
  } catch (error) {
    throw error instanceof DatabaseFullError ? new NothingToFreeError(error) : error;
  }
}

interface Leaving {
  readonly going: Going;
  readonly files: readonly UnusedFile[];
}

function whatGoes(project: Project, sql: Sql, options: CollectOptions): Leaving {
  const runs = oldRuns(sql, options);
  const ids = new Set(runs.map(({ id }) => id));
  const limit = beforeMs(options);
  const kept = keptKeys(project, sql, { without: ids, beforeMs: limit, keepLast: (options.keepRuns ?? 0) > 0 });
  const results = oldResults(sql, kept, { beforeMs: limit, flow: options.flow ?? null });
  const going = { runs, results, beforeMs: limit };
  const files = unusedFiles(project, { objects: usedObjects(project, sql, going), runs: stayingRuns(sql, ids) });
  return { going, files };
}

function summary({ runs, results }: Going, files: readonly UnusedFile[]): CollectedRuns {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const objects = files.filter(({ object }) => object).length;
  return { runs: runs.map(({ uuid }) => uuid), results: results.length, objects, bytes };
}

function beforeMs({ olderThanMs }: CollectOptions): number {
  return olderThanMs === undefined ? Number.POSITIVE_INFINITY : Date.now() - olderThanMs;
}

function refuseWhileRunning(sql: Sql): void {
  if (!someoneRuns(sql)) return;
  const runs = sql.read<{ readonly flow: string; readonly owner: string }>(
    "SELECT flow, owner FROM flow_run WHERE state = 'running'",
  );
  throw new FlowRunningError(runs.filter(({ owner }) => isOwnerAlive(sql, owner)).map(({ flow }) => flow));
}

interface OldRun {
  readonly id: number;
  readonly uuid: string;
}

function oldRuns(sql: Sql, { keepRuns = 0, flow, ...rest }: CollectOptions): readonly OldRun[] {
  const rows = sql.read<OldRun & { readonly place: number; readonly at: number; readonly flow: string }>(
    `SELECT id, uuid, flow, COALESCE(ended, started) AS at,
       ROW_NUMBER() OVER (PARTITION BY flow ORDER BY started DESC, id DESC) AS place FROM flow_run`,
  );
  const limit = beforeMs(rest);
  return rows.filter((run) => run.place > keepRuns && run.at < limit && (flow ?? run.flow) === run.flow);
}

interface Going {
  readonly runs: readonly OldRun[];
  readonly results: readonly ResultKey[];
  readonly beforeMs: number;
}

function oldResults(
  sql: Sql,
  kept: (result: ResultKey) => boolean,
  { beforeMs, flow }: { readonly beforeMs: number; readonly flow: string | null },
): readonly ResultKey[] {
  const all = sql.read<ResultKey & { readonly flow: string; readonly time: number }>(
    "SELECT key, digest, flow, time FROM flow_result",
  );
  return all.filter((row) => row.time < beforeMs && (flow ?? row.flow) === row.flow && !kept(row));
}

/** Ids of the runs that stay. */
function stayingRuns(sql: Sql, gone: ReadonlySet<number>): ReadonlySet<string> {
  const runs = sql.read<OldRun>("SELECT id, uuid FROM flow_run");
  return new Set(runs.flatMap(({ id, uuid }) => (gone.has(id) ? [] : [uuid])));
}

interface Pointing {
  readonly object: string | null;
  readonly parts: string | null;
}

/** All objects that something points to when that which goes is gone. */
function usedObjects(project: Project, sql: Sql, { runs, results, beforeMs }: Going): ReadonlySet<string> {
  const gone = new Set(results.map(({ key }) => key));
  const goneRuns = new Set(runs.map(({ id }) => id));
  const goneIds = new Set(runs.map(({ uuid }) => uuid));
  const rows = (text: string): readonly (Pointing & { readonly of: string | number; readonly time: number })[] =>
    sql.read(text);
  const pointing = [
    ...rows("SELECT key AS of, object, parts, time FROM flow_result").filter(({ of }) => !gone.has(String(of))),
    ...rows("SELECT run AS of, object, parts, time FROM flow_checkpoint").filter(({ of }) => !goneIds.has(String(of))),
    ...rows("SELECT run AS of, object, NULL AS parts, time FROM flow_card").filter(
      ({ of }) => !goneIds.has(String(of)),
    ),
    ...rows("SELECT run AS of, log AS object, NULL AS parts, 0 AS time FROM flow_attempt").filter(
      ({ of }) => !goneRuns.has(Number(of)),
    ),
    ...rows(`SELECT digest AS of, object, parts, time FROM flow_value`).filter(
      ({ of, time }) => time >= valuesBefore(beforeMs) || planIsKept(sql, String(of), goneRuns),
    ),
    ...rows("SELECT digest AS of, object, NULL AS parts, 0 AS time FROM flow_code"),
  ];
  const used = new Set(pointing.flatMap(({ object, parts }) => [object ?? "", ...(parts?.split(" ") ?? [])]));
  for (const { md5 } of versionedData(sql)) used.add(md5);
  for (const md5 of commandOuts(sql, gone)) used.add(md5);
  return withMembers(project, used);
}

/** Values were put for tasks elsewhere: for so long one of them may still ask. */
const valuesMs = 24 * 3_600_000;

function valuesBefore(beforeMs: number): number {
  return Math.min(beforeMs, Date.now() - valuesMs);
}

function planIsKept(sql: Sql, digest: string, gone: ReadonlySet<number>): boolean {
  const runs = sql.read<{ readonly id: number }>("SELECT id FROM flow_run WHERE plan = ?", digest);
  return runs.some(({ id }) => !gone.has(id));
}

function versionedData(sql: Sql): readonly { readonly md5: string }[] {
  return sql.read(
    "SELECT json_extract(record, '$.md5') AS md5 FROM entity WHERE json_extract(record, '$.kind') = 'data'",
  );
}

// The result of a command names what it wrote; a value of another step that looks so keeps a file more.
function commandOuts(sql: Sql, gone: ReadonlySet<string>): readonly string[] {
  const rows = sql.read<{ readonly key: string; readonly body: string }>(
    `SELECT key, body FROM flow_result WHERE body LIKE '{%"md5":"%'`,
  );
  const bodies = rows.filter(({ key }) => !gone.has(key)).map(({ body }) => body);
  return bodies.flatMap((body) => [...body.matchAll(/"md5":"([0-9a-f]{32}(?:\.dir)?)"/g)].map(([, md5 = ""]) => md5));
}

function withMembers(project: Project, used: ReadonlySet<string>): ReadonlySet<string> {
  const { objects } = new KeptTexts(project);
  const folders = [...used].filter((digest) => digest.endsWith(".dir"));
  return new Set([...used, ...folders.flatMap((digest) => folderMembers(objects, digest))]);
}

// Files first: on a full disk they make the room that the rows need to go.
function take(sql: Sql, { runs, results, beforeMs }: Going, files: readonly UnusedFile[]): void {
  for (const { path } of files) rmSync(path, { recursive: true, force: true });
  for (const { key } of results) sql.run("DELETE FROM flow_result WHERE key = ?", key);
  for (const { id, uuid } of runs) {
    sql.run("DELETE FROM flow_attempt WHERE run = ?", id);
    sql.run("DELETE FROM flow_card WHERE run = ?", uuid);
    sql.run("DELETE FROM flow_checkpoint WHERE run = ?", uuid);
    sql.run("DELETE FROM flow_run WHERE id = ?", id);
  }
  if (beforeMs < Number.POSITIVE_INFINITY) sql.run("DELETE FROM flow_task WHERE time < ?", beforeMs);
  sql.run(
    "DELETE FROM flow_value WHERE time < ? AND digest NOT IN (SELECT plan FROM flow_run)",
    valuesBefore(beforeMs),
  );
}
