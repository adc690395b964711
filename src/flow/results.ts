import { rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { StemmaError } from "../error.ts";
import { type Fact, recordFacts } from "../lineage/index.ts";
import {
  CorruptObjectError,
  hasDatabase,
  type Objects,
  openDatabase,
  openObjects,
  type Project,
  type Sql,
} from "../store/index.ts";
import { sha256 } from "./digest.ts";
import type { CodeParts, Source } from "./key.ts";
import type { RanWith } from "./reason.ts";
import { type Value, valueOfText } from "./value.ts";

/** A kept result. */
export interface KeptResult extends Value {
  readonly timeMs: number;
}

/** Which step of which flow, for which item. */
export interface TaskName {
  readonly flow: string;
  readonly step: string;
  /** Indices in its maps; empty outside. */
  readonly indices: readonly number[];
}

/** What a task ran with, to say the next time what changed. */
export interface TaskNote extends TaskName {
  readonly key: string;
  readonly code: string;
  readonly sources: readonly Source[];
  readonly facts: readonly Fact[];
}

/** A result to keep. */
export interface MadeResult extends TaskNote {
  readonly text: string;
  readonly digest: string;
  readonly runId: string | null;
}

/** Results of steps, by key. */
export interface Results {
  /** Null where there is none, or its bytes are gone or damaged. */
  find(key: string): KeptResult | null;
  /** On the disk when it resolves. The first result of a key stays: what comes back is that one. */
  commit(made: MadeResult): Promise<KeptResult>;
  /** Notes what a task was found with in the cache, where that is news. */
  note(task: TaskNote): void;
  /** What the task ran with the last time; null where it never did. */
  last(task: TaskName): RanWith | null;
  /** Keeps the parts and the text of a step's code. */
  keepCode(digest: string, code: { readonly parts: CodeParts; readonly text: string }): void;
}

/** Longer results are files in `stemma/objects`. */
const rowBytes = 64 * 1024;

export function openResults(project: Project): Results {
  return new DatabaseResults(process.env["STEMMA_REPRODUCTION"] ? projectAgain(project) : project);
}

/** Where a flow that runs again for `run.reproduce()` keeps its results: it must not find those that it is compared with. */
export function projectAgain(project: Project): Project {
  return { ...project, stemmaFolder: join(project.stemmaFolder, "again") };
}

/** The digest of the result of a step, by the step's key; null where none is kept. */
export function resultDigest(project: Project, key: string): string | null {
  if (!hasDatabase(project)) return null;
  const row = openDatabase(project).first<{ digest: string }>("SELECT digest FROM flow_result WHERE key = ?", key);
  return row?.digest ?? null;
}

interface Waiting {
  readonly made: MadeResult;
  readonly object: string | null;
  readonly done: (kept: KeptResult) => void;
  readonly failed: (error: unknown) => void;
}

interface ResultRow {
  readonly digest: string;
  readonly body: string | null;
  readonly object: string | null;
  readonly time: number;
}

class DatabaseResults implements Results {
  readonly #project: Project;
  readonly #objects: Objects;
  readonly #codes = new Set<string>();
  #waiting: Waiting[] = [];
  #flushing = false;

  constructor(project: Project) {
    this.#project = project;
    this.#objects = openObjects(join(project.stemmaFolder, "objects"));
  }

  find(key: string): KeptResult | null {
    const row = openDatabase(this.#project).first<ResultRow>(
      "SELECT digest, body, object, time FROM flow_result WHERE key = ?",
      key,
    );
    return row === null ? null : this.#kept(row);
  }

  commit(made: MadeResult): Promise<KeptResult> {
    return new Promise((done, failed) => {
      try {
        const long = made.text.length * 3 > rowBytes && Buffer.byteLength(made.text) > rowBytes;
        const object = long ? this.#objects.put(made.text) : null;
        this.#waiting.push({ made, object, done, failed });
      } catch (error) {
        failed(error);
        return;
      }
      if (!this.#flushing) {
        this.#flushing = true;
        setImmediate(() => this.#flush());
      }
    });
  }

  note(task: TaskNote): void {
    openDatabase(this.#project).write((sql) => {
      const known = sql.first<{ key: string }>(
        "SELECT key FROM flow_task WHERE flow = ? AND step = ? AND item = ?",
        task.flow,
        task.step,
        task.indices.join(" "),
      );
      if (known?.key !== task.key) this.#noteTask(sql, task);
    });
  }

  last(task: TaskName): RanWith | null {
    const row = openDatabase(this.#project).first<{ code: string; inputs: string; parts: string }>(
      // The same item if there is one; a map that grew is compared with its first item.
      `SELECT code, inputs, parts FROM flow_task JOIN flow_code ON digest = code
       WHERE flow = ? AND step = ? ORDER BY item = ? DESC, item LIMIT 1`,
      task.flow,
      task.step,
      task.indices.join(" "),
    );
    if (row === null) return null;
    return { code: row.code, parts: JSON.parse(row.parts) as CodeParts, sources: JSON.parse(row.inputs) as Source[] };
  }

  keepCode(digest: string, { parts, text }: { readonly parts: CodeParts; readonly text: string }): void {
    if (this.#codes.has(digest)) return;
    this.#codes.add(digest);
    const database = openDatabase(this.#project);
    if (database.first("SELECT 1 FROM flow_code WHERE digest = ?", digest) !== null) return;
    const object = this.#objects.put(text);
    database.write((sql) =>
      sql.run(
        "INSERT OR IGNORE INTO flow_code (digest, parts, object) VALUES (?, ?, ?)",
        digest,
        JSON.stringify(parts),
        object,
      ),
    );
  }

  // Everything that finished while the last group was on its way to the disk goes as the next one.
  async #flush(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#waiting;
      this.#waiting = [];
      try {
        const rows = openDatabase(this.#project).write((sql) => group.map((one) => this.#insert(sql, one)));
        await syncLog(openDatabase(this.#project).path);
        for (const [i, one] of group.entries()) one.done(this.#winner(one, rows[i]));
      } catch (error) {
        for (const one of group) one.failed(error);
      }
    }
    this.#flushing = false;
  }

  #insert(sql: Sql, { made, object }: Waiting): ResultRow | null {
    const now = Date.now();
    const values = [made.key, made.flow, made.step, made.digest, Buffer.byteLength(made.text)] as const;
    const { changes } = sql.run(
      `INSERT INTO flow_result (key, flow, step, digest, bytes, body, object, time, run) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (key) DO NOTHING`,
      ...values,
      object === null ? made.text : null,
      object,
      now,
      made.runId,
    );
    this.#noteTask(sql, made);
    if (changes === 1) return { digest: made.digest, body: made.text, object, time: now };
    const first = sql.first<ResultRow>("SELECT digest, body, object, time FROM flow_result WHERE key = ?", made.key);
    if (first !== null && this.#kept(first) !== null) return first;
    // The first result's bytes are gone or damaged: this one takes its place.
    sql.run(
      "UPDATE flow_result SET digest = ?, body = ?, object = ? WHERE key = ?",
      made.digest,
      object === null ? made.text : null,
      object,
      made.key,
    );
    return { digest: made.digest, body: made.text, object, time: now };
  }

  #winner({ made }: Waiting, row: ResultRow | null | undefined): KeptResult {
    if (row === null || row === undefined || row.digest === made.digest) {
      return { ...valueOfText(made.text, made.digest), timeMs: row?.time ?? Date.now() };
    }
    return this.#kept(row) ?? { ...valueOfText(made.text, made.digest), timeMs: row.time };
  }

  #noteTask(sql: Sql, task: TaskNote): void {
    sql.run(
      "INSERT OR REPLACE INTO flow_task (flow, step, item, key, code, inputs, time) VALUES (?, ?, ?, ?, ?, ?, ?)",
      task.flow,
      task.step,
      task.indices.join(" "),
      task.key,
      task.code,
      JSON.stringify(task.sources),
      Date.now(),
    );
    recordFacts(this.#project, task.facts);
  }

  #kept(row: ResultRow): KeptResult | null {
    const timeMs = row.time;
    if (row.body !== null) return { ...valueOfText(row.body, row.digest), timeMs };
    const object = row.object ?? "";
    if (!this.#objects.has(object)) return null;
    return { digest: row.digest, timeMs, text: () => this.#read(object, row.digest) };
  }

  #read(object: string, digest: string): string {
    try {
      const text = this.#objects.get(object).toString("utf8");
      if (sha256(text) === digest) return text;
    } catch (error) {
      if (!(error instanceof CorruptObjectError)) throw error;
    }
    rmSync(this.#objects.pathOf(object), { force: true });
    throw new DamagedResultError(object);
  }
}

/** The bytes of a kept result are not those that were written; they are taken away, so that the step runs again. */
export class DamagedResultError extends StemmaError {
  constructor(object: string) {
    super(
      "DAMAGED_RESULT",
      `The kept result ${object} was damaged on the disk and has been taken away. Run the flow again.`,
    );
  }
}

// The database itself is synced at its checkpoints only: fast for metrics, too late for a result that was promised.
async function syncLog(path: string): Promise<void> {
  const file = await open(`${path}-wal`, "r+").catch((error: NodeJS.ErrnoException) => {
    // Without a write-ahead log (a network file system) each commit is synced by SQLite.
    if (error.code === "ENOENT") return null;
    throw error;
  });
  try {
    await file?.datasync();
  } finally {
    await file?.close();
  }
}
