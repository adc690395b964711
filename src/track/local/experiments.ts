import { openDatabase, type Project, type Sql } from "../../store/index.ts";
import { ExperimentDeletedError, ExperimentExistsError, ExperimentNotFoundError } from "../errors.ts";
import { checkExperimentName, checkName } from "../names.ts";
import type { ExperimentRecord } from "../record.ts";

type Lifecycle = "active" | "deleted" | "all";

interface ExperimentRow {
  readonly id: number;
  readonly name: string;
  readonly lifecycle: "active" | "deleted";
  readonly created: number;
  readonly updated: number;
  readonly runs: number;
}

/** MLflow's experiment 0 is always there; ours is made with its first run. */
const defaultName = "Default";

const select = `SELECT experiment.*,
  (SELECT count(*) FROM run WHERE run.experiment = experiment.id AND run.lifecycle = 'active') AS runs FROM experiment`;

/** Makes an experiment. @throws {ExperimentExistsError} @throws {NameError} */
export function createExperiment(
  project: Project,
  name: string,
  tags: Readonly<Record<string, string>> = {},
): ExperimentRecord {
  checkExperimentName(name);
  return openDatabase(project).write((sql) => {
    if (sql.first("SELECT id FROM experiment WHERE name = ?", name) !== null) throw new ExperimentExistsError(name);
    const id = insert(sql, name);
    for (const [key, value] of Object.entries(tags)) putTag(sql, { experiment: id, key, value });
    return recordOf(sql, one(sql, id));
  });
}

/** The number of the experiment with a name; made where there is none. @throws {ExperimentDeletedError} */
export function ensureExperiment(sql: Sql, name: string): number {
  checkExperimentName(name);
  const known = sql.first<Pick<ExperimentRow, "id" | "lifecycle">>(
    "SELECT id, lifecycle FROM experiment WHERE name = ?",
    name,
  );
  if (known?.lifecycle === "deleted") throw new ExperimentDeletedError(name);
  return known?.id ?? insert(sql, name);
}

/** The number of an experiment that can be written to. @throws {ExperimentNotFoundError} @throws {ExperimentDeletedError} */
export function experimentNumber(sql: Sql, id: string): number {
  // Not the whole record: that counts the runs, which would make the n-th run of an experiment cost n.
  const known = sql.first<Pick<ExperimentRow, "id" | "name" | "lifecycle">>(
    "SELECT id, name, lifecycle FROM experiment WHERE id = ?",
    numberOf(id),
  );
  const { id: number, name, lifecycle } = known ?? existing(sql, id);
  if (lifecycle === "deleted") throw new ExperimentDeletedError(name);
  return number;
}

/** Gives an experiment another name. @throws {ExperimentExistsError} @throws {ExperimentDeletedError} @throws {NameError} */
export function renameExperiment(project: Project, id: string, name: string): void {
  checkExperimentName(name);
  openDatabase(project).write((sql) => {
    const number = experimentNumber(sql, id);
    if (sql.first("SELECT id FROM experiment WHERE name = ? AND id <> ?", name, number) !== null)
      throw new ExperimentExistsError(name);
    sql.run("UPDATE experiment SET name = ?, updated = ? WHERE id = ?", name, Date.now(), number);
  });
}

/** Marks an experiment and its runs as deleted, or takes that back, as MLflow does. @throws {ExperimentNotFoundError} */
export function setExperimentLifecycle(project: Project, id: string, lifecycle: "active" | "deleted"): void {
  const now = Date.now();
  const deleted = lifecycle === "deleted" ? now : null;
  openDatabase(project).write((sql) => {
    const number = existing(sql, id).id;
    const change = "lifecycle = ?, deleted = ? WHERE lifecycle <> ?";
    sql.run(`UPDATE experiment SET updated = ?, ${change} AND id = ?`, now, lifecycle, deleted, lifecycle, number);
    sql.run(`UPDATE run SET ${change} AND experiment = ?`, lifecycle, deleted, lifecycle, number);
  });
}

function existing(sql: Sql, id: string): ExperimentRow {
  if (id === "0" && sql.first("SELECT id FROM experiment WHERE id = 0") === null) insert(sql, defaultName);
  return one(sql, numberOf(id), id);
}

export function readExperiment(project: Project, id: string): ExperimentRecord | null {
  const database = openDatabase(project);
  const row = database.first<ExperimentRow>(`${select} WHERE id = ?`, numberOf(id));
  if (row !== null) return recordOf(database, row);
  const virtual = { id: "0", name: defaultName, lifecycle: "active", createdMs: 0, updatedMs: 0 } as const;
  return id === "0" ? { ...virtual, tags: {}, runCount: 0 } : null;
}

export function readExperimentByName(project: Project, name: string): ExperimentRecord | null {
  const database = openDatabase(project);
  const row = database.first<ExperimentRow>(`${select} WHERE name = ?`, name);
  if (row === null) return name === defaultName ? readExperiment(project, "0") : null;
  return recordOf(database, row);
}

/** Experiments, the one with the newest run first. */
export function listExperiments(project: Project, lifecycle: Lifecycle = "active"): readonly ExperimentRecord[] {
  const database = openDatabase(project);
  const rows = database.read<ExperimentRow>(
    `${select} WHERE ? IN ('all', lifecycle) ORDER BY updated DESC, id DESC`,
    lifecycle,
  );
  return rows.map((row) => recordOf(database, row));
}

/** Sets a tag of an experiment. @throws {ExperimentNotFoundError} @throws {NameError} */
export function setExperimentTag(
  project: Project,
  id: string,
  { key, value }: { readonly key: string; readonly value: string },
): void {
  openDatabase(project).write((sql) => putTag(sql, { experiment: experimentNumber(sql, id), key, value }));
}

/** Takes a tag of an experiment away; nothing happens where there is none. @throws {ExperimentNotFoundError} */
export function dropExperimentTag(project: Project, id: string, key: string): void {
  openDatabase(project).write((sql) =>
    sql.run("DELETE FROM experiment_tag WHERE experiment = ? AND key = ?", experimentNumber(sql, id), key),
  );
}

function insert(sql: Sql, name: string): number {
  const now = Date.now();
  const id = name === defaultName ? 0 : null;
  return sql.run("INSERT INTO experiment (id, name, created, updated) VALUES (?, ?, ?, ?)", id, name, now, now).lastId;
}

function putTag(sql: Sql, tag: { readonly experiment: number; readonly key: string; readonly value: string }): void {
  checkName("tag", tag.key);
  sql.run(
    "INSERT OR REPLACE INTO experiment_tag (experiment, key, value) VALUES (?, ?, ?)",
    tag.experiment,
    tag.key,
    tag.value,
  );
}

function one(sql: Pick<Sql, "first" | "read">, id: number, shown = String(id)): ExperimentRow {
  const row = sql.first<ExperimentRow>(`${select} WHERE id = ?`, id);
  if (row === null) throw new ExperimentNotFoundError(shown, experimentNames(sql));
  return row;
}

/** The names of all experiments that are not deleted, for the sentence that says what there is. */
export function experimentNames(sql: Pick<Sql, "read">): readonly string[] {
  return sql
    .read<{ readonly name: string }>("SELECT name FROM experiment WHERE lifecycle = 'active' ORDER BY name")
    .map(({ name }) => name);
}

// An id of another store, such as an 18-digit one, is no number of ours.
function numberOf(id: string): number {
  return /^\d{1,15}$/.test(id) ? Number(id) : -1;
}

function recordOf(sql: Pick<Sql, "read">, row: ExperimentRow): ExperimentRecord {
  const tags = sql.read<{ readonly key: string; readonly value: string }>(
    "SELECT key, value FROM experiment_tag WHERE experiment = ? ORDER BY key",
    row.id,
  );
  return {
    id: String(row.id),
    name: row.name,
    lifecycle: row.lifecycle,
    createdMs: row.created,
    updatedMs: row.updated,
    tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    runCount: row.runs,
  };
}
