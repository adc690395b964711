import { beforeAll, expect, it } from "vitest";
import type { ExperimentRecord, NewRun, RunRecord, RunStore } from "../../src/track/index.ts";
import type { Fact } from "./experiments.ts";

/** What a search finds in every RunStore. Its tests share one store: a real server takes a while to fill. */
export function searchFacts(fact: Fact, open: () => Promise<RunStore>): void {
  let store: RunStore;
  let experiment: ExperimentRecord;
  const create = (change: Partial<NewRun> = {}): Promise<RunRecord> =>
    store.createRun({
      experimentId: experiment.id,
      name: "",
      user: "ada",
      startMs: 1000,
      parentId: null,
      tags: {},
      ...change,
    });
  let ids: Readonly<Record<string, string>>;
  beforeAll(async () => {
    store = await open();
    experiment = await store.createExperiment("seir");
    const made: Record<string, string> = {};
    for (const [i, rmse] of [3, 1, Number.NaN, null, 2].entries()) {
      const { id } = await create({ name: `run ${i}`, startMs: 1000 + i, tags: i === 1 ? { team: "Épi_1" } : {} });
      await store.logParams(id, { beta: `0.${i}`, ...(i > 2 ? { "model.kind": "SEIR" } : {}) });
      if (rmse !== null) await store.logMetrics(id, [{ key: "val/rmse", value: rmse, step: 0, timeMs: 0 }]);
      if (i === 4) await store.updateRun(id, { status: "FINISHED", endMs: 5000 });
      made[id] = String(i);
    }
    ids = made;
  });
  const find = async (filter: string, orderBy: readonly string[] = []): Promise<string> => {
    const { runs } = await store.searchRuns({ experimentIds: [experiment.id], filter, orderBy });
    return runs.map(({ id }) => ids[id]).join("");
  };

  it.each([
    ["", "43210"],
    ["metrics.`val/rmse` < 3", "41"],
    ['metrics."val/rmse" >= 2 and metrics.`val/rmse` != 3', "4"],
    ["metrics.val/rmse != 1", "40"],
    ["params.beta = '0.1'", "1"],
    ["parameters.model.kind LIKE 'S%R'", "43"],
    ["params.model.kind LIKE 's%r'", ""],
    ["params.model.kind ILIKE 's%r' AND attributes.status = 'FINISHED'", "4"],
    ["params.model.kind IS NULL", "210"],
    ["params.model.kind IS NOT NULL", "43"],
    ["params.model.kind != 'SIR'", "43"],
    ['tags.team = "Épi_1"', "1"],
    ["tags.`mlflow.runName` IN_LIST", null],
    ["status = 'RUNNING' AND start_time > 1001", "32"],
    ["attributes.end_time = 5000", "4"],
    ["run_name IN ('run 0', 'run 3')", "30"],
    ["`run name` NOT IN ('run 0', 'run 3')", "421"],
    ["user_id = 'ada' AND attr.run_name LIKE 'run _'", "43210"],
    ["run_name LIKE 'run [0-9]'", ""],
    ["params.beta = '0.1' OR params.beta = '0.3'", "31"],
    ["NOT params.model.kind = 'SEIR'", "210"],
    ["NOT (metrics.val/rmse < 3 OR status = 'FINISHED') AND start_time > 1000", "32"],
    ["(run_name = 'run 0' OR run_name = 'run 1') AND (params.beta = '0.1' OR tags.team IS NULL)", "10"],
    ["attributes.artifact_uri LIKE '%/artifacts' AND artifact_uri NOT IN ('a')", "43210"],
  ])("for %s", async (filter, found) => {
    if (found === null) await expect(find(filter)).rejects.toMatchObject({ code: "FILTER" });
    else expect(await find(filter)).toBe(found);
  });

  fact("sorts numbers first, then NaN, then what is missing, whichever way", async () => {
    expect(await find("", ["metrics.val/rmse"])).toBe("14023");
    expect(await find("", ["metrics.`val/rmse` DESC"])).toBe("04123");
    expect(await find("", ["params.model.kind ASC", "start_time ASC"])).toBe("34012");
  });

  fact("gives every run once, page by page, also when runs come meanwhile", async () => {
    for (const orderBy of [[], ["metrics.val/rmse"], ["metrics.val/rmse DESC"], ["tags.team"]]) {
      const query = { experimentIds: [experiment.id], limit: 2, orderBy };
      const seen: string[] = [];
      let pageToken: string | null = "";
      while (pageToken !== null) {
        const page = await store.searchRuns({ ...query, pageToken });
        expect(page.runs.length).toBeLessThanOrEqual(2);
        seen.push(...page.runs.map(({ id }) => ids[id] ?? "new"));
        if (pageToken === "") await create({ startMs: 9000 });
        pageToken = page.nextPageToken;
      }
      expect(seen.filter((name) => name !== "new").sort()).toEqual(["0", "1", "2", "3", "4"]);
      const { runs } = await store.searchRuns({ experimentIds: [experiment.id], filter: "start_time = 9000" });
      for (const { id } of runs) await store.deleteRun(id);
    }
  });

  fact("refuses a page token of another query", async () => {
    const query = { experimentIds: [experiment.id], limit: 2 };
    const { nextPageToken } = await store.searchRuns(query);
    const other = { ...query, filter: "metrics.x > 1", pageToken: nextPageToken ?? "" };
    await expect(store.searchRuns(other)).rejects.toMatchObject({ code: "PAGE_TOKEN" });
    await expect(store.searchRuns({ ...query, pageToken: "x" })).rejects.toMatchObject({ code: "PAGE_TOKEN" });
  });

  fact("finds by the data that runs used", async () => {
    const { id } = await create({ name: "with data", startMs: 9000 });
    const input = {
      name: "cases.csv",
      digest: "3f2a",
      sourceType: "dvc",
      source: "{}",
      schema: null,
      profile: null,
    };
    await store.logInputs(id, [{ ...input, tags: { "mlflow.data.context": "training" } }]);
    for (const filter of [
      "datasets.name = 'cases.csv'",
      "dataset.digest IN ('3f2a')",
      "datasets.context LIKE 'train%'",
    ]) {
      const { runs } = await store.searchRuns({ experimentIds: [experiment.id], filter });
      expect(runs.map((run) => run.id)).toEqual([id]);
    }
    await store.deleteRun(id);
  });

  it.each([
    ["metrcs.rmse < 1", 1],
    ["metrics.rmse < 'a'", 16],
    ["params.a = 1", 12],
    ["params.a = '1' OR params.b", 27],
    ["(params.a = '1'", 1],
    ["params.a = '1')", 15],
    ["params.a = '1' params.b = '2'", 16],
    ["params.a > '1'", 10],
    ["status = 'FINISHED", 10],
    ["metrics.a = 1 AND", 18],
    ["metrics.a § 1", 11],
    ["attributes.colour = 'red'", 12],
    ["run_id IN ('a'", 15],
  ])("points at the mistake in %s", async (filter, column) => {
    await expect(find(filter)).rejects.toMatchObject({ code: "FILTER", column });
  });
}
