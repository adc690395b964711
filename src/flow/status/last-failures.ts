import type { ErrorFacts } from "../../error.ts";
import { hasDatabase, openDatabase, type Project } from "../../store/index.ts";
import { caughtMessage } from "../plan/index.ts";

/** How a task failed in the last run that came to its step. */
export interface LastFailure {
  /** Of its code and inputs then. */
  readonly key: string;
  /** "failed the last time: no fit" */
  readonly reason: string;
}

interface FailedRow {
  readonly item: string;
  readonly key: string;
  readonly state: string;
  readonly reason: string;
  readonly error: string | null;
}

/** A step, as a run of its flow or a look at it meets it. */
export interface FailureQuestion {
  readonly flow: string;
  readonly step: string;
  /** Id of the run that asks: what failed in it is not meant. */
  readonly run?: string;
}

/** The tasks of a step that failed in the last run that came to it, by their indices with spaces between them. */
export function lastFailures(
  project: Project,
  { flow, step, run: asking = "" }: FailureQuestion,
): ReadonlyMap<string, LastFailure> {
  if (!hasDatabase(project)) return new Map();
  const database = openDatabase(project);
  const run = database.first<{ readonly id: number }>(
    `SELECT id FROM flow_run r WHERE flow = ? AND uuid != ? AND EXISTS (SELECT 1 FROM flow_attempt WHERE run = r.id AND step = ?)
     ORDER BY started DESC LIMIT 1`,
    flow,
    asking,
    step,
  );
  if (run === null) return new Map();
  // A catch value is no result: its try is done without one.
  const rows = database.read<FailedRow>(
    `SELECT item, key, state, reason, error FROM flow_attempt a
     WHERE run = ? AND step = ? AND (state = 'failed' OR (state = 'done' AND digest IS NULL)) AND NOT EXISTS
       (SELECT 1 FROM flow_attempt WHERE run = a.run AND step = a.step AND item = a.item AND attempt > a.attempt)`,
    run.id,
    step,
  );
  return new Map(rows.map((row) => [row.item, { key: row.key, reason: reasonOf(row) }]));
}

/** What a failure tells; null where its code or inputs were others, and what changed since the last result says more. */
export function failureReason(
  failure: LastFailure | undefined,
  { key, ranBefore }: { readonly key: string; readonly ranBefore: boolean },
): string | null {
  return failure === undefined || (ranBefore && failure.key !== key) ? null : failure.reason;
}

function reasonOf({ state, reason, error }: FailedRow): string {
  if (state === "done") return `failed the last time, its catch value was used: ${caughtMessage(reason)}`;
  const facts = error === null ? null : (JSON.parse(error) as ErrorFacts);
  return `failed the last time${facts === null ? "" : `: ${facts.message.split("\n")[0]}`}`;
}
