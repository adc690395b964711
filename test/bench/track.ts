import { execFileSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { type Run, track } from "../../src/track/index.ts";
import { readSeries } from "../../src/track/series/index.ts";
import { tool } from "../support/tools.ts";
import { type Bench, milliseconds, pairs, type Row, row } from "./bench.ts";

const million = 1_000_000;
const curve = 100_000;

export const bench: Bench = { name: "track", rows };

async function* rows(): AsyncIterable<Row> {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "stemma-bench-track-"));
  process.chdir(folder);
  try {
    yield await appendRow(folder);
    yield await eachCallRow(folder);
    yield await curveRow(folder);
    yield sizeRow(folder);
    yield await mlflowRow(folder);
  } finally {
    process.chdir(before);
    openDatabase(findProject(folder)).close();
    rmSync(folder, { recursive: true });
  }
}

/** Logs `n` points and gives the time of the calls alone; the run is ended outside of it. */
async function logging(n: number, sync?: "call"): Promise<number> {
  const run = await track(sync === undefined ? { experiment: "bench" } : { experiment: "bench", sync });
  const ms = await milliseconds(() => {
    for (let i = 0; i < n; i++) run.log({ rmse: i / 3 }, { step: i });
  });
  await run.end();
  return ms;
}

/** The same points as records of 32 bytes: metric, step, time, value. */
function rawAppend(folder: string, { n, together }: { readonly n: number; readonly together: number }): number {
  const path = join(folder, "raw");
  const file = openSync(path, "a");
  const records = Buffer.alloc(32 * together);
  const start = performance.now();
  for (let i = 0, at = 0; i < n; i++) {
    records.writeDoubleLE(0, at);
    records.writeDoubleLE(i, at + 8);
    records.writeDoubleLE(Date.now(), at + 16);
    records.writeDoubleLE(i / 3, at + 24);
    at += 32;
    if (at === records.length) {
      writeSync(file, records);
      at = 0;
    }
  }
  const ms = performance.now() - start;
  closeSync(file);
  rmSync(path);
  return ms;
}

async function appendRow(folder: string): Promise<Row> {
  const raw = { n: million, together: 256 };
  const pair = await pairs(
    () => logging(million),
    () => rawAppend(folder, raw),
  );
  const name = { bench: "track", case: "1M log({ rmse }, { step })" };
  return row({ ...name, peerName: "raw append, 256 a write", unit: "ms", goal: "<= 2.5" }, pair);
}

async function eachCallRow(folder: string): Promise<Row> {
  const raw = { n: curve, together: 1 };
  const pair = await pairs(
    () => logging(curve, "call"),
    () => rawAppend(folder, raw),
  );
  const name = { bench: "track", case: '100k log(), sync: "call"' };
  return row({ ...name, peerName: "raw append, 1 a write", unit: "ms", goal: "<= 2.5" }, pair);
}

async function curveRow(folder: string): Promise<Row> {
  const project = findProject(folder);
  const run = await track("curve");
  for (let i = 0; i < curve; i++) run.log({ rmse: Math.sin(i) }, { step: i });
  await run.end();
  const key = { row: rowOf(folder, run), id: run.id };
  const table = rowTable(folder);
  const query = table.prepare("SELECT step, time, value FROM metric WHERE series = 1 ORDER BY step, time");
  const pair = await pairs(
    () => milliseconds(() => readSeries(project, key, "rmse")),
    () => milliseconds(() => query.all()),
    15,
  );
  table.close();
  const name = { bench: "track", case: "a curve of 100k points" };
  return row({ ...name, peerName: "a row for each point, SQLite", unit: "ms", goal: "<= 0.1" }, pair);
}

function rowOf(folder: string, run: Run<unknown>): number {
  const found = openDatabase(findProject(folder)).first<{ readonly id: number }>(
    "SELECT id FROM run WHERE uuid = ?",
    run.id,
  );
  return found?.id ?? 0;
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

/** What the points logged so far take on the disk. */
function sizeRow(folder: string): Row {
  const database = openDatabase(findProject(folder));
  const { points } = database.first<{ readonly points: number }>("SELECT sum(points) AS points FROM series") ?? {
    points: 1,
  };
  database.read("PRAGMA wal_checkpoint(TRUNCATE)");
  const bytes = statSync(database.path).size / points;
  const name = { bench: "track", case: `a point on the disk, of ${(points / 1e6).toFixed(1)}M` };
  return row({ ...name, peerName: "three doubles", unit: "B", goal: "<= 0.42" }, { ours: bytes, peer: 24 });
}

async function mlflowRow(folder: string): Promise<Row> {
  const n = 500;
  const python = tool("python");
  const pair = await pairs(
    async () => ((await logging(n)) / n) * 1000,
    () => mlflowMicroseconds(python, { folder, n }),
    3,
  );
  const name = { bench: "track", case: "one log()" };
  return row({ ...name, peerName: "mlflow.log_metric, SQLite", unit: "µs", goal: "<= 0.01" }, pair);
}

const mlflowProgram = `
import sys, time, logging
logging.disable(logging.INFO)
import mlflow
mlflow.set_tracking_uri("sqlite:///" + sys.argv[1] + "/mlflow.db")
mlflow.set_experiment("bench")
n = int(sys.argv[2])
with mlflow.start_run():
    mlflow.log_metric("rmse", 0.0, step=0)
    start = time.perf_counter()
    for i in range(n):
        mlflow.log_metric("rmse", i / 3, step=i + 1)
    print((time.perf_counter() - start) / n * 1e6)
`;

function mlflowMicroseconds(python: string, { folder, n }: { readonly folder: string; readonly n: number }): number {
  const text = execFileSync(python, ["-c", mlflowProgram, folder, String(n)], {
    encoding: "utf8",
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
  });
  return Number(text.trim().split("\n").at(-1));
}
