/**
 * Writes test/golden/stemma/schema-<n>.sql: a store of today's schema with a bit of everything in it, as SQL. To be run
 * before a step is added to src/store/schema.ts: `node test/store/dump-schema.ts`. A dump is never written again.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { recordFacts } from "../../src/lineage/index.ts";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { openRuns } from "../../src/track/index.ts";

const project = findProject(mkdtempSync(join(tmpdir(), "stemma-schema-")));
const store = openRuns(project);
const { id: experimentId } = await store.createExperiment("séir", { owner: "ada" });
const base = { experimentId, user: "ada", startMs: 1_700_000_000_000, parentId: null, tags: { note: "#1" } };
const run = await store.createRun({ ...base, name: "one" });
await store.logParams(run.id, { beta: "0.3", text: "two\nlines 'é'" });
const values = [1.5, Number.NaN, Number.NEGATIVE_INFINITY, -0, 0.1];
await store.logMetrics(run.id, [
  ...values.map((value, step) => ({ key: "rmse", value, step, timeMs: 1000 + step })),
  ...Array.from({ length: 2500 }, (_, step) => ({ key: "loss/train", value: step / 3, step, timeMs: 5000 + step * 7 })),
]);
await store.logInputs(run.id, [
  {
    ...{ name: "cases", digest: "0cc175b9c0f1b6a831c399e269772661", sourceType: "local", source: "{}" },
    ...{ schema: null, profile: '{"num_rows": 3}', tags: { "mlflow.data.context": "training" } },
  },
]);
await store.updateRun(run.id, { status: "FINISHED", endMs: base.startMs + 9 });
const child = await store.createRun({ ...base, name: "gone", parentId: run.id });
await store.updateRun(child.id, { status: "FAILED", endMs: base.startMs + 5 });
await store.deleteRun(child.id);
recordFacts(project, [
  {
    activity: { kind: "run", id: run.id },
    verb: "used",
    entity: { kind: "data", path: "data/cases.csv", md5: "0cc175b9c0f1b6a831c399e269772661", bytes: 1 },
    timeMs: 1,
  },
]);
openDatabase(project).close();

const database = new DatabaseSync(join(project.stemmaFolder, "stemma.db"));
const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
const made = database
  .prepare(
    "SELECT name, type, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY rowid",
  )
  .all();
const lines = [
  ...made.filter(({ type }) => type === "table").map(({ sql }) => `${sql};`),
  ...made.filter(({ type }) => type === "table").flatMap(({ name }) => rowsOf(String(name))),
  // Behind the rows, which no trigger is to see.
  ...made.filter(({ type }) => type !== "table").map(({ sql }) => `${sql};`),
  `PRAGMA user_version = ${version};`,
];
const path = join(process.argv[2] ?? join(import.meta.dirname, "..", "golden", "stemma"), `schema-${version}.sql`);
writeFileSync(path, `${lines.join("\n")}\n`, { flag: "wx" });
process.stdout.write(`${path}\n`);

function rowsOf(table: string): readonly string[] {
  const columns = database
    .prepare(`SELECT name FROM pragma_table_info('${table}')`)
    .all()
    .map(({ name }) => `"${name}"`);
  const literal = columns.map((column) => `quote(${column})`).join(" || ', ' || ");
  const rows = database.prepare(`SELECT ${literal} AS text FROM ${table}`).all();
  return rows.map(({ text }) => `INSERT INTO ${table} VALUES (${text});`);
}
