import type { ErrorFacts } from "../../error.ts";
import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import type { Json } from "../../track/index.ts";
import { sha256 } from "../encoding/index.ts";
import { type GroupWriter, groupWriter } from "./group-writer.ts";
import { KeptTexts } from "./kept-text.ts";

/** How a task or a try of it stands. */
export type AttemptState = "running" | "done" | "cached" | "failed" | "stopped" | "skipped";

/** One try of one step for one item, as it is kept with the run. */
export interface AttemptRecord {
  readonly step: string;
  /** Indices in its maps and loops; empty outside. */
  readonly indices: readonly number[];
  /** From 1; of several the last one has the result. */
  readonly attempt: number;
  readonly state: AttemptState;
  readonly reason: string;
  /** By which the result is kept; "" where that is not known. */
  readonly key: string;
  /** Of the result. */
  readonly digest: string | null;
  readonly seed: number | null;
  readonly error: ErrorFacts | null;
  /** What it printed. */
  readonly log: string;
  readonly startMs: number | null;
  readonly endMs: number | null;
}

/** What a run begins with. */
export interface JournalHead {
  /** Id of the parent run. */
  readonly id: string;
  readonly flow: string;
  readonly plan: object;
  readonly params: Readonly<Record<string, Json>>;
  readonly tags: Readonly<Record<string, string | number | boolean>>;
  /** Id of the run that this one goes on with. */
  readonly origin: string | null;
  /** From the lease. */
  readonly owner: string;
}

/** Keeps what happens in one run. */
export interface Journal {
  /** Written with the next group; a later record of the same try takes its place. */
  attempt(record: AttemptRecord): void;
  /** The end of what a running try has printed so far, in place of what was told before; gone when the try is over. */
  printed(owner: Pick<AttemptRecord, "step" | "indices" | "attempt">, tail: string): void;
  /** On the disk when it resolves. */
  end(state: "done" | "failed" | "stopped", error: ErrorFacts | null): Promise<void>;
}

/** Begins the journal of a run, which others see from then on. */
export function openJournal(project: Project, head: JournalHead): Journal {
  const texts = new KeptTexts(project);
  const text = JSON.stringify(head.plan);
  const plan = { ...texts.put(text), digest: sha256(text) };
  const run = openDatabase(project).write((sql) => {
    sql.run(
      "INSERT OR IGNORE INTO flow_value (digest, body, object, parts, time) VALUES (?, ?, ?, ?, ?)",
      plan.digest,
      plan.body,
      plan.object,
      plan.parts,
      Date.now(),
    );
    return insertRun(sql, head, plan.digest);
  });
  return new DatabaseJournal(project, { run, texts });
}

function insertRun(sql: Sql, head: JournalHead, plan: string): number {
  const { id, flow, params, tags, origin, owner } = head;
  const { lastId } = sql.run(
    `INSERT INTO flow_run (uuid, flow, plan, params, tags, origin, state, started, owner)
     VALUES (?, ?, ?, ?, ?, ?, 'running', ?, ?)`,
    ...[id, flow, plan, JSON.stringify(params), JSON.stringify(tags), origin, Date.now(), owner],
  );
  return lastId;
}

class DatabaseJournal implements Journal {
  readonly #run: number;
  readonly #texts: KeptTexts;
  readonly #writer: GroupWriter;
  #failure: { readonly error: unknown } | null = null;

  constructor(project: Project, { run, texts }: { readonly run: number; readonly texts: KeptTexts }) {
    this.#run = run;
    this.#texts = texts;
    this.#writer = groupWriter(project);
  }

  attempt(record: AttemptRecord): void {
    const log = record.log === "" ? null : this.#texts.objects.put(record.log);
    const { step, indices, attempt, state, reason, key, digest, seed, error, startMs, endMs } = record;
    const values = [state, reason, key, digest, seed === null ? null : String(seed)] as const;
    this.#soon((sql) =>
      sql.run(
        `INSERT OR REPLACE INTO flow_attempt
           (run, step, item, attempt, state, reason, key, digest, seed, error, log, started, ended)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ...[this.#run, step, indices.join(" "), attempt, ...values],
        ...[error === null ? null : JSON.stringify(error), log, startMs, endMs],
      ),
    );
  }

  printed({ step, indices, attempt }: Pick<AttemptRecord, "step" | "indices" | "attempt">, tail: string): void {
    this.#soon((sql) =>
      sql.run(
        "UPDATE flow_attempt SET tail = ? WHERE run = ? AND step = ? AND item = ? AND attempt = ? AND state = 'running'",
        ...[tail, this.#run, step, indices.join(" "), attempt],
      ),
    );
  }

  #soon(work: (sql: Sql) => void): void {
    this.#writer.soon(work, (error) => {
      this.#failure = { error };
    });
  }

  async end(state: "done" | "failed" | "stopped", error: ErrorFacts | null): Promise<void> {
    await this.#writer.durable((sql) =>
      sql.run(
        "UPDATE flow_run SET state = ?, error = ?, ended = ? WHERE id = ?",
        ...[state, error === null ? null : JSON.stringify(error), Date.now(), this.#run],
      ),
    );
    // What could not be written was not waited for; the end of the run is where somebody hears of it.
    if (this.#failure !== null && error === null) throw this.#failure.error;
  }
}
