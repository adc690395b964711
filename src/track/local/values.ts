import type { Sql } from "../../store/index.ts";
import { ParamChangedError } from "../errors.ts";
import { checkName } from "../names.ts";
import type { ParamText } from "../params.ts";
import type { DatasetInput } from "../record.ts";
import { knownNameId, nameId, nameIds } from "../series/index.ts";

/** Rows of one statement: SQLite takes so many values, and each number of them is a statement of its own. */
const rowsAtOnce = 32;

/** Keeps params of a run; the same value again is fine. @throws {ParamChangedError} @throws {NameError} */
export function putParams(sql: Sql, run: number, params: ReadonlyMap<string, ParamText>): void {
  for (const [key, { text, json }] of params) {
    checkName("param", key);
    const name = nameId(sql, key);
    const before = sql.first<{ readonly text: string }>("SELECT text FROM param WHERE name = ? AND run = ?", name, run);
    if (before !== null && before.text !== text) throw new ParamChangedError(key, { before: before.text, now: text });
    if (before === null)
      sql.run("INSERT INTO param (name, run, text, json) VALUES (?, ?, ?, ?)", name, run, text, json ? 1 : 0);
  }
}

/** Sets tags of a run; that of its name renames it, as in MLflow. @throws {NameError} */
export function putTags(sql: Sql, run: number, tags: Readonly<Record<string, string>>): void {
  for (const [key, text] of Object.entries(tags)) {
    checkName("tag", key);
    sql.run("INSERT OR REPLACE INTO tag (name, run, text) VALUES (?, ?, ?)", nameId(sql, key), run, text);
    if (key === "mlflow.runName") sql.run("UPDATE run SET name = ? WHERE id = ?", text, run);
    if (key === "mlflow.parentRunId") sql.run("UPDATE run SET parent = ? WHERE id = ?", text, run);
  }
}

/** Sets the tags of a run that has none yet, whose row agrees with them, by one statement. @throws {NameError} */
export function insertTags(sql: Sql, run: number, tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  for (const [key] of entries) checkName("tag", key);
  const names = nameIds(
    sql,
    entries.map(([key]) => key),
  );
  const rows = entries.map(([key, text]) => [names.get(key) ?? nameId(sql, key), run, text] as const);
  for (let from = 0; from < rows.length; from += rowsAtOnce) {
    const some = rows.slice(from, from + rowsAtOnce);
    const places = some.map(() => "(?, ?, ?)").join(", ");
    sql.run(`INSERT OR REPLACE INTO tag (name, run, text) VALUES ${places}`, ...some.flat());
  }
}

/** Takes a tag away; nothing happens where there is none. */
export function dropTag(sql: Sql, run: number, key: string): void {
  const name = knownNameId(sql, key);
  if (name !== null) sql.run("DELETE FROM tag WHERE name = ? AND run = ?", name, run);
}

/** Keeps that a run used data sets; each once. */
export function putInputs(sql: Sql, run: number, inputs: readonly DatasetInput[]): void {
  for (const input of inputs) {
    sql.run(
      "INSERT INTO input (run, dataset, tags) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
      run,
      datasetRow(sql, input),
      JSON.stringify(input.tags),
    );
  }
}

function datasetRow(sql: Sql, { name, digest, sourceType, source, schema, profile }: DatasetInput): number {
  const known = sql.first<{ readonly id: number }>(
    "SELECT id FROM dataset WHERE digest = ? AND name = ? AND source_type = ? AND source = ? AND schema IS ? AND profile IS ?",
    digest,
    name,
    sourceType,
    source,
    schema,
    profile,
  );
  if (known !== null) return known.id;
  return sql.run(
    "INSERT INTO dataset (name, digest, source_type, source, schema, profile) VALUES (?, ?, ?, ?, ?, ?)",
    name,
    digest,
    sourceType,
    source,
    schema,
    profile,
  ).lastId;
}

interface NamedText {
  readonly run: number;
  readonly key: string;
  readonly text: string;
}

/** Texts by run, then by name. */
export type Texts = ReadonlyMap<number, Readonly<Record<string, string>>>;

/** The params, or the tags, of runs. @param ids a JSON list of the runs' rows */
export function readTexts(sql: Pick<Sql, "read">, table: "param" | "tag", ids: string): Texts {
  const rows = sql.read<NamedText>(
    `SELECT v.run, name.text AS key, v.text FROM ${table} v JOIN name ON name.id = v.name
     WHERE v.run IN (SELECT value FROM json_each(?)) ORDER BY v.run, name.text`,
    ids,
  );
  const texts = new Map<number, Record<string, string>>();
  for (const { run, key, text } of rows)
    define(
      grown(texts, run, () => ({})),
      key,
      text,
    );
  return texts;
}

interface InputRow {
  readonly run: number;
  readonly name: string;
  readonly digest: string;
  readonly source_type: string;
  readonly source: string;
  readonly schema: string | null;
  readonly profile: string | null;
  readonly tags: string;
}

/** The data sets that runs used. @param ids a JSON list of the runs' rows */
export function readInputs(sql: Pick<Sql, "read">, ids: string): ReadonlyMap<number, readonly DatasetInput[]> {
  const rows = sql.read<InputRow>(
    `SELECT input.run, input.tags, d.* FROM input JOIN dataset d ON d.id = input.dataset
     WHERE input.run IN (SELECT value FROM json_each(?)) ORDER BY input.run, d.id`,
    ids,
  );
  const inputs = new Map<number, DatasetInput[]>();
  for (const { run, name, digest, source_type, source, schema, profile, tags } of rows) {
    const input = { name, digest, sourceType: source_type, source, schema, profile, tags: JSON.parse(tags) };
    grown(inputs, run, () => []).push(input);
  }
  return inputs;
}

function grown<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

// A param may be called "__proto__"; an assignment would lose it.
function define(record: Record<string, string>, key: string, value: string): void {
  Object.defineProperty(record, key, { value, enumerable: true, configurable: true, writable: true });
}
