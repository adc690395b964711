import { join } from "node:path";
import { type Fact, recordFacts } from "../../lineage/index.ts";
import { hasDatabase, openDatabase, type Project, type Sql } from "../../store/index.ts";
import { checkpointKey, type GroupWriter, groupWriter, KeptTexts, type TextRow } from "../keep/index.ts";
import { type Value, valueOfText } from "../values/index.ts";
import type { CodeParts, Source } from "./key.ts";
import type { RanWith } from "./reason.ts";

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
  /** Whether it takes the place of an earlier result of its key, as that of a step that was told to run again. */
  readonly replaces?: boolean;
  /** Writes what belongs to it where the runs are, in its transaction. */
  readonly along?: (sql: Sql) => void;
}

/** Results of steps, by key. */
export interface Results {
  /** Null where there is none, or its bytes are gone or damaged. */
  find(key: string): KeptResult | null;
  /** The same of many keys, by key; those without a result are left out. */
  findAll(keys: readonly string[]): ReadonlyMap<string, KeptResult>;
  /** On the disk when it resolves. The first result of a key stays: what comes back is that one. */
  commit(made: MadeResult): Promise<KeptResult>;
  /** Notes what a task was found with in the cache. */
  note(task: TaskNote): void;
  /** The key that is noted of each of some items of a step: what is found with another one is news. */
  notedKeys(step: Omit<TaskName, "indices">, items: readonly (readonly number[])[]): ReadonlyMap<string, string>;
  /** The same of one task; null where none is noted. */
  notedKey(task: TaskName): string | null;
  /** What the task ran with the last time; null where it never did. */
  last(task: TaskName): RanWith | null;
  /** Keeps a value for a task elsewhere, which asks for it by its digest; on the disk when it resolves. */
  putValue(value: Value): Promise<string>;
  /** A value that was put; null where it is not there, or is damaged. */
  value(digest: string): Value | null;
  /** Keeps the parts and the text of a step's code. */
  keepCode(digest: string, code: { readonly parts: CodeParts; readonly text: string }): void;
}

export function openResults(project: Project): Results {
  const place = process.env["STEMMA_REPRODUCTION"] ? projectAgain(project) : project;
  return new DatabaseResults(place, project);
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

interface ResultRow extends TextRow {
  readonly digest: string;
  readonly time: number;
}

const resultColumns = "digest, body, object, parts, time";

/** Keys of one question, always as many: one statement. */
const keysAtOnce = 64;

const places: string = Array(keysAtOnce).fill("?").join(", ");
const findMany: string = `SELECT key, ${resultColumns} FROM flow_result WHERE key IN (${places})`;
const notedMany: string = `SELECT item, key FROM flow_task WHERE flow = ? AND step = ? AND item IN (${places})`;

/** What to ask for by each question; the last one is filled up with what it has already. */
function manyAtOnce(keys: readonly string[]): readonly (readonly string[])[] {
  const questions = Math.ceil(keys.length / keysAtOnce);
  return Array.from({ length: questions }, (_, question) => {
    const some = keys.slice(question * keysAtOnce, (question + 1) * keysAtOnce);
    return Array.from({ length: keysAtOnce }, (_, i) => some[i] ?? some[0] ?? "");
  });
}

class DatabaseResults implements Results {
  readonly #project: Project;
  /** Where the runs are. */
  readonly #home: Project;
  readonly #texts: KeptTexts;
  readonly #writer: GroupWriter;
  readonly #codes = new Set<string>();

  constructor(project: Project, home: Project) {
    this.#project = project;
    this.#home = home;
    this.#texts = new KeptTexts(project);
    this.#writer = groupWriter(project);
  }

  find(key: string): KeptResult | null {
    const row = openDatabase(this.#project).first<ResultRow>(
      `SELECT ${resultColumns} FROM flow_result WHERE key = ?`,
      key,
    );
    return row === null ? null : this.#kept(row);
  }

  findAll(keys: readonly string[]): ReadonlyMap<string, KeptResult> {
    const database = openDatabase(this.#project);
    const found = new Map<string, KeptResult>();
    for (const some of manyAtOnce(keys)) {
      const rows = database.read<ResultRow & { readonly key: string }>(findMany, ...some);
      for (const row of rows) {
        const kept = this.#kept(row);
        if (kept !== null) found.set(row.key, kept);
      }
    }
    return found;
  }

  async commit(made: MadeResult): Promise<KeptResult> {
    const row = { ...this.#texts.put(made.text), digest: made.digest, time: Date.now() };
    const { along } = made;
    const isAlong = this.#home === this.#project;
    const winner = await this.#writer.durable((sql) => {
      if (isAlong) along?.(sql);
      return this.#insert(sql, made, row);
    });
    // Another database: what belongs to the result is written behind it.
    if (!isAlong && along !== undefined) await groupWriter(this.#home).durable(along);
    const first = winner.digest === made.digest ? null : this.#kept(winner);
    return first ?? { ...valueOfText(made.text, made.digest), timeMs: winner.time };
  }

  note(task: TaskNote): void {
    openDatabase(this.#project).write((sql) => this.#noteTask(sql, task));
  }

  notedKey({ flow, step, indices }: TaskName): string | null {
    const noted = "SELECT key FROM flow_task WHERE flow = ? AND step = ? AND item = ?";
    const item = indices.join(" ");
    return openDatabase(this.#project).first<{ readonly key: string }>(noted, flow, step, item)?.key ?? null;
  }

  notedKeys(
    { flow, step }: Omit<TaskName, "indices">,
    items: readonly (readonly number[])[],
  ): ReadonlyMap<string, string> {
    const database = openDatabase(this.#project);
    const names = items.map((indices) => indices.join(" "));
    const rows = manyAtOnce(names).flatMap((some) =>
      database.read<{ readonly item: string; readonly key: string }>(notedMany, flow, step, ...some),
    );
    return new Map(rows.map(({ item, key }) => [item, key]));
  }

  last(task: TaskName): RanWith | null {
    const ran = "SELECT code, inputs, parts FROM flow_task JOIN flow_code ON digest = code WHERE flow = ? AND step = ?";
    const database = openDatabase(this.#project);
    type Row = { readonly code: string; readonly inputs: string; readonly parts: string };
    const item = task.indices.join(" ");
    // A map that grew is compared with its first item. Two look-ups by the key: one ORDER BY would sort all items each time.
    const row =
      database.first<Row>(`${ran} AND item = ?`, task.flow, task.step, item) ??
      database.first<Row>(`${ran} ORDER BY item LIMIT 1`, task.flow, task.step);
    if (row === null) return null;
    return { code: row.code, parts: JSON.parse(row.parts) as CodeParts, sources: JSON.parse(row.inputs) as Source[] };
  }

  async putValue(value: Value): Promise<string> {
    const there = this.value(value.digest);
    // Of a project that was moved the paths are others now.
    const isSame = value.portable === undefined || there?.text() === value.text();
    if (there !== null && isSame) return value.digest;
    const { body, object, parts } = this.#texts.put(value.text());
    await this.#writer.durable((sql) =>
      sql.run(
        "INSERT OR REPLACE INTO flow_value (digest, body, object, parts, time) VALUES (?, ?, ?, ?, ?)",
        value.digest,
        body,
        object,
        parts,
        Date.now(),
      ),
    );
    return value.digest;
  }

  value(digest: string): Value | null {
    const row = openDatabase(this.#project).first<ResultRow>(
      `SELECT ${resultColumns} FROM flow_value WHERE digest = ?`,
      digest,
    );
    return row === null ? null : this.#texts.value(row);
  }

  keepCode(digest: string, { parts, text }: { readonly parts: CodeParts; readonly text: string }): void {
    if (this.#codes.has(digest)) return;
    this.#codes.add(digest);
    const database = openDatabase(this.#project);
    if (database.first("SELECT 1 FROM flow_code WHERE digest = ?", digest) !== null) return;
    const object = this.#texts.objects.put(text);
    database.write((sql) =>
      sql.run(
        "INSERT OR IGNORE INTO flow_code (digest, parts, object) VALUES (?, ?, ?)",
        digest,
        JSON.stringify(parts.map(({ file: _, ...kept }) => kept)),
        object,
      ),
    );
  }

  /** The row that holds for the key from now on: the first one, unless that is gone or is to be replaced. */
  #insert(sql: Sql, made: MadeResult, row: ResultRow): ResultRow {
    this.#noteTask(sql, made);
    sql.run("DELETE FROM flow_checkpoint WHERE key = ?", checkpointKey(made.key));
    const { digest, body, object, parts, time } = row;
    const head = [made.key, made.flow, made.step, digest, Buffer.byteLength(made.text)] as const;
    const { changes } = sql.run(
      `INSERT INTO flow_result (key, flow, step, digest, bytes, body, object, parts, time, run)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
      ...head,
      body,
      object,
      parts,
      time,
      made.runId,
    );
    if (changes === 1) return row;
    const first = sql.first<ResultRow>(`SELECT ${resultColumns} FROM flow_result WHERE key = ?`, made.key);
    if (made.replaces !== true && first !== null && this.#kept(first) !== null) return first;
    sql.run(
      "UPDATE flow_result SET digest = ?, bytes = ?, body = ?, object = ?, parts = ?, time = ?, run = ? WHERE key = ?",
      ...[digest, head[4], body, object, parts, time],
      made.runId,
      made.key,
    );
    return row;
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
    const value = this.#texts.value(row);
    return value === null ? null : { ...value, timeMs: row.time };
  }
}
