import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type Row, row } from "../bench.ts";
import { mlflowMilliseconds } from "./mlflow.ts";

const face = JSON.stringify(join(import.meta.dirname, "../../../src/track/index.ts"));
const writers = 4;
const perSecond = 50_000;
const seconds = 3;

/** Each logs at a steady pace and keeps how long each call took. */
const program = `
import { track } from ${face};
const run = await track("writers");
const total = ${perSecond * seconds};
const took = new Float64Array(total);
const start = performance.now();
let failed = 0;
for (let i = 0; i < total; ) {
  const due = Math.min(total, (performance.now() - start) * ${perSecond / 1000});
  for (; i < due; i++) {
    const before = performance.now();
    try { run.log({ rmse: i / 3 }, { step: i }); } catch { failed++; }
    took[i] = performance.now() - before;
  }
  // Not a busy loop: four of them would wait for a processor, not for each other.
  await new Promise((resolve) => setTimeout(resolve, 1));
}
const ms = performance.now() - start;
await run.end();
took.sort();
console.log(JSON.stringify({ failed, ms, p999: took[Math.floor(total * 0.999)], worst: took[total - 1] }));
`;

interface Told {
  readonly failed: number;
  readonly ms: number;
  readonly p999: number;
  readonly worst: number;
}

/** Four processes that log at once into one store. */
export async function* writersRows(folder: string): AsyncIterable<Row> {
  const told = await Promise.all(Array.from({ length: writers }, () => writer(folder)));
  const failed = told.reduce((sum, one) => sum + one.failed, 0);
  const pace = (writers * perSecond * seconds) / (Math.max(...told.map(({ ms }) => ms)) / 1000);
  const bench = "track";
  const name = `${writers} processes, ${perSecond / 1000}k points/s each`;
  const peer = mlflowMilliseconds(folder, 200, worstOf);
  yield row(
    { bench, case: `${name}: points/s in all`, peerName: "what was asked for", unit: "/s", goal: ">= 0.95" },
    { ours: pace, peer: writers * perSecond },
  );
  yield row(
    { bench, case: `${name}: errors`, peerName: "points", unit: "", goal: "<= 0" },
    { ours: failed, peer: writers * perSecond * seconds },
  );
  yield row(
    { bench, case: `${name}: p99.9`, peerName: "MLflow's slowest of 200, alone", unit: "ms", goal: null },
    { ours: Math.max(...told.map(({ p999 }) => p999)), peer },
  );
  yield row(
    { bench, case: `${name}: worst stall`, peerName: "the goal", unit: "ms", goal: "<= 1" },
    { ours: Math.max(...told.map(({ worst }) => worst)), peer: 50 },
  );
}

async function writer(folder: string): Promise<Told> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: folder,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [printed, [code]] = await Promise.all([text(child.stdout), once(child, "exit")]);
  if (code !== 0) throw new Error(`a writer ended with code ${code}`);
  return JSON.parse(printed) as Told;
}

const worstOf = `
worst = 0
with mlflow.start_run():
    for i in range(n):
        start = time.perf_counter()
        mlflow.log_metric("rmse", i / 3, step=i)
        worst = max(worst, time.perf_counter() - start)
print(worst * 1e3)
`;
