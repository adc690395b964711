import { describe, expect, it } from "vitest";
import { searchExperiments } from "../../src/server/experiment-search.ts";
import type { ExperimentRecord } from "../../src/track/index.ts";

const experiments = [
  experiment("1", "fit seir", { team: "epi" }),
  experiment("2", "fit [a+b]", {}),
  experiment("10", "Fit AND run", { team: "ops", "data set": "x" }),
];

function experiment(id: string, name: string, tags: Record<string, string>): ExperimentRecord {
  return { id, name, tags, lifecycle: "active", createdMs: Number(id), updatedMs: 100 - Number(id), runCount: 0 };
}

function ids(filter: string, ...orderBy: string[]): readonly string[] {
  return searchExperiments(experiments, filter, orderBy).map(({ id }) => id);
}

describe("experiments", () => {
  it("come newest first, or in the order asked for", () => {
    expect(ids("")).toEqual(["10", "2", "1"]);
    expect(ids("", "experiment_id")).toEqual(["1", "2", "10"]);
    expect(ids("", "name DESC")).toEqual(["1", "2", "10"]);
    expect(ids("", "attribute.last_update_time ASC")).toEqual(["10", "2", "1"]);
  });

  it.each([
    ["name = 'fit seir'", ["1"]],
    ["attribute.name != 'fit seir'", ["10", "2"]],
    ["name LIKE 'fit%'", ["2", "1"]],
    ["name ILIKE 'fit%'", ["10", "2", "1"]],
    ["name LIKE '%[a+b]'", ["2"]],
    ["name LIKE 'fit _eir'", ["1"]],
    ["name = 'Fit AND run' AND tags.team = 'ops'", ["10"]],
    ["tags.team != 'epi'", ["10"]],
    ["tags.team IS NULL", ["2"]],
    ["tags.team IS NOT NULL", ["10", "1"]],
    ['tags.`data set` = "x"', ["10"]],
    ["creation_time >= 2 and creation_time < 10", ["2"]],
  ])("match %s", (filter, expected) => {
    expect(ids(filter)).toEqual(expected);
  });

  it.each([
    "name = 'a' OR name = 'b'",
    "(name = 'a')",
    "name = 3",
    "name > 'a'",
    "creation_time = 'a'",
    "owner = 'a'",
    "name = 'a' AND",
    "metrics.rmse < 1",
  ])("refuse the filter %s", (filter) => {
    expect(() => ids(filter)).toThrow("Invalid clause(s) in filter string:");
  });

  it("refuse an order that MLflow does not know", () => {
    expect(() => ids("", "owner")).toThrow("Invalid order_by 'owner'");
  });
});
