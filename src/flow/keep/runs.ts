import type { ErrorFacts } from "../../error.ts";
import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import type { Json } from "../../track/index.ts";
import type { Plan } from "../plan/index.ts";
import { compareIndices, indicesOf } from "./indices.ts";
import type { AttemptRecord, AttemptState } from "./journal.ts";
import { KeptTexts, readObject } from "./kept-text.ts";
import { isOwnerAlive } from "./owner.ts";
import { printedTries } from "./print-file.ts";

/** One run of a flow, as it is kept. */
export interface FlowRunRecord {
  /** Id of the parent run. */
  readonly id: string;
  readonly flow: string;
  /** Digest of the plan; {@link planOf} has it. */
  readonly plan: string;
  readonly params: Readonly<Record<string, Json>>;
  readonly tags: Readonly<Record<string, string | number | boolean>>;
  /** Id of the run that this one went on with. */
  readonly origin: string | null;
  /** "lost": it never ended, and the process that ran it is gone. */
  readonly state: "running" | "done" | "failed" | "stopped" | "lost";
  readonly error: ErrorFacts | null;
  readonly startMs: number;
  readonly endMs: number | null;
}

/** A row of `flow_run`. */
export interface RunRow {
  readonly uuid: string;
  readonly flow: string;
  readonly plan: string;
  readonly params: string;
  readonly tags: string;
  readonly origin: string | null;
  readonly state: Exclude<FlowRunRecord["state"], "lost">;
  readonly error: string | null;
  readonly started: number;
  readonly ended: number | null;
  readonly owner: string;
}

/** Which runs to list. */
export interface FlowRunsOptions {
  readonly flow?: string;
  /** Only runs whose id begins so. */
  readonly id?: string;
  /** At most so many; all where absent. */
  readonly limit?: number;
}

/** Runs of flows, the newest first. */
export function flowRuns(project: Project, { flow, id, limit }: FlowRunsOptions = {}): readonly FlowRunRecord[] {
  if (!hasDatabase(project)) return [];
  // A range of the index: LIKE would read all runs.
  const wanted = [
    ...(flow === undefined ? [] : [{ where: "flow = ?", values: [flow] }]),
    ...(id === undefined ? [] : [{ where: "uuid BETWEEN ? AND ?", values: [id, `${id}\u{10ffff}`] }]),
  ];
  const where = wanted.length === 0 ? "" : `WHERE ${wanted.map((one) => one.where).join(" AND ")}`;
  const rows = openDatabase(project).read<RunRow>(
    `SELECT * FROM flow_run ${where} ORDER BY started DESC, id DESC LIMIT ?`,
    ...wanted.flatMap(({ values }) => values),
    limit ?? -1,
  );
  return rows.map((row) => runRecord(project, row));
}

/** The run of that id; null where no flow had it. */
export function flowRun(project: Project, id: string): FlowRunRecord | null {
  if (!hasDatabase(project)) return null;
  const row = openDatabase(project).first<RunRow>("SELECT * FROM flow_run WHERE uuid = ?", id);
  return row === null ? null : runRecord(project, row);
}

/** What a row says; a run whose process is gone is "lost". */
export function runRecord(project: Project, row: RunRow): FlowRunRecord {
  const { uuid: id, flow, plan, origin, started: startMs, ended: endMs } = row;
  const lost = row.state === "running" && !isOwnerAlive(openDatabase(project), row.owner);
  return {
    ...{ id, flow, plan, origin, startMs, endMs },
    params: JSON.parse(row.params) as FlowRunRecord["params"],
    tags: JSON.parse(row.tags) as FlowRunRecord["tags"],
    state: lost ? "lost" : row.state,
    error: row.error === null ? null : (JSON.parse(row.error) as ErrorFacts),
  };
}

/** The plan that a run had; null where it is gone. */
export function planOf(project: Project, { plan }: Pick<FlowRunRecord, "plan">): Plan | null {
  const row = openDatabase(project).first<{ readonly body: string | null; readonly object: string | null }>(
    "SELECT body, object FROM flow_value WHERE digest = ?",
    plan,
  );
  if (row === null) return null;
  const { objects } = new KeptTexts(project);
  return JSON.parse(row.body ?? readObject(objects, row.object ?? "").toString("utf8")) as Plan;
}

interface AttemptRow {
  readonly step: string;
  readonly item: string;
  readonly attempt: number;
  readonly state: AttemptState;
  readonly reason: string;
  readonly key: string;
  readonly digest: string | null;
  readonly seed: string | null;
  readonly error: string | null;
  readonly log: string | null;
  readonly tail: string | null;
  readonly started: number | null;
  readonly ended: number | null;
}

/** A try whose log is read when it is asked for: while it runs, or where it was killed, the end of what it printed. */
export interface KeptAttempt extends Omit<AttemptRecord, "log"> {
  /** Whether it printed anything. */
  readonly hasLog: boolean;
  readonly log: () => string;
}

/** All tries of a run, or of one step of it: by step, by item, the first try first. */
export function attemptsOf(project: Project, id: string, step?: string): readonly KeptAttempt[] {
  if (!hasDatabase(project)) return [];
  const rows = openDatabase(project).read<AttemptRow>(
    `SELECT a.* FROM flow_attempt a JOIN flow_run r ON r.id = a.run WHERE r.uuid = ?${step === undefined ? "" : " AND step = ?"}`,
    id,
    ...(step === undefined ? [] : [step]),
  );
  const { objects } = new KeptTexts(project);
  const printed = new Map(
    printedTries(project, id)
      .filter(({ of }) => step === undefined || of.step === step)
      .map((one) => [nameOf(one.of), one]),
  );
  const records = rows.map((row): KeptAttempt => {
    const { step, attempt, state, reason, key, digest, log, started: startMs, ended: endMs } = row;
    const indices = indicesOf(row.item);
    const name = nameOf({ step, indices, attempt });
    // It is ahead of what the journal tells of a try that runs.
    const tail = printed.get(name)?.text ?? row.tail;
    printed.delete(name);
    return {
      ...{ step, indices, attempt, state, reason, key, digest, startMs, endMs },
      seed: row.seed === null ? null : Number(row.seed),
      error: row.error === null ? null : (JSON.parse(row.error) as ErrorFacts),
      hasLog: log !== null || tail !== null,
      log: () => (log === null ? (tail ?? "") : readObject(objects, log).toString("utf8")),
    };
  });
  // A try that kept the thread from its beginning on: the journal has not heard of it.
  const untold = [...printed.values()].map(({ of, text }) => ({ ...of, hasLog: true, log: () => text }));
  return [...records, ...untold].sort(
    (a, b) => compare(a.step, b.step) || compareIndices(a.indices, b.indices) || a.attempt - b.attempt,
  );
}

function nameOf({ step, indices, attempt }: Pick<AttemptRecord, "step" | "indices" | "attempt">): string {
  return JSON.stringify([step, indices, attempt]);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/**
 * The key under which an earlier run kept the result of a task, where that had a key of its own because it is never taken
 * from the cache; null where that run did not finish it with the same code and inputs.
 *
 * @param key the task's, as its code and inputs make it
 */
export function finishedKey(
  project: Project,
  id: string,
  { step, indices, key }: { readonly step: string; readonly indices: readonly number[]; readonly key: string },
): string | null {
  const row = openDatabase(project).first<{ readonly key: string }>(
    `SELECT a.key FROM flow_attempt a JOIN flow_run r ON r.id = a.run
     WHERE r.uuid = ? AND step = ? AND item = ? AND a.state IN ('done', 'cached') AND substr(a.key, 1, 64) = ?
     ORDER BY attempt DESC LIMIT 1`,
    id,
    step,
    indices.join(" "),
    key.slice(0, 64),
  );
  return row?.key ?? null;
}
