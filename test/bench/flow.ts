import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { host, useHost } from "../../src/host/index.ts";
import { type Bench, median, type Pair, pairs, type Row, type RowHead, row } from "./bench.ts";
import { definitions } from "./flow/definition.ts";
import { lineLength, metaflowLine, metaflowMap } from "./flow/metaflow.ts";
import { computing, line, map, twice, written } from "./flow/steps.ts";
import { jsonRows, tableSteps } from "./flow/table.ts";

/** Flows against the write of their results, against themselves, and against Metaflow. */
export const bench: Bench = { name: "flow", rows };

async function* rows(): AsyncIterable<Row> {
  const folder = mkdtempSync(join(tmpdir(), "stemma-bench-flow-"));
  // Steps take their packages from the project's folder.
  symlinkSync(join(import.meta.dirname, "../../node_modules"), join(folder, "node_modules"));
  const before = process.cwd();
  process.chdir(folder);
  const here = host();
  // Nothing is drawn: a terminal would be measured.
  useHost({ ...here, show: () => ({ id: "", update: () => {} }) });
  try {
    yield* ours(folder);
    yield* metaflow(folder);
    yield* cells();
  } finally {
    useHost(here);
    process.chdir(before);
    rmSync(folder, { recursive: true });
  }
}

function head(name: string, peerName: string, goal: string | null): RowHead {
  return { bench: "flow", case: name, unit: "ms", peerName, goal };
}

async function* ours(folder: string): AsyncIterable<Row> {
  const durable = await pairs(
    () => line(100),
    () => written(100),
  );
  yield row(head("a line of 100 no-op steps, per step", "write + fdatasync of the result", "<= 10"), durable);
  const perItem = await pairs(
    async () => (await map(10_000)) / 10_000,
    async () => (await map(100)) / 100,
    3,
  );
  yield row(head("a map of 10,000 no-op steps, per item", "of 100, per item", "<= 2"), perItem);
  yield memory(folder);
  const cached = await pairs(
    async () => (await twice(1000)).second,
    async () => (await twice(1000)).first,
    3,
  );
  yield row(head("a map of 1,000, from the cache", "its first run", "<= 0.1"), cached);
  const note = `it needs two idle cores; this machine has ${availableParallelism()}, and what else runs on them is not ours`;
  const parallel = await pairs(
    () => computing(1),
    () => computing(2),
    3,
  );
  yield row({ ...head("four computations, one at a time", "two at a time", ">= 1.8"), note }, parallel);
  yield row(
    head("a table of 1M rows through three steps", "its rows as JSON, twice", "<= 1"),
    await pairs(tableSteps, jsonRows, 3),
  );
}

function memory(folder: string): Row {
  const program = join(import.meta.dirname, "flow", "wide.ts");
  const grown = Number(execFileSync(process.execPath, [program], { cwd: folder, encoding: "utf8" }));
  return row(
    { ...head("memory growth by a map of 10,000", "what it may be", "<= 1"), unit: "MB" },
    { ours: grown, peer: 200 },
  );
}

async function* metaflow(folder: string): AsyncIterable<Row> {
  const lines = await pairs(
    () => line(lineLength),
    () => metaflowLine(folder),
    3,
  );
  yield row(head(`a line of ${lineLength} no-op steps, per step`, "Metaflow", "<= 0.01"), lines);
  // Metaflow takes most of a minute: once is enough to tell a fiftieth. The disk still writes what it left behind.
  const peer = metaflowMap(folder);
  const maps: Pair[] = [];
  await map(100);
  for (let i = 0; i < 3; i++) maps.push({ ours: await map(100), peer });
  yield row(head("a map of 100 no-op steps", "Metaflow", "<= 0.02"), median(maps));
}

async function* cells(): AsyncIterable<Row> {
  for (const { name, ours, tslab } of await definitions()) {
    const cell = `a cell that defines a ${name} of 500 steps`;
    const note =
      "what is left is TypeScript's check of generic calls, which looks at each argument twice: 1.6 is the least of all forms with types, 1.2 without";
    yield row({ ...head(cell, "500 plain calls", "<= 1.5"), note }, ours);
    yield row(head(cell, "500 plain calls in stock tslab", "<= 1.5"), tslab);
  }
}
