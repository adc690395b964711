import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { openRuns, type RunRecord, type RunStore } from "../../../src/track/index.ts";
import { FilterError, matches, parseFilter, parseOrder, printFilter } from "../../../src/track/search/index.ts";
import { conditions, makeRun } from "./some-runs.ts";

const fault = (filter: string): { readonly column: number; readonly message: string } => {
  try {
    parseFilter(filter);
  } catch (error) {
    if (error instanceof FilterError) return { column: error.column, message: error.message };
  }
  throw new Error(`${filter} was taken`);
};

describe("a filter", () => {
  it.each([
    ["a", "metric.a > 1", "metrics.`a` > 1"],
    [
      "binds AND before OR",
      "params.a = '1' OR params.b = '2' and params.c = '3'",
      "params.`a` = '1' OR (params.`b` = '2' AND params.`c` = '3')",
    ],
    [
      "takes brackets first",
      "(params.a = '1' or params.b = '2') AND params.c = '3'",
      "(params.`a` = '1' OR params.`b` = '2') AND params.`c` = '3'",
    ],
    ["binds NOT before AND", "not tags.a IS NULL and tags.b = 'x'", "NOT tags.`a` IS NULL AND tags.`b` = 'x'"],
    ["knows NOT of brackets and of NOT", "NOT (NOT (status = 'FAILED'))", "NOT NOT attributes.status = 'FAILED'"],
    ["knows NOT IN and NOT", "NOT run_id NOT IN ('a', 'b')", "NOT attributes.run_id NOT IN ('a', 'b')"],
    [
      "knows other names of entities",
      "parameter.a = '1' AND attr.created > 5 AND run.`Run name` LIKE 'x%'",
      "params.`a` = '1' AND attributes.start_time > 5 AND attributes.run_name LIKE 'x%'",
    ],
    ["finds by artifact_uri", 'artifact_uri LIKE "s3://%"', "attributes.artifact_uri LIKE 's3://%'"],
    [
      "finds by data sets",
      "dataset.name ILIKE 'C%' OR datasets.context IN (\"training\", 'eval')",
      "datasets.name ILIKE 'C%' OR datasets.context IN ('training', 'eval')",
    ],
    [
      "keeps words in names and texts",
      "params.`a AND b` = 'x OR y' AND metrics.or < -1.5e3",
      "params.`a AND b` = 'x OR y' AND metrics.`or` < -1500",
    ],
    [
      "writes numbers as MLflow reads them",
      "metrics.a > 1e21 OR metrics.a < -.5e-9",
      "metrics.`a` > 1e21 OR metrics.`a` < -5e-10",
    ],
    ["may be empty", "  ", ""],
    ["may stand in one bracket after the other", "(((metrics.a=1)))", "metrics.`a` = 1"],
  ])("%s", (_, filter, read) => expect(printFilter(parseFilter(filter))).toBe(read));

  it.each([
    ["(params.a = '1'", 1, '"(" is not closed'],
    ["params.a = '1')", 15, '")" closes nothing'],
    ["(params.a = '1' params.b = '2')", 17, 'AND, OR or ")"'],
    ["params.a = '1' params.b = '2'", 16, "AND or OR"],
    ["params.a = '1' OR", 18, "the filter ends"],
    ["params.a = '1' AND OR params.b = '2'", 20, '"OR"'],
    ["NOT", 4, "the filter ends"],
    ["()", 2, '")"'],
    ["params.a NOT LIKE 'x'", 10, "operator"],
    ["metrics.a LIKE 'x'", 11, "LIKE does not go with metric a"],
    ["artifact_uri > 'x'", 14, "> does not go"],
    ["params.a IN ('x')", 10, "IN does not go"],
    ["datasets.colour = 'x'", 10, "name, digest, context"],
    ["größe = 'x'", 1, "no attribute"],
    ["params.a = '1' AND metrcs.rmse < 1", 20, "Did you mean metrics?"],
    ["strat_time > 5", 1, "Did you mean start_time?"],
    ["dataset.nam = 'a'", 9, "Did you mean name?"],
    ["start_time > '5'", 14, "a number is wanted"],
    [`${"(".repeat(51)}metrics.a = 1${")".repeat(51)}`, 51, "50 times"],
    [Array.from({ length: 501 }, () => "metrics.a=1").join(" OR "), 500 * 15 + 1, "500 clauses"],
  ])("that is wrong is pointed at: %s", (filter, column, words) => {
    const { column: at, message } = fault(filter);
    expect(at).toBe(column);
    expect(message).toContain(words);
  });

  it("that is as large as one may be is one that the database takes", async () => {
    const store = openRuns(mkdtempSync(join(tmpdir(), "stemma-runs-")));
    const { id } = await store.createExperiment("a");
    for (const filter of [
      Array.from({ length: 500 }, (_, i) => `params.a = '${i}'`).join(" AND "),
      `${"NOT (".repeat(24)}${Array.from({ length: 500 }, (_, i) => `params.a = '${i}'`).join(" OR ")}${")".repeat(24)}`,
    ])
      expect((await store.searchRuns({ experimentIds: [id], filter })).runs).toEqual([]);
  });
});

describe("an order", () => {
  it("may be by where the artifacts lie", () =>
    expect(parseOrder(["artifact_uri DESC"])).toEqual([
      { entity: "attribute", key: "artifact_uri", descending: true },
    ]));
});

describe("any filter", () => {
  let store: RunStore;
  let experiment: string;
  let runs: readonly RunRecord[];
  beforeAll(async () => {
    store = openRuns(mkdtempSync(join(tmpdir(), "stemma-runs-")));
    experiment = (await store.createExperiment("seir")).id;
    for (let i = 0; i < 8; i++) await makeRun(store, experiment, i);
    runs = (await store.searchRuns({ experimentIds: [experiment] })).runs;
  });

  it("is the same when it was printed and read again", () =>
    fc.assert(
      fc.property(conditions, (condition) => {
        const text = printFilter(condition);
        expect(printFilter(parseFilter(text))).toBe(text);
        expect(runs.filter((run) => matches(parseFilter(text), run))).toEqual(
          runs.filter((run) => matches(condition, run)),
        );
      }),
    ));

  it("finds in the database what it says of the records", () =>
    fc.assert(
      fc.asyncProperty(conditions, async (condition) => {
        const found = await store.searchRuns({ experimentIds: [experiment], filter: printFilter(condition) });
        expect(found.runs.map(({ id }) => id)).toEqual(
          runs.filter((run) => matches(condition, run)).map(({ id }) => id),
        );
      }),
      { numRuns: 300 },
    ));

  it("and its NOT divide the runs", () =>
    fc.assert(
      fc.asyncProperty(conditions, async (condition) => {
        const count = async (filter: string): Promise<number> =>
          (await store.searchRuns({ experimentIds: [experiment], filter })).runs.length;
        const text = printFilter(condition);
        expect((await count(text)) + (await count(`NOT (${text})`))).toBe(runs.length);
      }),
      { numRuns: 100 },
    ));
});
