import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { currentActivity } from "../../src/lineage/index.ts";
import { type RunStore, track } from "../../src/track/index.ts";

/** Where the runs of a day are kept. */
export interface DayPlace {
  /** Opened anew, to look at what has arrived. */
  readonly store: () => RunStore;
}

const cases = { path: "data/cases.csv", md5: "0123456789abcdef0123456789abcdef", bytes: 14 };
let days = 0;

/**
 * What a person does with `track()` in a day, wherever the runs are kept.
 *
 * @param open makes `track()` keep its runs there; called in an empty project
 */
export function notebookDay(name: string, open: () => Promise<DayPlace>): void {
  describe(`a notebook's day with runs ${name}`, () => {
    const before = process.cwd();
    let place: DayPlace;
    let experiment: string;
    beforeEach(async () => {
      process.chdir(mkdtempSync(join(tmpdir(), "stemma über day-")));
      experiment = `seir größe ${process.pid} ${++days}`;
      place = await open();
    });
    afterEach(() => {
      track.use(null);
      process.chdir(before);
    });

    it("keeps all that a run logs", async () => {
      const run = await track(
        { experiment, name: "v3", params: { beta: 0.3, model: { kind: "SEIR" } } },
        async (run) => {
          for (let step = 0; step < 2500; step++) run.log({ rmse: 1 / (step + 1) }, { step });
          run.log({ nan: Number.NaN, acc: 0.5 });
          run.tags({ team: "epi", stage: "one" });
          run.tag("stage", "two");
          run.tag("gone", "x");
          run.dropTag("gone");
          run.note("# Was\n\n*größer*");
          run.param("late", [1, 2]);
          run.input(cases, { context: "training" });
          await run.artifact("plots/größe 1.json", { a: 1 });
          await run.figure("fit", { mark: "line", data: { values: [{ x: 1 }] } });
          writeFileSync("large.bin", Buffer.alloc(3_000_000, 7));
          await run.artifact("large.bin");
          run.rename("v4");
          return 42;
        },
      );
      expect(run.result).toBe(42);
      const store = place.store();
      const found = await store.run(run.id);
      expect(found).toMatchObject({
        name: "v4",
        experiment,
        status: "FINISHED",
        params: { beta: "0.3", "model.kind": "SEIR", late: "[1,2]" },
        tags: { team: "epi", stage: "two", "mlflow.note.content": "# Was\n\n*größer*", "mlflow.runName": "v4" },
        inputs: [{ name: "cases.csv", digest: cases.md5, tags: { "mlflow.data.context": "training" } }],
        metrics: { nan: { value: Number.NaN }, acc: { value: 0.5 }, rmse: { step: 2499 } },
      });
      expect(found?.tags).not.toHaveProperty("gone");
      expect(found?.endMs).toBe(run.record().endMs);
      expect((await store.metricHistory(run.id, "rmse")).map(({ step }) => step)).toEqual(
        Array.from({ length: 2500 }, (_, i) => i),
      );
      expect((await store.artifacts(run.id)).map(({ path }) => path)).toEqual(["plots", "fit.vl.json", "large.bin"]);
      expect(Buffer.from(await store.readArtifact(run.id, "plots/größe 1.json")).toString()).toBe('{\n  "a": 1\n}\n');
      expect((await store.readArtifact(run.id, "large.bin")).length).toBe(3_000_000);
    });

    it("nests runs to any depth, ends a failed one with its error, and finds them all", async () => {
      const failing = track(experiment, { beta: 1 }, async (outer) => {
        await track.stage("load", async () => {
          await track(experiment, (inner) => {
            expect(currentActivity()).toEqual({ kind: "run", id: inner.id });
            expect(track.active()?.id).toBe(inner.id);
          });
        });
        outer.log({ rmse: 1 });
        throw new TypeError("beta is negative");
      });
      await expect(failing).rejects.toThrow("beta is negative");
      expect(track.active()).toBeNull();
      const runs = track.runs(experiment);
      const outer = runs.find(({ parentId }) => parentId === null);
      const stage = runs.find(({ name }) => name === "load");
      expect(outer).toMatchObject({ status: "FAILED", tags: { "stemma.error": "TypeError: beta is negative" } });
      expect(stage?.parentId).toBe(outer?.id);
      expect(runs.filter(({ parentId }) => parentId === stage?.id)).toHaveLength(1);
      expect((await place.store().run(outer?.id ?? ""))?.status).toBe("FAILED");
    });

    it("goes on with a run by its id, and counts steps on; a changed param is refused", async () => {
      const first = await track(experiment, { beta: 0.3 }, (run) => run.log({ rmse: 3 }));
      const again = await track({ run: first.id, params: { late: true } }, (run) => run.log({ rmse: 2 }));
      expect(again.id).toBe(first.id);
      const points = await place.store().metricHistory(first.id, "rmse");
      expect(points.map(({ step, value }) => [step, value])).toEqual([
        [0, 3],
        [1, 2],
      ]);
      expect(await place.store().run(first.id)).toMatchObject({
        status: "FINISHED",
        params: { beta: "0.3", late: "true" },
      });
      await expect(track({ run: first.id, params: { beta: 0.4 } })).rejects.toMatchObject({ code: "PARAM_CHANGED" });
      await expect(track({ run: "0".repeat(32) })).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    });

    it("starts a scheduled run later", async () => {
      const id = await track.schedule({ experiment, name: "tonight", params: { beta: 1 } });
      expect(await place.store().run(id)).toMatchObject({ status: "SCHEDULED", params: { beta: "1" } });
      const run = await track({ run: id }, (run) => run.log({ rmse: 1 }));
      expect(run.name).toBe("tonight");
      expect((await place.store().run(id))?.status).toBe("FINISHED");
    });

    it("compares runs, and deletes and restores them", async () => {
      for (const beta of [0.2, 0.3])
        await track(experiment, { beta }, (run) => {
          for (let step = 0; step < 3; step++) run.log({ rmse: beta / (step + 1) });
        });
      const compared = track.compare(experiment, { filter: "metrics.rmse > 0" });
      expect(compared.best("rmse")?.params["beta"]).toBe("0.2");
      expect(compared.record.histories["rmse"]?.[compared.runs[0]?.id ?? ""]).toHaveLength(3);
      const id = compared.runs[1]?.id ?? "";
      await track.delete(id);
      expect(track.runs(experiment).map((run) => run.id)).not.toContain(id);
      await track.restore(id);
      expect(track.runs(experiment)).toHaveLength(2);
      await expect(track.delete("0".repeat(32))).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
      expect(() => track.runs(experiment, { filter: "metrcs.rmse > 1" })).toThrow("Column 1");
    });

    it("keeps an experiment in order: tags, a note, a new name, gone and back", async () => {
      await track(experiment, () => {});
      const handle = track.experiment(experiment);
      await handle.tag("team", "epi");
      await handle.note("# Über");
      await handle.rename(`${experiment} 2`);
      expect(handle.record()).toMatchObject({
        name: `${experiment} 2`,
        runCount: 1,
        tags: { team: "epi", "mlflow.note.content": "# Über" },
      });
      await handle.dropTag("team");
      await handle.delete();
      await expect(track(`${experiment} 2`)).rejects.toMatchObject({ code: "EXPERIMENT_DELETED" });
      expect(track.experiments().map(({ name }) => name)).not.toContain(`${experiment} 2`);
      await handle.restore();
      expect(handle.runs()).toHaveLength(1);
      await expect(track.experiment("never was").delete()).rejects.toMatchObject({ code: "EXPERIMENT_NOT_FOUND" });
    });

    it("refuses bad input before anything of it is kept", async () => {
      const run = await track(experiment);
      expect(() => run.log({ rmse: 1, "a;b": 2 })).toThrow("a;b");
      expect(() => run.log({ rmse: 1 }, { step: Number.NaN })).toThrow("step is NaN");
      expect(() => run.params({ good: 1, [`${"x".repeat(251)}`]: 2 })).toThrow("250 is the most");
      expect(() => run.tag("", "x")).toThrow("no name");
      await expect(run.artifact("../up.txt", "x")).rejects.toMatchObject({ code: "ARTIFACT_PATH" });
      await run.end();
      expect(() => run.log({ late: 1 })).toThrow("has ended (FINISHED)");
      expect(await place.store().run(run.id)).toMatchObject({ metrics: {}, params: {} });
      await expect(track("")).rejects.toMatchObject({ code: "BAD_NAME" });
      await expect(track(experiment, { f: () => 1 })).rejects.toMatchObject({ code: "BAD_VALUE" });
    });
  });
}
