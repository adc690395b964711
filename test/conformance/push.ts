import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findProject } from "../../src/store/index.ts";
import {
  openModels,
  openRestModels,
  openRestRuns,
  openRuns,
  type PushReport,
  pushRuns,
  type RestOptions,
  track,
} from "../../src/track/index.ts";
import { root } from "../support/tools.ts";

/** What every server takes over from a project. @param where the server; experiments are named apart by the tests */
export function pushFacts(name: string, where: () => RestOptions & { readonly uri: string }): void {
  describe(`a push to ${name}`, () => {
    const before = process.cwd();
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "stemma-push-"));
      process.chdir(folder);
      track.use(null);
    });
    afterEach(() => process.chdir(before));
    const push = (): Promise<PushReport> => pushRuns(findProject(folder), { ...where(), all: true });

    it("takes logged models over with files, metrics, versions, aliases, tags and stages, and what is added later", async () => {
      const seir = `seir ${folder}`.replaceAll("/", " ");
      const models = openModels(folder);
      let id = "";
      const run = await track("pushed models", async (run) => {
        run.log({ rmse: 3 }, { step: 0 });
        id = await loggedModel(run.id, run.record().experimentId);
        await models.logLoggedModelMetrics(id, [
          { key: "rmse", value: 3, step: 0, timeMs: 7, runId: run.id, datasetName: null, datasetDigest: null },
        ]);
      });
      await models.createModel(seir, { description: "# SEIR", tags: { team: "epi" } });
      const source = `models:/${id}`;
      const first = await models.createVersion(seir, { source, description: "first", tags: { ok: "1" } });
      await models.setAlias(first, "champion");
      await models.setStage(first, "Staging");
      const { runs, problems } = await push();
      expect(problems).toEqual([]);
      expect(runs).toMatchObject([{ models: 1 }]);
      const there = openRestModels(where());
      const version = await there.versionByAlias(seir, "champion");
      expect(version).toMatchObject({ description: "first", tags: { ok: "1" }, stage: "Staging" });
      expect(version.runId).toBe(runs[0]?.serverId);
      expect(await there.model(seir)).toMatchObject({ description: "# SEIR", tags: { team: "epi" } });
      const sent = await there.loggedModel(version.modelId ?? "");
      expect(sent).toMatchObject({ name: "fit", status: "READY", tags: { a: "b" }, params: { depth: "3" } });
      expect(sent?.metrics).toMatchObject([{ key: "rmse", value: 3, runId: runs[0]?.serverId }]);
      expect(Buffer.from(await there.readModelFile(sent?.id ?? "", "data/größe.bin"))).toEqual(Buffer.from("weights"));
      const text = Buffer.from(await there.readModelFile(sent?.id ?? "", "MLmodel")).toString();
      expect(text).toContain(`model_id: ${sent?.id}`);
      expect(text).toContain(`run_id: ${runs[0]?.serverId}`);
      expect((await there.runModels(runs[0]?.serverId ?? "")).outputs).toEqual([{ modelId: sent?.id, step: 2 }]);
      await models.setAlias(first, "Kandidat");
      await models.setVersionTag(first, "ok", "2");
      expect((await push()).runs).toMatchObject([{ id: run.id, isNew: false, values: 0, points: 0, models: 0 }]);
      expect(await there.versionByAlias(seir, "Kandidat")).toMatchObject({
        version: version.version,
        tags: { ok: "2" },
      });
      expect((await there.searchVersions({ filter: `name = '${seir}'` })).items).toHaveLength(1);
      expect((await there.runModels(runs[0]?.serverId ?? "")).outputs).toHaveLength(1);
    });

    it("takes over versions that were made of a run's artifacts, and that a run used another's model", async () => {
      const name = `old ${folder}`.replaceAll("/", " ");
      const models = openModels(folder);
      const first = await track("pushed models", (run) => run.artifact("model/MLmodel", "flavors: {}\n"));
      await models.createModel(name);
      await models.createVersion(name, { source: `runs:/${first.id}/model`, runId: first.id });
      const logged = await loggedModel(first.id, first.record().experimentId);
      const user = await track("pushed models", (run) => models.logModelInputs(run.id, [logged]));
      const { runs, problems } = await push();
      expect(problems).toEqual([]);
      const there = openRestModels(where());
      const idOf = (id: string): string => runs.find((run) => run.id === id)?.serverId ?? "";
      const { items } = await there.searchVersions({ filter: `name = '${name}'` });
      expect(items).toMatchObject([{ runId: idOf(first.id), source: `runs:/${idOf(first.id)}/model` }]);
      const [made] = (await there.runModels(idOf(first.id))).outputs;
      expect((await there.runModels(idOf(user.id))).inputs).toEqual([{ modelId: made?.modelId }]);
      expect((await push()).runs.map(({ models }) => models)).toEqual([0, 0]);
    });

    it("gives an experiment the tags that it lacks there; those it has are the team's", async () => {
      const name = `tags ${folder}`.replaceAll("/", " ");
      await track(name, () => {});
      const id = (await openRuns(folder).experimentByName(name))?.id ?? "";
      await openRuns(folder).setExperimentTag(id, "mlflow.note.content", "# Ours");
      await openRuns(folder).setExperimentTag(id, "team", "ours");
      const store = openRestRuns(where());
      await store.setExperimentTag(await store.ensureExperiment(name), "team", "theirs");
      await push();
      expect((await store.experimentByName(name))?.tags).toMatchObject({
        "mlflow.note.content": "# Ours",
        team: "theirs",
      });
    });

    it("that two processes do at once makes one run and one model", async () => {
      const name = `twins ${folder}`.replaceAll("/", " ");
      await track(name, (run) => loggedModel(run.id, run.record().experimentId));
      const program = `
        import { findProject } from ${JSON.stringify(join(root, "src/store/index.ts"))};
        import { pushRuns } from ${JSON.stringify(join(root, "src/track/index.ts"))};
        const options = ${JSON.stringify({ ...where(), all: true })};
        console.log(JSON.stringify(await pushRuns(findProject(process.cwd()), options)));`;
      const child = (): Promise<{ readonly stdout: string }> =>
        promisify(execFile)(process.execPath, ["--input-type=module", "-e", program], { cwd: folder });
      const reports = (await Promise.all([child(), child()])).map(({ stdout }) => JSON.parse(stdout) as PushReport);
      expect(reports.map(({ runs }) => runs[0]?.isNew).sort()).toEqual([false, true]);
      expect(reports.map(({ runs }) => runs[0]?.models).sort()).toEqual([0, 1]);
      const store = openRestRuns(where());
      const experimentIds = [await store.ensureExperiment(name)];
      expect((await store.searchRuns({ experimentIds })).runs).toHaveLength(1);
      expect((await openRestModels(where()).searchLoggedModels({ experimentIds })).items).toHaveLength(1);
    });

    async function loggedModel(runId: string, experimentId: string): Promise<string> {
      const models = openModels(folder);
      const params = { depth: "3" };
      const model = { experimentId, name: "fit", sourceRunId: runId, tags: { a: "b" }, params };
      const { id } = await models.createLoggedModel(model);
      await models.writeModelFile(id, "MLmodel", Buffer.from(`model_id: ${id}\nrun_id: ${runId}\nflavors: {}\n`));
      await models.writeModelFile(id, "data/größe.bin", Buffer.from("weights"));
      await models.finalizeLoggedModel(id, "READY");
      await models.logModelOutputs(runId, [{ modelId: id, step: 2 }]);
      return id;
    }
  });
}
