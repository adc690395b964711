import { beforeEach, describe, expect, it } from "vitest";
import type { LoggedModel, LoggedModelStore, ModelStore, RunStore } from "../../src/track/index.ts";
import type { Differences } from "./run-store.ts";

/** An empty store: its runs, and its models. */
export interface OpenStore {
  readonly runs: RunStore;
  readonly models: ModelStore & LoggedModelStore;
}

const notFound = { code: "MODEL_NOT_FOUND" };
const noVersion = { code: "MODEL_VERSION_NOT_FOUND" };
const noLogged = { code: "LOGGED_MODEL_NOT_FOUND" };
const badName = { code: "BAD_NAME" };
const missingId = `m-${"0".repeat(32)}`;

/**
 * What every ModelStore and LoggedModelStore does, wherever it keeps its models.
 *
 * @param open gives a store without models, a new one for each test
 * @param differences facts that must fail here; one that has come true is to be taken off the list
 */
export function modelConformance(name: string, open: () => Promise<OpenStore>, differences: Differences = {}): void {
  const fact = (title: string, body: () => Promise<void>): void =>
    Object.hasOwn(differences, title) ? it.fails(title, body) : it(title, body);
  describe(`the model store ${name}`, () => {
    let models: OpenStore["models"];
    let runs: RunStore;
    beforeEach(async () => {
      ({ models, runs } = await open());
    });
    registryFacts(fact, () => models);
    versionFacts(fact, () => models);
    searchFacts(fact, () => models);
    loggedFacts(fact, () => ({ models, runs }));
    fileFacts(fact, () => ({ models, runs }));
  });
}

type Fact = (title: string, body: () => Promise<void>) => void;

function registryFacts(fact: Fact, store: () => ModelStore): void {
  describe("a registered model", () => {
    fact("has a name of its own, a description and tags", async () => {
      const made = await store().createModel("Größe 日本", { description: "# fit", tags: { team: "epi", "a.b": "" } });
      expect(made).toMatchObject({ name: "Größe 日本", description: "# fit", latest: [], aliases: {} });
      expect(await store().model("Größe 日本")).toEqual(made);
      expect(made.tags).toEqual({ team: "epi", "a.b": "" });
      await expect(store().createModel("Größe 日本")).rejects.toMatchObject({ code: "MODEL_EXISTS" });
      expect(await store().model("größe 日本")).toBeNull();
    });

    fact("has no name with / or :, and not none", async () => {
      for (const name of ["a/b", "a:b", "", "  ", ".."])
        await expect(store().createModel(name), name).rejects.toMatchObject(badName);
    });

    fact("changes its description and tags", async () => {
      await store().createModel("seir", { tags: { team: "epi", old: "1" } });
      expect(await store().updateModel("seir", { description: "now" })).toMatchObject({ description: "now" });
      await store().setModelTag("seir", "team", "x");
      await store().deleteModelTag("seir", "old");
      await store().deleteModelTag("seir", "never");
      expect((await store().model("seir"))?.tags).toEqual({ team: "x" });
      await expect(store().setModelTag("sier", "a", "b")).rejects.toMatchObject(notFound);
      await expect(store().setModelTag("seir", "a?b", "b")).rejects.toMatchObject(badName);
    });

    fact("is renamed with its versions, tags and aliases", async () => {
      await store().createModel("seir", { tags: { team: "epi" } });
      await store().createVersion("seir", { source: "s3://bucket/model" });
      await store().setAlias({ name: "seir", version: 1 }, "champion");
      const renamed = await store().renameModel("seir", "SEIR 2");
      expect(renamed).toMatchObject({ name: "SEIR 2", tags: { team: "epi" }, aliases: { champion: 1 } });
      expect(await store().model("seir")).toBeNull();
      expect(await store().version({ name: "SEIR 2", version: 1 })).toMatchObject({ aliases: ["champion"] });
      await store().createModel("seir");
      await expect(store().renameModel("seir", "SEIR 2")).rejects.toMatchObject({ code: "MODEL_EXISTS" });
      await expect(store().renameModel("none", "other")).rejects.toMatchObject(notFound);
    });

    fact("is deleted with its versions", async () => {
      await store().createModel("seir");
      await store().createVersion("seir", { source: "s3://bucket/model" });
      await store().deleteModel("seir");
      expect(await store().model("seir")).toBeNull();
      expect(await store().version({ name: "seir", version: 1 })).toBeNull();
      await expect(store().deleteModel("seir")).rejects.toMatchObject(notFound);
      await store().createModel("seir");
      expect((await store().createVersion("seir", { source: "s3://bucket/model" })).version).toBe(1);
    });

    fact("has aliases, each at one version", async () => {
      await store().createModel("seir");
      for (let i = 0; i < 2; i++) await store().createVersion("seir", { source: "s3://bucket/model" });
      await store().setAlias({ name: "seir", version: 1 }, "champion");
      await store().setAlias({ name: "seir", version: 2 }, "Kandidat-2");
      await store().setAlias({ name: "seir", version: 2 }, "champion");
      expect((await store().model("seir"))?.aliases).toEqual({ champion: 2, "Kandidat-2": 2 });
      expect((await store().versionByAlias("seir", "champion")).version).toBe(2);
      expect((await store().versionByAlias("seir", "latest")).version).toBe(2);
      await store().deleteAlias("seir", "champion");
      await store().deleteAlias("seir", "champion");
      await expect(store().versionByAlias("seir", "champion")).rejects.toMatchObject({ code: "ALIAS_NOT_FOUND" });
      await expect(store().versionByAlias("none", "champion")).rejects.toMatchObject(notFound);
      await expect(store().setAlias({ name: "seir", version: 9 }, "x")).rejects.toMatchObject(noVersion);
      for (const alias of ["", "latest", "V12", "a b", "a.b"])
        await expect(store().setAlias({ name: "seir", version: 1 }, alias), alias).rejects.toMatchObject(badName);
    });
  });
}

function versionFacts(fact: Fact, store: () => ModelStore): void {
  const key = { name: "seir", version: 1 };
  describe("a version", () => {
    beforeEach(async () => {
      await store().createModel("seir");
    });

    fact("has the next number, which a deleted one does not give free", async () => {
      const options = { source: "s3://b/m", description: "first", tags: { a: "1" }, runLink: "https://x.org/r" };
      const made = await store().createVersion("seir", options);
      expect(made).toMatchObject({
        ...key,
        description: "first",
        stage: "None",
        source: "s3://b/m",
        runLink: "https://x.org/r",
        status: "READY",
        runId: null,
        tags: { a: "1" },
        aliases: [],
      });
      expect(await store().version(key)).toEqual(made);
      expect(await store().createVersion("seir", { source: "s3://b/m" })).toMatchObject({ version: 2 });
      await store().deleteVersion({ name: "seir", version: 2 });
      expect(await store().version({ name: "seir", version: 2 })).toBeNull();
      expect(await store().createVersion("seir", { source: "s3://b/m" })).toMatchObject({ version: 3 });
      await expect(store().createVersion("none", { source: "s3://b/m" })).rejects.toMatchObject(notFound);
      await expect(store().deleteVersion({ name: "seir", version: 2 })).rejects.toMatchObject(noVersion);
      expect(await store().downloadUri(key)).toBe("s3://b/m");
    });

    fact("takes its aliases with it when it is deleted", async () => {
      await store().createVersion("seir", { source: "s3://b/m" });
      await store().setAlias(key, "champion");
      await store().deleteVersion(key);
      expect((await store().model("seir"))?.aliases).toEqual({});
    });

    fact("changes its description and tags", async () => {
      await store().createVersion("seir", { source: "s3://b/m", tags: { old: "1" } });
      await store().setVersionTag(key, "note", "größer 日本");
      await store().deleteVersionTag(key, "old");
      await store().deleteVersionTag(key, "never");
      expect(await store().updateVersion(key, { description: "new" })).toMatchObject({ description: "new" });
      expect((await store().version(key))?.tags).toEqual({ note: "größer 日本" });
      await expect(store().setVersionTag({ ...key, version: 4 }, "a", "b")).rejects.toMatchObject(noVersion);
    });

    fact("moves through stages, and can archive what was there", async () => {
      for (let i = 0; i < 3; i++) await store().createVersion("seir", { source: "s3://b/m" });
      expect(await store().setStage(key, "production")).toMatchObject({ stage: "Production" });
      await store().setStage({ name: "seir", version: 2 }, "Production", { archiveExisting: true });
      expect((await store().version(key))?.stage).toBe("Archived");
      const latest = (await store().model("seir"))?.latest ?? [];
      expect(latest.map(({ version, stage }) => [version, stage])).toEqual(
        expect.arrayContaining([
          [1, "Archived"],
          [2, "Production"],
          [3, "None"],
        ]),
      );
      const production = await store().latestVersions("seir", ["Production"]);
      expect(production.map(({ version }) => version)).toEqual([2]);
      expect(await store().latestVersions("seir")).toHaveLength(3);
      await expect(store().setStage(key, "prod")).rejects.toMatchObject({ code: "BAD_VALUE" });
      await expect(store().setStage(key, "Archived", { archiveExisting: true })).rejects.toMatchObject({
        code: "BAD_VALUE",
      });
      await expect(store().setStage({ ...key, version: 7 }, "Staging")).rejects.toMatchObject(noVersion);
    });
  });
}

function searchFacts(fact: Fact, store: () => ModelStore): void {
  const names = async (filter: string, orderBy?: readonly string[]): Promise<string> => {
    const page = await store().searchModels({ filter, ...(orderBy === undefined ? {} : { orderBy }) });
    return page.items.map(({ name }) => name).join(" ");
  };
  describe("a search", () => {
    beforeEach(async () => {
      await store().createModel("seir-b", { tags: { team: "epi" } });
      await store().createModel("seir-a", { tags: { team: "epi", "mlflow.x": "1" } });
      await store().createModel("Iris", { tags: { team: "bio" } });
    });

    fact("finds models by name and tags", async () => {
      expect(await names("")).toBe("Iris seir-a seir-b");
      expect(await names("name LIKE 'seir%'")).toBe("seir-a seir-b");
      expect(await names("name ILIKE 'I%'")).toBe("Iris");
      expect(await names("name = 'seir-a'")).toBe("seir-a");
      expect(await names("name != 'Iris' AND tags.team = 'epi'")).toBe("seir-a seir-b");
      expect(await names("tag.team != 'epi'")).toBe("Iris");
      expect(await names("tags.`mlflow.x` = '1'")).toBe("seir-a");
      expect(await names("tags.none = '1'")).toBe("");
    });

    fact("orders models, and gives them page by page", async () => {
      expect(await names("", ["name DESC"])).toBe("seir-b seir-a Iris");
      const first = await store().searchModels({ limit: 2 });
      const second = await store().searchModels({ limit: 2, pageToken: first.nextPageToken ?? "" });
      expect([...first.items, ...second.items].map(({ name }) => name)).toEqual(["Iris", "seir-a", "seir-b"]);
      expect(second.nextPageToken).toBeNull();
      await expect(store().searchModels({ limit: 0 })).rejects.toMatchObject({ code: "BAD_VALUE" });
    });

    fact("refuses what models and versions do not have, with the column", async () => {
      await expect(store().searchModels({ filter: "nam = 'a'" })).rejects.toThrow(/^Column 1 of "nam = 'a'"/);
      await expect(store().searchModels({ filter: "name = 3" })).rejects.toMatchObject({ code: "FILTER" });
      await expect(store().searchVersions({ filter: "metrics.a > 1" })).rejects.toMatchObject({ code: "FILTER" });
      await expect(store().searchVersions({ orderBy: ["size"] })).rejects.toMatchObject({ code: "FILTER" });
    });

    fact("finds versions by model, number, run and tags", async () => {
      for (const i of [1, 2, 3])
        await store().createVersion("seir-a", {
          source: `s3://b/${i}`,
          tags: { n: String(i), ...(i > 1 ? { late: "y" } : {}) },
        });
      await store().createVersion("Iris", { source: "s3://b/iris" });
      const found = async (filter: string): Promise<string> => {
        const { items } = await store().searchVersions({ filter, orderBy: ["name ASC", "version_number ASC"] });
        return items.map(({ name, version }) => `${name}/${version}`).join(" ");
      };
      expect(await found("")).toBe("Iris/1 seir-a/1 seir-a/2 seir-a/3");
      expect(await found("name = 'seir-a' AND version_number > 1")).toBe("seir-a/2 seir-a/3");
      expect(await found("name='seir-a' and tags.late = 'y' and tags.n = '3'")).toBe("seir-a/3");
      expect(await found("source_path LIKE '%iris'")).toBe("Iris/1");
      expect(await found(`run_id IN ('${"0".repeat(32)}')`)).toBe("");
      await store().deleteVersion({ name: "seir-a", version: 3 });
      expect(await found("name = 'seir-a'")).toBe("seir-a/1 seir-a/2");
    });

    fact("leaves prompts out unless they are asked for", async () => {
      await store().createModel("greeting", { tags: { "mlflow.prompt.is_prompt": "true" } });
      expect(await names("")).toBe("Iris seir-a seir-b");
      expect(await names("tags.`mlflow.prompt.is_prompt` = 'true'")).toBe("greeting");
      expect(await names("tags.`mlflow.prompt.is_prompt` != 'true'")).toBe("Iris seir-a seir-b");
    });
  });
}

function loggedFacts(fact: Fact, store: () => OpenStore): void {
  const made = async (): Promise<{
    readonly model: LoggedModel;
    readonly runId: string;
    readonly experimentId: string;
  }> => {
    const { runs, models } = store();
    const { id: experimentId } = await runs.createExperiment("seir");
    const run = await runs.createRun({ experimentId, name: "", user: "a", startMs: 1, parentId: null, tags: {} });
    const tags = { team: "epi" };
    const params = { lr: "0.1" };
    const model = await models.createLoggedModel({
      experimentId,
      name: "fit",
      modelType: "onnx",
      sourceRunId: run.id,
      tags,
      params,
    });
    return { model, runId: run.id, experimentId };
  };
  describe("a logged model", () => {
    fact("is a thing of an experiment, pending until it is finalized", async () => {
      const { models } = store();
      const { model, runId, experimentId } = await made();
      expect(model).toMatchObject({
        experimentId,
        name: "fit",
        modelType: "onnx",
        sourceRunId: runId,
        status: "PENDING",
      });
      expect(model).toMatchObject({ tags: { team: "epi" }, params: { lr: "0.1" }, metrics: [], registrations: [] });
      expect(model.id).toMatch(/^m-[0-9a-f]{32}$/);
      expect(model.artifactUri).toContain(model.id);
      expect((await models.finalizeLoggedModel(model.id, "READY")).status).toBe("READY");
      expect((await models.loggedModel(model.id))?.status).toBe("READY");
      expect(await models.loggedModel(missingId)).toBeNull();
      await expect(models.finalizeLoggedModel(missingId, "READY")).rejects.toMatchObject(noLogged);
    });

    fact("has a generated name where it was given none, and none with special characters", async () => {
      const { runs, models } = store();
      const { id: experimentId } = await runs.createExperiment("seir");
      expect((await models.createLoggedModel({ experimentId })).name).not.toBe("");
      for (const name of ["a/b", "a:b", "a.b", "50%", "it's", ""])
        await expect(models.createLoggedModel({ experimentId, name }), name).rejects.toMatchObject(badName);
      await expect(models.createLoggedModel({ experimentId: "4711" })).rejects.toMatchObject({
        code: "EXPERIMENT_NOT_FOUND",
      });
    });

    fact("takes params, tags and metrics of its runs", async () => {
      const { models, runs } = store();
      const { model, runId } = await made();
      await models.logLoggedModelParams(model.id, { depth: "3" });
      await models.setLoggedModelTags(model.id, { team: "bio", late: "größer" });
      await models.deleteLoggedModelTag(model.id, "late");
      await expect(models.deleteLoggedModelTag(model.id, "late")).rejects.toMatchObject({ code: "BAD_VALUE" });
      const point = { key: "rmse", runId, datasetName: null, datasetDigest: null };
      await models.logLoggedModelMetrics(model.id, [
        { ...point, value: 3, step: 0, timeMs: 10 },
        { ...point, value: 2.5, step: 1, timeMs: 20 },
        { ...point, value: 4, step: 0, timeMs: 30, datasetName: "test.csv", datasetDigest: "3f2a" },
      ]);
      const found = await models.loggedModel(model.id);
      expect(found).toMatchObject({ params: { lr: "0.1", depth: "3" }, tags: { team: "bio" } });
      expect(found?.metrics).toEqual(
        expect.arrayContaining([
          { ...point, value: 2.5, step: 1, timeMs: 20 },
          { ...point, value: 4, step: 0, timeMs: 30, datasetName: "test.csv", datasetDigest: "3f2a" },
        ]),
      );
      expect((await runs.run(runId))?.metrics["rmse"]?.value).toBe(2.5);
    });

    fact("is gone when it is deleted", async () => {
      const { models } = store();
      const { model, experimentId } = await made();
      await models.deleteLoggedModel(model.id);
      expect(await models.loggedModel(model.id)).toBeNull();
      expect((await models.searchLoggedModels({ experimentIds: [experimentId] })).items).toEqual([]);
    });

    fact("is found by what it is, by params, tags and metrics, also on one data set", async () => {
      const { models } = store();
      const { model, runId, experimentId } = await made();
      const other = await models.createLoggedModel({ experimentId, name: "other", tags: { team: "bio" } });
      const point = { key: "rmse", runId, step: 0, timeMs: 10, datasetName: "test.csv", datasetDigest: "3f2a" };
      await models.logLoggedModelMetrics(model.id, [{ ...point, value: 1.5 }]);
      await models.logLoggedModelMetrics(other.id, [{ ...point, value: 0.5, datasetName: "train.csv" }]);
      const names = async (filter: string, more: object = {}): Promise<string> => {
        const { items } = await models.searchLoggedModels({ experimentIds: [experimentId], filter, ...more });
        return items.map(({ name }) => name).join(" ");
      };
      expect(await names("name = 'fit'")).toBe("fit");
      expect(await names("name LIKE 'f%' AND tags.team = 'epi' AND params.lr = '0.1'")).toBe("fit");
      expect(await names("metrics.rmse < 1")).toBe("other");
      expect(await names("metrics.rmse > 0", { datasets: [{ name: "test.csv", digest: "3f2a" }] })).toBe("fit");
      expect(await names("", { datasets: [{ name: "train.csv", digest: "3f2a" }] })).toBe("other");
      expect(await names("", { orderBy: [{ field: "metrics.rmse", ascending: true }] })).toBe("other fit");
      expect(await names("", { orderBy: [{ field: "metrics.rmse", ascending: false }] })).toBe("fit other");
      expect(await names("", { orderBy: [{ field: "name" }] })).toBe("fit other");
      const first = await models.searchLoggedModels({ experimentIds: [experimentId], limit: 1 });
      const rest = await models.searchLoggedModels({
        experimentIds: [experimentId],
        limit: 1,
        pageToken: first.nextPageToken ?? "",
      });
      expect(new Set([...first.items, ...rest.items].map(({ name }) => name))).toEqual(new Set(["fit", "other"]));
      await expect(names("metric.rmse = 'a'")).rejects.toMatchObject({ code: "FILTER" });
    });

    fact("is found by a data set of any digest", async () => {
      const { models } = store();
      const { model, runId, experimentId } = await made();
      const point = {
        key: "rmse",
        value: 1,
        runId,
        step: 0,
        timeMs: 10,
        datasetName: "test.csv",
        datasetDigest: "3f2a",
      };
      await models.logLoggedModelMetrics(model.id, [point]);
      const found = await models.searchLoggedModels({
        experimentIds: [experimentId],
        datasets: [{ name: "test.csv" }],
      });
      expect(found.items).toHaveLength(1);
    });

    fact("is an output or an input of runs", async () => {
      const { models } = store();
      const { model, runId } = await made();
      await models.logModelOutputs(runId, [{ modelId: model.id, step: 7 }]);
      await models.logModelInputs(runId, [model.id]);
      expect(await models.runModels(runId)).toEqual({
        inputs: [{ modelId: model.id }],
        outputs: [{ modelId: model.id, step: 7 }],
      });
      await expect(models.runModels("0".repeat(32))).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    });

    fact("becomes a version, which knows its run and leads to its files", async () => {
      const { models } = store();
      const { model, runId } = await made();
      await models.createModel("seir");
      const version = await models.createVersion("seir", { source: `models:/${model.id}`, modelId: model.id });
      expect(version).toMatchObject({ runId, modelId: model.id, source: `models:/${model.id}` });
      expect(await models.downloadUri(version)).toBe(model.artifactUri);
      await expect(models.createVersion("seir", { source: `models:/${missingId}` })).rejects.toMatchObject(noLogged);
    });
  });
}

function fileFacts(fact: Fact, store: () => OpenStore): void {
  describe("the files of a logged model", () => {
    fact("come back byte for byte", async () => {
      const { models, runs } = store();
      const { id: experimentId } = await runs.createExperiment("seir");
      const { id } = await models.createLoggedModel({ experimentId, name: "fit" });
      expect(await models.modelFiles(id)).toEqual([]);
      const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 31) % 256));
      await models.writeModelFile(id, "MLmodel", Buffer.from("flavors: {}\n"));
      await models.writeModelFile(id, "data/größe 50%.bin", bytes);
      expect(Buffer.from(await models.readModelFile(id, "data/größe 50%.bin")).equals(bytes)).toBe(true);
      expect(await models.modelFiles(id)).toEqual([
        { path: "data", folder: true, bytes: null },
        { path: "MLmodel", folder: false, bytes: 12 },
      ]);
      expect(await models.modelFiles(id, "data")).toEqual([
        { path: "data/größe 50%.bin", folder: false, bytes: 100_000 },
      ]);
      await expect(models.readModelFile(id, "none")).rejects.toMatchObject({ code: "ARTIFACT_NOT_FOUND" });
      await expect(models.writeModelFile(id, "../x", bytes)).rejects.toMatchObject({ code: "ARTIFACT_PATH" });
      await expect(models.readModelFile(missingId, "x")).rejects.toMatchObject(noLogged);
    });
  });
}
