import { closeSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { findProject, openDatabase, type Project } from "../../../src/store/index.ts";
import { openRuns, track } from "../../../src/track/index.ts";
import { appendPoints, columnsOf, readSeries } from "../../../src/track/series/index.ts";
import { milliseconds, pairs, type Row, row } from "../bench.ts";
import { mlflowMilliseconds } from "./mlflow.ts";

const million = 1_000_000;
const curve = 100_000;
const bulkFolder = "bulk";

/** A million points in ten metrics of one run, stamped every 100 ms, as columns. */
function bulkColumns(): ReturnType<typeof columnsOf> {
  const columns = columnsOf(million / 10);
  for (let i = 0; i < columns.steps.length; i++) {
    columns.steps[i] = i;
    columns.times[i] = 1.7e12 + i * 100 + ((i * 7) % 13);
    columns.values[i] = Math.sin(i) / 3;
  }
  return columns;
}

export async function bulkRow(folder: string): Promise<Row> {
  const columns = bulkColumns();
  const place = join(folder, bulkFolder);
  const project = { ...findProject(folder), root: place, stemmaFolder: join(place, "stemma") };
  const ours = (): Promise<number> => {
    const run = newRun(project);
    return milliseconds(() =>
      openDatabase(project).write((sql) => {
        for (let i = 0; i < 10; i++) appendPoints(sql, run, { name: `metric ${i}`, columns });
      }),
    );
  };
  const pair = await pairs(ours, () => rawWrite(folder, columns));
  const head = { bench: "track", case: "1M points in bulk, one transaction", unit: "ms" };
  return row({ ...head, peerName: "raw write, 24 B each", goal: "<= 5" }, pair);
}

function newRun(project: Project): number {
  return openDatabase(project).write((sql) => {
    const uuid = String(Math.random());
    const text =
      "INSERT INTO run (uuid, experiment, name, status, user, started) VALUES (?, 1, 'a', 'FINISHED', 'a', 0)";
    return sql.run(text, uuid).lastId;
  });
}

/** The points as three columns for each metric, in writes of 24 kB. */
function rawWrite(folder: string, columns: ReturnType<typeof columnsOf>): number {
  const path = join(folder, "raw-bulk");
  const file = openSync(path, "w");
  const start = performance.now();
  for (let metric = 0; metric < 10; metric++) {
    const bytes = Buffer.alloc(24_000);
    for (let at = 0; at < columns.steps.length; at += 1000) {
      bytes.set(new Uint8Array(columns.steps.buffer, at * 8, 8000), 0);
      bytes.set(new Uint8Array(columns.times.buffer, at * 8, 8000), 8000);
      bytes.set(new Uint8Array(columns.values.buffer, at * 8, 8000), 16_000);
      writeSync(file, bytes);
    }
  }
  closeSync(file);
  const ms = performance.now() - start;
  rmSync(path);
  return ms;
}

/** What the points of the bulk take on the disk. */
export function sizeRow(folder: string): Row {
  const place = join(folder, bulkFolder);
  const database = openDatabase({ ...findProject(folder), root: place, stemmaFolder: join(place, "stemma") });
  const { points } = database.first<{ readonly points: number }>("SELECT sum(points) AS points FROM series") ?? {
    points: 1,
  };
  database.read("PRAGMA wal_checkpoint(TRUNCATE)");
  const bytes = statSync(database.path).size / points;
  database.close();
  const head = { bench: "track", case: `a point on the disk, of ${(points / 1e6).toFixed(1)}M`, unit: "B" };
  return row({ ...head, peerName: "the goal", goal: "<= 1" }, { ours: bytes, peer: 10.5 });
}

/** `logBatch` of 1000 points at once, against MLflow's `log_batch`; 10 of them each. */
export async function mlflowBatchRow(folder: string): Promise<Row> {
  const store = openRuns(folder);
  const experimentId = (await store.experimentByName("batch"))?.id ?? (await store.createExperiment("batch")).id;
  const ours = async (): Promise<number> => {
    const { id } = await store.createRun({ experimentId, name: "", user: "a", startMs: 0, parentId: null, tags: {} });
    return milliseconds(async () => {
      for (let batch = 0; batch < 10; batch++) {
        const metrics = Array.from({ length: 1000 }, (_, i) => ({
          key: `metric ${i % 10}`,
          value: i / 3,
          step: batch * 1000 + i,
          timeMs: i,
        }));
        await store.logBatch(id, { metrics });
      }
    });
  };
  const pair = await pairs(ours, () => mlflowMilliseconds(folder, 10, inBatches), 3);
  const head = { bench: "track", case: "10 x logBatch() of 1000 points", unit: "ms" };
  return row({ ...head, peerName: "MlflowClient.log_batch", goal: "<= 0.1" }, pair);
}

const inBatches = `
from mlflow.entities import Metric
client = mlflow.MlflowClient()
with mlflow.start_run() as run:
    start = time.perf_counter()
    for b in range(n):
        client.log_batch(run.info.run_id, [Metric(f"metric {i % 10}", i / 3, i, b * 1000 + i) for i in range(1000)])
    print((time.perf_counter() - start) * 1e3)
`;

export async function curveRow(folder: string): Promise<Row> {
  const project = findProject(folder);
  const run = await track("curve");
  for (let i = 0; i < curve; i++) run.log({ rmse: Math.sin(i) }, { step: i });
  await run.end();
  const found = openDatabase(project).first<{ readonly id: number }>("SELECT id FROM run WHERE uuid = ?", run.id);
  const key = { row: found?.id ?? 0, id: run.id };
  const table = rowTable(folder);
  const query = table.prepare("SELECT step, time, value FROM metric WHERE series = 1 ORDER BY step, time");
  const pair = await pairs(
    () => milliseconds(() => readSeries(project, key, "rmse")),
    () => milliseconds(() => query.all()),
    15,
  );
  table.close();
  const head = { bench: "track", case: "a curve of 100k points (goal 3 ms)", unit: "ms" };
  return row({ ...head, peerName: "a row for each point, SQLite", goal: "<= 0.1" }, pair);
}

function rowTable(folder: string): DatabaseSync {
  const database = new DatabaseSync(join(folder, "rows.db"));
  database.exec(`CREATE TABLE metric (series INTEGER, step INTEGER, time INTEGER, value REAL,
    PRIMARY KEY (series, step, time, value)) WITHOUT ROWID; BEGIN`);
  const insert = database.prepare("INSERT INTO metric VALUES (1, ?, ?, ?)");
  for (let i = 0; i < curve; i++) insert.run(i, 1.7e12 + i, Math.sin(i));
  database.exec("COMMIT");
  return database;
}

/** A curve as a user gets it, as points; MLflow's of 10,000 points stands for one tenth. */
export async function mlflowCurveRow(folder: string): Promise<Row> {
  const store = openRuns(folder);
  const experiment = await store.experimentByName("curve");
  const { runs } = await store.searchRuns({ experimentIds: [experiment?.id ?? ""], limit: 1 });
  const pair = await pairs(
    () => milliseconds(() => store.metricHistory(runs[0]?.id ?? "", "rmse")),
    () => mlflowMilliseconds(folder, curve / 10, history) * 10,
    3,
  );
  const head = { bench: "track", case: "metricHistory() of 100k points", unit: "ms" };
  return row({ ...head, peerName: "get_metric_history, of 10k x 10", goal: "<= 0.1" }, pair);
}

const history = `
from mlflow.entities import Metric
client = mlflow.MlflowClient()
with mlflow.start_run() as run:
    for b in range(0, n, 1000):
        client.log_batch(run.info.run_id, [Metric("rmse", i / 3, i, i) for i in range(b, b + 1000)])
    start = time.perf_counter()
    assert len(client.get_metric_history(run.info.run_id, "rmse")) == n
    print((time.perf_counter() - start) * 1e3)
`;
