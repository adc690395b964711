import { beforeEach, describe, expect, it } from "vitest";
import type { ExperimentRecord, NewRun, RunRecord, RunStore } from "../../src/track/index.ts";

import { experimentFacts } from "./experiments.ts";
import { searchFacts } from "./search.ts";

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

    experimentFacts(fact, () => ({ store, experiment }));

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

      fact("may be scheduled first, and started later", async () => {
        const run = await create({ status: "SCHEDULED" });
        expect(run.status).toBe("SCHEDULED");
        expect((await store.updateRun(run.id, { status: "RUNNING" })).status).toBe("RUNNING");
        for (const status of ["FAILED", "KILLED", "FINISHED"] as const)
          expect((await store.updateRun(run.id, { status, endMs: 5 })).status).toBe(status);
      });

      fact("is nested to any depth", async () => {
        const ids = [(await create()).id];
        for (let depth = 0; depth < 5; depth++) ids.push((await create({ parentId: ids.at(-1) ?? "" })).id);
        const records = await Promise.all(ids.map((id) => store.run(id)));
        expect(records.map((record) => record?.parentId)).toEqual([null, ...ids.slice(0, -1)]);
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
  });
  describe(`a search in the run store ${name}`, () => searchFacts(fact, open));
}
