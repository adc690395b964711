import { statSync } from "node:fs";
import { openDatabase, type Project, type Sql } from "../../../store/index.ts";
import type { Condition } from "../condition.ts";
import type { MetricTable } from "../sql.ts";
import { buildInBackground } from "./background.ts";
import { Columns } from "./columns.ts";
import { firstRuns, type RunOrder } from "./first-runs.ts";
import { columnName } from "./layout.ts";
import { hasColumn, isAnswerable, passing } from "./passing.ts";
import { readState, snapshotPath } from "./state.ts";

export interface SnapshotQuestion {
  readonly condition: Condition;
  readonly experiments: readonly number[];
  /** Null for both. */
  readonly lifecycle: string | null;
  readonly order: RunOrder;
  /** Null for all. */
  readonly limit: number | null;
}

export interface SnapshotAnswer {
  /** The rows of runs: all that the question finds among runs that did not change, or the first `limit` of them. */
  readonly runs: readonly number[];
  /** The rows of the runs that changed since: ask the database for them. */
  readonly changed: readonly number[];
}

/** From here on a snapshot is worth its making; below it the database answers as quickly. */
const enoughRuns = 2000;

/**
 * Asks the snapshot of a project's runs, in a transaction that reads; null where there is none, or where it does not have
 * what is asked for. Sees to it that a new one is made in the background when it is time.
 */
export function askSnapshot(
  project: Project,
  { sql, metrics }: { readonly sql: Pick<Sql, "read" | "first">; readonly metrics: MetricTable },
  question: SnapshotQuestion,
): SnapshotAnswer | null {
  const { current } = readState(sql);
  const columns = current === 0 ? null : openColumns(snapshotPath(project, current));
  if (columns === null) {
    if (hasMany(sql)) build(project);
    return null;
  }
  const changed = changedRuns(sql, { current, metrics });
  if (changed.length > Math.max(enoughRuns / 4, columns.runs / 10)) build(project);
  if (!isAnswerable(question.condition) || !question.order.orders.every(hasColumn)) return null;
  const found = unchanged(columns, passing(columns, question.condition), changed);
  keepOnly(columns, found, question);
  const ids = numbersOf(columns, "id");
  return { runs: placesOf(columns, found, question).map((place) => ids[place] ?? 0), changed };
}

// Making one reads for seconds, and on a network file system that holds up those who write.
function build(project: Project): void {
  if (!openDatabase(project).isNetwork) buildInBackground(project);
}

function placesOf(columns: Columns, found: Uint8Array, { order, limit }: SnapshotQuestion): readonly number[] {
  if (limit !== null) return firstRuns(columns, found, { ...order, limit });
  const places: number[] = [];
  for (let place = 0; place < found.length; place++) if (found[place] === 1) places.push(place);
  return places;
}

// Rows count up and are seldom deleted: the greatest tells how many there are, without counting them.
function hasMany(sql: Pick<Sql, "first">): boolean {
  return (sql.first<{ readonly most: number | null }>("SELECT max(id) AS most FROM run")?.most ?? 0) >= enoughRuns;
}

/** Runs that the snapshot does not have as they are: changed in the database, or with points that are not in it yet. */
function changedRuns(
  sql: Pick<Sql, "read">,
  { current, metrics }: { readonly current: number; readonly metrics: MetricTable },
): readonly number[] {
  const live = metrics === "live_series" ? " UNION SELECT run FROM live_run" : "";
  return sql
    .read<{ readonly run: number }>(`SELECT run FROM changed_run WHERE begun >= ?${live} ORDER BY run`, current)
    .map(({ run }) => run);
}

function numbersOf(columns: Columns, key: string): Float64Array {
  const column = columns.column(columnName("run", key));
  return column?.kind === "number" ? column.values : new Float64Array();
}

function unchanged(columns: Columns, found: Uint8Array, changed: readonly number[]): Uint8Array {
  const ids = numbersOf(columns, "id");
  let place = 0;
  // Both rise.
  for (const run of changed) {
    while (place < ids.length && (ids[place] ?? 0) < run) place++;
    if (ids[place] === run) found[place] = 0;
  }
  return found;
}

function keepOnly(columns: Columns, found: Uint8Array, { experiments, lifecycle }: SnapshotQuestion): void {
  const wanted = new Set(experiments);
  const experiment = numbersOf(columns, "experiment");
  const state = columns.column(columnName("run", "lifecycle"));
  const code = state?.kind === "text" && lifecycle !== null ? state.texts.placeOf(lifecycle) + 1 : null;
  for (let place = 0; place < found.length; place++) {
    if (found[place] === 0) continue;
    const isOther = code !== null && state?.kind === "text" && state.codes[place] !== code;
    if (isOther || !wanted.has(experiment[place] ?? -1)) found[place] = 0;
  }
}

interface Kept {
  readonly inode: number;
  readonly columns: Columns;
}

/** By folder of snapshots: of each project the one that was read last. */
const kept = new Map<string, Kept & { readonly path: string }>();

/** Null where the file is gone, or is not one that can be read: it is only a faster way. */
function openColumns(path: string): Columns | null {
  const inode = statSync(path, { throwIfNoEntry: false })?.ino ?? null;
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  const before = kept.get(folder);
  if (before?.path === path && before.inode === inode) return before.columns;
  before?.columns.close();
  kept.delete(folder);
  if (inode === null) return null;
  const columns = Columns.open(path);
  if (columns !== null) kept.set(folder, { path, inode, columns });
  return columns;
}
