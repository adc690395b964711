import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { findProject, type Project } from "../../../src/store/index.ts";
import { FilterError, openRuns, type RunStatus, type RunStore } from "../../../src/track/index.ts";
import { buildSnapshot } from "../../../src/track/search/snapshot/index.ts";
import { golden } from "../../support/golden.ts";

interface Case {
  readonly name: string;
  readonly user: string;
  readonly start: number;
  readonly end: number | null;
  readonly status: RunStatus;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number | "nan" | "inf">>;
  readonly inputs: readonly (readonly [name: string, digest: string, context: string | null])[];
}

/** The places of what is found; null where the filter is refused, "crash" where MLflow's server fails. */
type Answers = Readonly<Record<string, string | null>>;

const cases = JSON.parse(readFileSync(join(import.meta.dirname, "cases.json"), "utf8")) as {
  readonly runs: readonly Case[];
};
const answers = JSON.parse(golden("mlflow-3.17.2/search.json")) as Readonly<Record<"filters" | "orders", Answers>>;

let store: RunStore;
let project: Project;
let experiment: string;
const ids: string[] = [];
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "stemma-answers-"));
  project = findProject(folder);
  store = openRuns(folder);
  experiment = (await store.createExperiment("runs")).id;
  for (const run of cases.runs) ids.push(await make(run));
});

async function make(run: Case): Promise<string> {
  const { id } = await store.createRun({
    experimentId: experiment,
    name: run.name,
    user: run.user,
    startMs: run.start,
    parentId: null,
    tags: run.tags,
  });
  const value = (text: number | string): number =>
    text === "nan" ? Number.NaN : text === "inf" ? Infinity : Number(text);
  const metrics = Object.entries(run.metrics).map(([key, text]) => ({ key, value: value(text), step: 0, timeMs: 0 }));
  await store.logBatch(id, { metrics, params: run.params });
  for (const [name, digest, context] of run.inputs) {
    const tags: Record<string, string> = context === null ? {} : { "mlflow.data.context": context };
    await store.logInputs(id, [{ name, digest, sourceType: "dvc", source: "{}", schema: null, profile: null, tags }]);
  }
  await store.updateRun(id, { status: run.status, ...(run.end === null ? {} : { endMs: run.end }) });
  return id;
}

async function found(filter: string, orderBy: readonly string[] = []): Promise<string | null> {
  const text = filter.replace(/\$(\d)/g, (_, i) => ids[Number(i)] ?? "");
  try {
    const { runs } = await store.searchRuns({ experimentIds: [experiment], filter: text, orderBy, lifecycle: "all" });
    return runs.map(({ id }) => ids.indexOf(id)).join("");
  } catch (error) {
    if (error instanceof FilterError) return null;
    throw error;
  }
}

/** What we find where MLflow refuses. */
const more: Readonly<Record<string, Answers>> = {
  "OR, NOT and brackets": {
    "(metrics.rmse > 1)": "430",
    "(metrics.rmse > 1) AND (params.lr = '0.1')": "0",
    "NOT metrics.rmse > 1": "521",
    "metrics.rmse > 1 OR params.lr = '0.1'": "5430",
  },
  "IN for every text": {
    "run_name IN ('alpha')": "0",
    "run_name IN ('alpha', 'Beta')": "10",
    "run_name IN ('beta 2')": "2",
    "run_name IN (\"alpha\", 'Beta')": "10",
    "run_name NOT IN ('alpha', 'Beta')": "5432",
    "run_name in ('alpha')": "0",
    "run_name not in ('alpha')": "54321",
    "status IN ('FINISHED', 'FAILED')": "510",
    "status NOT IN ('FINISHED', 'FAILED')": "432",
    "user_id IN ('ada', 'eve')": "5320",
  },
  "other names of attributes, in filters as in orders": {
    "User = 'ada'": "520",
    "attributes.User = 'ada'": "520",
    "user = 'ada'": "520",
    "attributes.user = 'ada'": "520",
    "`Run ID` = '$0'": "0",
    "`run id` = '$0'": "0",
    "attributes.id = '$0'": "0",
    "id = '$0'": "0",
    "name = 'alpha'": "0",
    "attributes.name = 'alpha'": "0",
    "`start time` > 1002": "543",
  },
  "names without quotes that MLflow reads as sums or two words, and numbers as everybody writes them": {
    "metrics.val/rmse > 0": "0",
    "params.p/q = '1'": "0",
    "params.x-y = '2'": "3",
    "metrics .rmse > 1": "430",
    "metrics. rmse > 1": "430",
    "metrics.rmse < 1e+1": "5410",
    "   ": "543210",
  },
};

/** What we refuse, and MLflow reads as something that the writer cannot have meant. */
const fewer: readonly string[] = [
  "AND metrics.rmse > 1",
  "metrics.rmse > 1 AND",
  "metrics.rmse > 1 AND AND params.lr = '0.1'",
  "metrics.rmse > 1 params.lr = '0.1'",
  "params.* = 'x'",
  "tags.note = 'it''s'",
  "tags.note = 'it\\'s'",
];

/** A metric that is NaN is unequal to 1 for MLflow, which keeps it as 0 with a mark; for us it passes no comparison. */
const nan: Answers = { "metrics.rmse != 1": "5430" };

const known = new Set([...Object.values(more).flatMap(Object.keys), ...fewer, ...Object.keys(nan)]);

describe("the answer to a filter", () => {
  it.each(Object.entries(answers.filters).filter(([filter]) => !known.has(filter)))(
    "is that of MLflow 3.17.2: %s",
    async (filter, answer) => expect(await found(filter)).toBe(answer),
  );

  it.each(Object.entries({ ...more, "a NaN": nan }))("knows %s", async (_, differences) => {
    for (const [filter, ours] of Object.entries(differences)) {
      expect(await found(filter), filter).toBe(ours);
      expect(answers.filters[filter], filter).not.toBe(ours);
    }
  });

  it.each(fewer)("is an error, not MLflow's half of it: %s", async (filter) => {
    expect(await found(filter)).toBeNull();
    expect(answers.filters[filter]).not.toBeNull();
  });

  it("is the same from a snapshot", async () => {
    buildSnapshot(project);
    for (const [filter, answer] of Object.entries(answers.filters))
      if (!known.has(filter)) expect(await found(filter), filter).toBe(answer);
  });
});

/** Orders that MLflow refuses, which we know in filters and orders alike. */
const moreOrders: Answers = { "User DESC": "315204", "`Run name` DESC": "534201", "metrics.val/rmse": "105432" };

describe("the answer to an order", () => {
  it.each(Object.entries(answers.orders))("is that of MLflow 3.17.2: %s", async (order, answer) =>
    expect(await found("", [order])).toBe(moreOrders[order] ?? answer),
  );
});
