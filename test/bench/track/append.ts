import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { track } from "../../../src/track/index.ts";
import { milliseconds, pairs, type Row, row } from "../bench.ts";
import { mlflowMilliseconds } from "./mlflow.ts";

const million = 1_000_000;
const some = 100_000;

/** Logs `n` points and gives the time of the calls alone; the run is ended outside of it. */
async function logging(n: number, sync?: "call"): Promise<number> {
  const run = await track(sync === undefined ? { experiment: "bench" } : { experiment: "bench", sync });
  const ms = await milliseconds(() => {
    for (let i = 0; i < n; i++) run.log({ rmse: i / 3 }, { step: i });
  });
  await run.end();
  return ms;
}

interface Raw {
  readonly n: number;
  /** Records in one write. */
  readonly together: number;
  /** Whether each write carries a checksum of its bytes, as a reader needs to find the end after a crash. */
  readonly checked: boolean;
}

/** The same points as records of 32 bytes: metric, step, time, value. */
function rawAppend(folder: string, { n, together, checked }: Raw): number {
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
      if (checked) records.writeUInt32LE(crc32(records.subarray(8)), 0);
      writeSync(file, records);
      at = 0;
    }
  }
  const ms = performance.now() - start;
  closeSync(file);
  rmSync(path);
  return ms;
}

export async function appendRow(folder: string): Promise<Row> {
  const raw = { n: million, together: 256, checked: false };
  const pair = await pairs(
    () => logging(million),
    () => rawAppend(folder, raw),
  );
  const head = { bench: "track", case: "1M log({ rmse }, { step })", unit: "ms" };
  return row({ ...head, peerName: "raw append, 256 a write", goal: "<= 2.5" }, pair);
}

export async function eachCallRow(folder: string): Promise<Row> {
  const raw = { n: some, together: 1, checked: true };
  const pair = await pairs(
    () => logging(some, "call"),
    () => rawAppend(folder, raw),
  );
  const head = { bench: "track", case: '100k log(), sync: "call"', unit: "ms" };
  return row({ ...head, peerName: "clock, checksum, 1 write each", goal: "<= 1.5" }, pair);
}

/** One call, against MLflow's; 500 of its calls stand for the million. */
export async function logRow(folder: string): Promise<Row> {
  const pair = await pairs(
    async () => (await logging(some)) / some,
    () => mlflowMilliseconds(folder, 500, oneByOne) / 500,
    3,
  );
  const head = { bench: "track", case: "one log()", unit: "ms" };
  return row({ ...head, peerName: "mlflow.log_metric", goal: "<= 0.01" }, pair);
}

const oneByOne = `
with mlflow.start_run():
    mlflow.log_metric("rmse", 0.0, step=0)
    start = time.perf_counter()
    for i in range(n):
        mlflow.log_metric("rmse", i / 3, step=i + 1)
    print((time.perf_counter() - start) * 1e3)
`;
