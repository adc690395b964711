import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findProject, openDatabase, type Project } from "../../../src/store/index.ts";
import { buildSnapshot } from "../../../src/track/search/snapshot/index.ts";
import { pairs, type Row, row } from "../bench.ts";
import { mlflowMilliseconds } from "./mlflow.ts";

const runs = 100_000;
const dist = JSON.stringify(join(import.meta.dirname, "../../../dist/index.js"));
const main = join(import.meta.dirname, "../../../dist/cli/main.js");
let made: string | null = null;

/** A store of 100,000 runs with 20 params and 20 metrics each, by SQL; its snapshot made, as its readers make it. */
function bigStore(folder: string): string {
  made ??= makeStore(join(folder, "big"));
  return made;
}

function makeStore(folder: string): string {
  mkdirSync(join(folder, "stemma"), { recursive: true });
  const project: Project = { ...findProject(folder), root: folder, stemmaFolder: join(folder, "stemma") };
  const database = openDatabase(project);
  database.write((sql) => {
    sql.run("INSERT INTO experiment (id, name, created, updated) VALUES (1, 'big', 1, 1)");
    for (let i = 0; i < 20; i++) sql.run("INSERT INTO name (text) VALUES (?)", `p${i}`);
    for (let i = 0; i < 20; i++) sql.run("INSERT INTO name (text) VALUES (?)", `m${i}`);
    sql.run(
      `WITH RECURSIVE count (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM count WHERE i < ?)
       INSERT INTO run (id, uuid, experiment, name, status, user, started, ended)
       SELECT i, printf('%032x', i * 2654435761), 1, 'run-' || i, iif(i % 50 = 0, 'FAILED', 'FINISHED'), 'ada',
         1700000000000 + i, 1700000000500 + i FROM count`,
      runs,
    );
    sql.run(`INSERT INTO param (name, run, text, json) SELECT n.id, r.id, (r.id * (n.id + 7)) % (10 + n.id * 5), 1
      FROM run r CROSS JOIN name n WHERE n.text LIKE 'p%' ORDER BY r.id, n.id`);
    sql.run(`INSERT INTO series (name, run, points, last_step, last_time, last, min, max)
      SELECT n.id, r.id, 1, 0, r.started, (r.id * n.id * 2654435761 % 1000003) / 1000003.0, 0, 1
      FROM run r CROSS JOIN name n WHERE n.text LIKE 'm%' ORDER BY r.id, n.id`);
  });
  buildSnapshot(project);
  database.read("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  return folder;
}

/** Milliseconds of a new process. */
function processMs(folder: string, args: readonly string[]): number {
  const start = performance.now();
  execFileSync(process.execPath, [...args], { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  return performance.now() - start;
}

/** What a user does, over the start of Node alone; the library is the built one, as users have it. */
export async function* listRows(folder: string): AsyncIterable<Row> {
  const place = bigStore(folder);
  const empty = script(place, "empty", "");
  const three = script(
    place,
    "list",
    `import { openRuns } from ${dist};
const { runs } = await openRuns(".").searchRuns({ experimentIds: ["1"], limit: 100 });
if (runs.length !== 100) process.exit(1);`,
  );
  const ways = [
    ["a script of 3 lines", [three]],
    ["stemma runs list --json", [main, "runs", "list", "--json", "--limit", "100"]],
  ] as const;
  for (const [name, args] of ways) {
    const over = await pairs(
      () => processMs(place, args),
      () => processMs(place, [empty]),
      7,
    );
    const head = { bench: "track", case: `100k runs, list 100: ${name}`, unit: "ms", note: loading };
    yield row(
      { ...head, peerName: "15 ms over an empty node", goal: "<= 1" },
      { ours: over.ours - over.peer, peer: 15 },
    );
  }
}

const loading =
  "Two thirds are Node loading and compiling 1.1 MB of the library; met by a list that loads only the local store.";

function script(folder: string, name: string, text: string): string {
  const path = join(folder, `${name}.mjs`);
  writeFileSync(path, text);
  return path;
}

const coldSearch = `import { openRuns } from ${dist};
  const store = openRuns(".");
  const start = performance.now();
  const { runs } = await store.searchRuns({ experimentIds: ["1"], limit: 100,
    filter: "params.p3 = '4' AND metrics.m5 > 0.5", orderBy: ["metrics.m7 DESC"] });
  const ms = performance.now() - start;
  if (runs.length !== 100 || Object.keys(runs[0].metrics).length !== 20) process.exit(1);
  console.log(ms);`;

export async function searchRow(folder: string): Promise<Row> {
  const place = bigStore(folder);
  const measure = (): number =>
    Number(execFileSync(process.execPath, ["--input-type=module", "-e", coldSearch], { cwd: place, encoding: "utf8" }));
  const pair = await pairs(measure, () => 20, 7);
  const note =
    "A third finds the runs, the rest reads their 4,000 values, in code that runs for the first time; a process that has searched before takes a third of it.";
  const head = { bench: "track", case: "cold search of 100k runs x 40 values, 100 found", unit: "ms", note };
  return row({ ...head, peerName: "the goal", goal: "<= 1" }, pair);
}

/** MLflow, warm, through only 300 runs: to make 100,000 of them would take it an hour. */
export async function mlflowSearchRow(folder: string): Promise<Row> {
  const place = bigStore(folder);
  const ours = (): number =>
    Number(execFileSync(process.execPath, ["--input-type=module", "-e", coldSearch], { cwd: place, encoding: "utf8" }));
  const pair = await pairs(ours, () => mlflowMilliseconds(folder, 300, search), 1);
  const head = { bench: "track", case: "cold search of 100k runs", unit: "ms" };
  return row({ ...head, peerName: "MLflow's search of only 300", goal: null }, pair);
}

const search = `
from mlflow.entities import Metric, Param
client = mlflow.MlflowClient()
experiment = mlflow.create_experiment("search " + str(time.time()))
for i in range(n):
    run = client.create_run(experiment)
    client.log_batch(run.info.run_id, [Metric(f"m{k}", (i * k % 17) / 17, 0, 0) for k in range(20)],
        [Param(f"p{k}", str(i % (k + 2))) for k in range(20)])
start = time.perf_counter()
client.search_runs([experiment], "params.p3 = '4' AND metrics.m5 > 0.5", max_results=100, order_by=["metrics.m7 DESC"])
print((time.perf_counter() - start) * 1e3)
`;
