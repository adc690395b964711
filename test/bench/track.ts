import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProject, openDatabase } from "../../src/store/index.ts";
import type { Bench, Row } from "./bench.ts";
import { appendRow, eachCallRow, logRow } from "./track/append.ts";
import { killedRow } from "./track/killed.ts";
import { listRows, mlflowSearchRow, searchRow } from "./track/search.ts";
import { bulkRow, curveRow, mlflowBatchRow, mlflowCurveRow, sizeRow } from "./track/series.ts";
import { writersRows } from "./track/writers.ts";

/** `track()`: logging, curves, searches; beside a physical limit, and beside real MLflow doing the same work. */
export const bench: Bench = { name: "track", rows };

async function* rows(): AsyncIterable<Row> {
  const before = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), "stemma-bench-track-"));
  process.chdir(folder);
  try {
    yield await appendRow(folder);
    yield await eachCallRow(folder);
    yield await logRow(folder);
    yield* writersRows(folder);
    yield await killedRow(folder);
    yield await bulkRow(folder);
    yield sizeRow(folder);
    yield await mlflowBatchRow(folder);
    yield await curveRow(folder);
    yield await mlflowCurveRow(folder);
    yield* listRows(folder);
    yield await searchRow(folder);
    yield await mlflowSearchRow(folder);
  } finally {
    process.chdir(before);
    openDatabase(findProject(folder)).close();
    rmSync(folder, { recursive: true });
  }
}
