import { beforeEach, describe, expect } from "vitest";
import type { ExperimentRecord, RunRecord, RunStore } from "../../src/track/index.ts";

export type Fact = (title: string, body: () => Promise<void>) => void;

/** What every RunStore does with experiments. @param open gives the store with an experiment "seir" */
export function experimentFacts(
  fact: Fact,
  open: () => { readonly store: RunStore; readonly experiment: ExperimentRecord },
): void {
  describe("experiments", () => {
    let store: RunStore;
    let experiment: ExperimentRecord;
    beforeEach(() => {
      ({ store, experiment } = open());
    });
    const create = (): Promise<RunRecord> =>
      store.createRun({ experimentId: experiment.id, name: "", user: "ada", startMs: 1, parentId: null, tags: {} });

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

    fact("are searched by name and tags, page by page", async () => {
      // Names that no other test has, where all of them share one server.
      const both = [`searched ${experiment.id} a`, `searched ${experiment.id} b`];
      const { id } = await store.createExperiment(both[0] ?? "");
      await store.createExperiment(both[1] ?? "");
      await store.setExperimentTag(id, "team", "epi");
      const names = async (filter: string): Promise<readonly string[]> =>
        (await store.searchExperiments({ filter, orderBy: ["name"] })).experiments.map(({ name }) => name);
      expect(await names(`name LIKE 'searched ${experiment.id} %' AND (tags.team = 'epi' OR tags.team = 'x')`)).toEqual(
        [both[0]],
      );
      const query = { filter: `name LIKE 'searched ${experiment.id} %'`, limit: 1 };
      const first = await store.searchExperiments(query);
      const second = await store.searchExperiments({ ...query, pageToken: first.nextPageToken ?? "" });
      expect([...first.experiments, ...second.experiments].map(({ name }) => name).sort()).toEqual(both);
      expect(second.nextPageToken).toBeNull();
      await expect(store.searchExperiments({ filter: "nane = 'a'" })).rejects.toMatchObject({ code: "FILTER" });
    });

    fact("have one name each, also among deleted ones", async () => {
      await expect(store.createExperiment("seir")).rejects.toMatchObject({ code: "EXPERIMENT_EXISTS" });
      await store.deleteExperiment(experiment.id);
      await expect(store.createExperiment("seir")).rejects.toMatchObject({ code: "EXPERIMENT_EXISTS" });
      await store.restoreExperiment(experiment.id);
    });

    fact("count their runs, without deleted ones", async () => {
      await create();
      await store.deleteRun((await create()).id);
      expect((await store.experiment(experiment.id))?.runCount).toBe(1);
    });

    fact("are renamed, to a name that is free", async () => {
      const name = `${experiment.id} größer 日本`;
      await store.renameExperiment(experiment.id, name);
      expect(await store.experimentByName(name)).toMatchObject({ id: experiment.id, name });
      expect(await store.experimentByName("seir")).toBeNull();
      await store.createExperiment("seir");
      await expect(store.renameExperiment(experiment.id, "seir")).rejects.toMatchObject({ code: "EXPERIMENT_EXISTS" });
      await expect(store.renameExperiment(experiment.id, "")).rejects.toMatchObject({ code: "BAD_NAME" });
    });

    fact("are deleted with their runs, take nothing then, and come back with them", async () => {
      const run = await create();
      await store.deleteExperiment(experiment.id);
      await store.deleteExperiment(experiment.id);
      expect((await store.run(run.id))?.lifecycle).toBe("deleted");
      expect((await store.experiments()).map(({ id }) => id)).not.toContain(experiment.id);
      expect((await store.experiments("deleted")).map(({ id }) => id)).toContain(experiment.id);
      const deleted = { code: "EXPERIMENT_DELETED" };
      await expect(create()).rejects.toMatchObject(deleted);
      await expect(store.renameExperiment(experiment.id, "other")).rejects.toMatchObject(deleted);
      await expect(store.setExperimentTag(experiment.id, "a", "1")).rejects.toMatchObject(deleted);
      await store.restoreExperiment(experiment.id);
      expect(await store.run(run.id)).toEqual(run);
      await create();
    });

    fact("lose a tag, and one that they never had", async () => {
      await store.setExperimentTag(experiment.id, "a", "1");
      await store.deleteExperimentTag(experiment.id, "a");
      await store.deleteExperimentTag(experiment.id, "a");
      expect((await store.experiment(experiment.id))?.tags).not.toHaveProperty("a");
    });

    fact("that are not there are named in the error", async () => {
      const missing = { code: "EXPERIMENT_NOT_FOUND" };
      await expect(store.renameExperiment("4711", "x")).rejects.toMatchObject(missing);
      await expect(store.deleteExperiment("4711")).rejects.toMatchObject(missing);
      await expect(store.setExperimentTag("4711", "a", "1")).rejects.toMatchObject(missing);
      await expect(
        store.createRun({ experimentId: "4711", name: "", user: "a", startMs: 1, parentId: null, tags: {} }),
      ).rejects.toMatchObject(missing);
    });
  });
}
