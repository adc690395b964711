import { beforeEach, describe, expect, it } from "vitest";
import type { ExperimentRecord, NewRun, RunRecord, RunStore } from "../../src/track/index.ts";

/** Facts that a store of somebody else cannot keep: the title of each, and why. */
export type Differences = Readonly<Record<string, string>>;

/**
 * What every RunStore does, wherever it keeps its runs.
 *
 * @param open gives an empty store, a new one for each test
 * @param differences facts that must fail here; one that has come true is to be taken off the list
 */
export function conformance(name: string, open: () => Promise<RunStore>, differences: Differences = {}): void {
  const fact = (title: string, body: () => Promise<void>): void =>
    Object.hasOwn(differences, title) ? it.fails(title, body) : it(title, body);
  describe(`the run store ${name}`, () => {
    let store: RunStore;
    let experiment: ExperimentRecord;
    beforeEach(async () => {
      store = await open();
      experiment = await store.createExperiment("seir");
    });
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

    describe("experiments", () => {
      fact("are found by id and by name, with their tags", async () => {
        await store.setExperimentTag(experiment.id, "mlflow.note.content", "über 日本");
        const found = await store.experimentByName("seir");
        expect(found).toEqual(await store.experiment(experiment.id));
        expect(found?.tags).toEqual({ "mlflow.note.content": "über 日本" });
      });

      fact("are null where there is none", async () => {
        expect(await store.experimentByName("sier")).toBeNull();
        expect(await store.experiment("4711")).toBeNull();
      });

      fact("have one name each", async () => {
        await expect(store.createExperiment("seir")).rejects.toMatchObject({ code: "EXPERIMENT_EXISTS" });
      });

      fact("count their runs, without deleted ones", async () => {
        await create();
        await store.deleteRun((await create()).id);
        expect((await store.experiment(experiment.id))?.runCount).toBe(1);
      });
    });

    describe("a run", () => {
      fact("is RUNNING at first, with a generated name where it was given none", async () => {
        const run = await create();
        expect(run).toMatchObject({ status: "RUNNING", endMs: null, user: "ada", startMs: 1000, experiment: "seir" });
        expect(run.name).toMatch(/^[a-z]+-[a-z]+$/);
        expect(run.tags["mlflow.runName"]).toBe(run.name);
        expect(await store.run(run.id)).toEqual(run);
      });

      fact("is nested in its parent, in MLflow's tag too", async () => {
        const parent = await create();
        const child = await create({ parentId: parent.id });
        expect(child.parentId).toBe(parent.id);
        expect(child.tags["mlflow.parentRunId"]).toBe(parent.id);
      });

      fact("ends with a status and a time, and is renamed", async () => {
        const run = await create();
        const ended = await store.updateRun(run.id, { status: "FINISHED", endMs: 2000, name: "größer" });
        expect(ended).toMatchObject({ status: "FINISHED", endMs: 2000, name: "größer" });
        expect(ended.tags["mlflow.runName"]).toBe("größer");
      });

      fact("takes nothing while it is deleted, and is whole when restored", async () => {
        const run = await create();
        await store.deleteRun(run.id);
        await expect(store.setTags(run.id, { a: "1" })).rejects.toMatchObject({ code: "RUN_DELETED" });
        expect((await store.searchRuns({ experimentIds: [experiment.id] })).runs).toEqual([]);
        await store.restoreRun(run.id);
        expect((await store.searchRuns({ experimentIds: [experiment.id] })).runs).toEqual([run]);
      });

      fact("that does not exist is named in the error", async () => {
        expect(await store.run("0".repeat(32))).toBeNull();
        await expect(store.setTags("0".repeat(32), {})).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
      });
    });

    describe("values", () => {
      fact("of params are written once", async () => {
        const { id } = await create();
        await store.logParams(id, { lr: "0.1", empty: "", "model.größe": "grün" });
        await store.logParams(id, { lr: "0.1" });
        await expect(store.logParams(id, { lr: "0.2", new: "1" })).rejects.toMatchObject({ code: "PARAM_CHANGED" });
        expect((await store.run(id))?.params).toEqual({ empty: "", lr: "0.1", "model.größe": "grün" });
      });

      fact("of tags are replaced and taken away", async () => {
        const { id } = await create();
        await store.setTags(id, { stage: "one", other: "x" });
        await store.setTags(id, { stage: "two" });
        await store.deleteTag(id, "other");
        const tags = (await store.run(id))?.tags;
        expect(tags).toMatchObject({ stage: "two" });
        expect(tags).not.toHaveProperty("other");
      });

      fact("of metrics come back by step, then time, a point that was logged twice once", async () => {
        const { id } = await create();
        const late = { key: "rmse", value: 1, step: 1, timeMs: 9 };
        const first = { key: "rmse", value: 5, step: -1, timeMs: 7 };
        await store.logMetrics(id, [late, first]);
        await store.logMetrics(id, [{ key: "rmse", value: 2, step: 1, timeMs: 3 }, late]);
        const history = await store.metricHistory(id, "rmse");
        expect(history.map(({ value }) => value)).toEqual([5, 2, 1]);
        expect((await store.run(id))?.metrics["rmse"]).toEqual({ value: 1, step: 1, timeMs: 9 });
        expect(await store.metricHistory(id, "none")).toEqual([]);
      });

      fact("of metrics may be NaN, -0 and both infinities", async () => {
        const { id } = await create();
        const values = { nan: Number.NaN, zero: -0, up: Infinity, down: -Infinity };
        await store.logMetrics(
          id,
          Object.entries(values).map(([key, value]) => ({ key, value, step: 0, timeMs: 1 })),
        );
        for (const [key, value] of Object.entries(values)) {
          expect((await store.metricHistory(id, key))[0]?.value).toBe(value);
          expect((await store.run(id))?.metrics[key]?.value).toBe(value);
        }
      });

      fact("with names that MLflow refuses are refused", async () => {
        const { id } = await create();
        const point = { value: 1, step: 0, timeMs: 0 };
        for (const key of ["", "a;b", "../up", "/top", "a//b", "x".repeat(251)]) {
          await expect(store.logMetrics(id, [{ ...point, key }])).rejects.toMatchObject({ code: "BAD_NAME" });
          await expect(store.logParams(id, { [key]: "1" })).rejects.toMatchObject({ code: "BAD_NAME" });
          await expect(store.setTags(id, { [key]: "1" })).rejects.toMatchObject({ code: "BAD_NAME" });
        }
        expect(await store.run(id)).toMatchObject({ metrics: {}, params: {} });
      });

      fact("of one batch are kept together, or none of them", async () => {
        const { id } = await create();
        const metrics = [{ key: "rmse", value: 3, step: 0, timeMs: 1 }];
        await store.logBatch(id, { metrics, params: { lr: "0.1" }, tags: { stage: "one" } });
        const kept = await store.run(id);
        expect(kept).toMatchObject({ params: { lr: "0.1" }, metrics: { rmse: { value: 3 } } });
        expect(kept?.tags).toMatchObject({ stage: "one" });
        const later = { key: "rmse", value: 1, step: 1, timeMs: 2 };
        const params = { momentum: "1", lr: "0.2" };
        const changed = store.logBatch(id, { metrics: [later], params, tags: { stage: "two" } });
        await expect(changed).rejects.toMatchObject({ code: "PARAM_CHANGED" });
        expect(await store.run(id)).toEqual(kept);
        expect(await store.metricHistory(id, "rmse")).toHaveLength(1);
      });

      fact("of inputs are kept once each", async () => {
        const { id } = await create();
        const input = {
          name: "cases.csv",
          digest: "3f2a",
          sourceType: "dvc",
          source: "{}",
          schema: null,
          profile: null,
        };
        const tagged = { ...input, tags: { "mlflow.data.context": "training" } };
        await store.logInputs(id, [tagged]);
        await store.logInputs(id, [tagged]);
        expect((await store.run(id))?.inputs).toEqual([tagged]);
      });
    });

    describe("artifacts", () => {
      fact("come back byte for byte, and are listed folder by folder", async () => {
        const { id } = await create();
        const bytes = Uint8Array.from([0, 255, 10]);
        await store.writeArtifact(id, "plots/größe 1.bin", bytes);
        await store.writeArtifact(id, "fit.json", Buffer.from("{}"));
        expect(Uint8Array.from(await store.readArtifact(id, "plots/größe 1.bin"))).toEqual(bytes);
        expect(await store.artifacts(id)).toEqual([
          { path: "plots", folder: true, bytes: null },
          { path: "fit.json", folder: false, bytes: 2 },
        ]);
        expect(await store.artifacts(id, "plots")).toEqual([{ path: "plots/größe 1.bin", folder: false, bytes: 3 }]);
      });

      fact("stay in their run's folder", async () => {
        const { id } = await create();
        for (const path of ["../x", "a/../../x", "/etc/x", "C:/x", "a\\b", "a\0b", "", "a//b", "./a"]) {
          await expect(store.writeArtifact(id, path, Buffer.from("x"))).rejects.toMatchObject({
            code: "ARTIFACT_PATH",
          });
        }
        await expect(store.readArtifact(id, "none")).rejects.toMatchObject({ code: "ARTIFACT_NOT_FOUND" });
      });
    });

    describe("a search", () => {
      let ids: Readonly<Record<string, string>>;
      beforeEach(async () => {
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
    });
  });
}
