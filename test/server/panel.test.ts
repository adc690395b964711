import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProject } from "../../src/store/index.ts";
import { openRuns } from "../../src/track/index.ts";
import { emptyFolder, startServer } from "./client.ts";

/** A project with an experiment of three runs, the first with curves, artifacts and data. */
async function makeProject(folder = emptyFolder()): Promise<{ folder: string; experiment: string; runs: string[] }> {
  mkdirSync(join(folder, ".dvc"), { recursive: true });
  const store = openRuns(findProject(folder));
  const { id: experimentId } = await store.createExperiment("seir");
  const runs: string[] = [];
  for (const beta of ["0.2", "0.3", "0.4"]) {
    const run = await store.createRun({
      experimentId,
      name: `beta ${beta}`,
      user: "ada",
      startMs: 1000 + runs.length,
      parentId: null,
      tags: {},
    });
    runs.push(run.id);
    await store.logParams(run.id, { beta, sigma: "0.5" });
    const points = Array.from({ length: 3 }, (_, step) => ({
      key: "rmse",
      value: Number(beta) + step,
      step,
      timeMs: 1,
    }));
    await store.logMetrics(run.id, points);
    await store.updateRun(run.id, { status: "FINISHED", endMs: 5000 });
  }
  await store.writeArtifact(runs[0] ?? "", "plots/a/fit.json", Buffer.from("{}"));
  return { folder, experiment: experimentId, runs };
}

describe("the panel", () => {
  it("gets the experiments of the served folder and all projects below it", async () => {
    const { folder, experiment } = await makeProject();
    await makeProject(join(folder, "a", "b", "inner"));
    await makeProject(join(folder, "a", "b", "c", "too deep"));
    await makeProject(join(folder, "node_modules", "hidden"));
    const server = await startServer({ folder });
    expect((await server.get("/panel/experiments")).json).toEqual({
      project: "",
      projects: ["", "a/b/inner"],
      experiments: [{ id: experiment, name: "seir", runs: 3, updatedMs: expect.any(Number) }],
    });
    const inner = (await server.get("/panel/experiments?folder=a%2Fb%2Finner")).json;
    expect(inner.project).toBe("a/b/inner");
  });

  it("gets an artifact of a project below the served folder, and none of one outside", async () => {
    const folder = emptyFolder();
    const { runs } = await makeProject(join(folder, "a"));
    const server = await startServer({ folder });
    const question = `run_uuid=${runs[0]}&path=plots%2Fa%2Ffit.json`;
    expect((await server.get(`/get-artifact?folder=a&${question}`)).text).toBe("{}");
    expect((await server.get(`/get-artifact?${question}`)).status).toBe(404);
    expect((await server.get(`/get-artifact?folder=..&${question}`)).status).toBe(400);
  });

  it("gets nothing where nobody tracked, and makes no store by asking", async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, "new"));
    const server = await startServer({ folder });
    expect((await server.get("/panel/experiments?folder=new")).json.experiments).toEqual([]);
    expect((await server.get("/panel/runs?folder=new&experiment=1")).json.runs).toEqual([]);
    expect((await server.get("/panel/runs/abc?folder=new")).status).toBe(404);
    expect((await server.get("/panel/experiments")).json.projects).toEqual([]);
  });

  it("gets runs: all, those that match, or those named, with their curves", async () => {
    const { folder, experiment, runs } = await makeProject();
    const server = await startServer({ folder });
    const all = (await server.get(`/panel/runs?experiment=${experiment}`)).json;
    expect(all).toMatchObject({ kind: "runs", experiment: "seir", total: 3 });
    expect(all.runs.map(({ name }: { name: string }) => name)).toEqual(["beta 0.4", "beta 0.3", "beta 0.2"]);
    expect(all.curves[0].series).toHaveLength(3);
    const filter = encodeURIComponent("params.beta = '0.3'");
    const matching = (await server.get(`/panel/runs?experiment=${experiment}&filter=${filter}`)).json.runs;
    expect(matching.map(({ name }: { name: string }) => name)).toEqual(["beta 0.3"]);
    const named = (await server.get(`/panel/runs?run=${runs[2]}&run=${runs[0]}`)).json;
    expect(named.runs.map(({ id }: { id: string }) => id)).toEqual([runs[2], runs[0]]);
    expect(named.experiment).toBe("seir");
    expect((await server.get(`/panel/runs?experiment=${experiment}&limit=2`)).json).toMatchObject({ total: 3 });
    const both = encodeURIComponent("metrics.rmse < 2.4");
    const first = (await server.get(`/panel/runs?experiment=${experiment}&limit=1&filter=${both}`)).json;
    expect([first.runs.length, first.total]).toEqual([1, 2]);
  });

  it("gets one run with its curves, artifacts at all depths and lineage", async () => {
    const { folder, runs } = await makeProject();
    const server = await startServer({ folder });
    const answer = (await server.get(`/panel/runs/${runs[0]}`)).json;
    expect(answer).toMatchObject({
      run: { id: runs[0], name: "beta 0.2", params: { beta: "0.2", sigma: "0.5" } },
      experiment: "seir",
      user: "ada",
      lineage: { kind: "graph" },
    });
    expect(answer.curves).toEqual([
      {
        metric: "rmse",
        points: [
          [0, 0.2],
          [1, 1.2],
          [2, 2.2],
        ],
      },
    ]);
    expect(answer.artifacts).toEqual([
      { path: "plots", folder: true, bytes: null },
      { path: "plots/a", folder: true, bytes: null },
      { path: "plots/a/fit.json", folder: false, bytes: 2 },
    ]);
  });

  it.each(["..", "../other", "a/../..", "/etc", "%2e%2e", "link", "a%00b"])(
    "gets nothing of the folder %s",
    async (at) => {
      const { folder } = await makeProject();
      symlinkSync(emptyFolder(), join(folder, "link"));
      const server = await startServer({ folder });
      const reply = await server.get(`/panel/experiments?folder=${at}`);
      expect([reply.status, reply.json]).toEqual([
        400,
        { code: "INVALID_PARAMETER_VALUE", message: expect.stringContaining("want a folder inside the served one.") },
      ]);
    },
  );

  it("gets a sentence for what is not there or cannot be read", async () => {
    const { folder, experiment } = await makeProject();
    writeFileSync(join(folder, "file"), "");
    const server = await startServer({ folder });
    const failure = async (path: string): Promise<unknown> => (await server.get(path)).json;
    expect(await failure("/panel/experiments?folder=none")).toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
    expect(await failure("/panel/experiments?folder=file")).toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
    expect(await failure("/panel/runs?experiment=99")).toMatchObject({ message: "There is no experiment 99." });
    expect(await failure("/panel/runs/0000")).toMatchObject({ code: "RESOURCE_DOES_NOT_EXIST" });
    expect(await failure(`/panel/runs?experiment=${experiment}&filter=nonsense`)).toMatchObject({
      code: "INVALID_PARAMETER_VALUE",
    });
  });

  it("is answered from a subfolder of the project too", async () => {
    const { folder } = await makeProject();
    mkdirSync(join(folder, "notebooks", "deep"), { recursive: true });
    const server = await startServer({ folder: join(folder, "notebooks") });
    const answer = (await server.get("/panel/experiments?folder=deep")).json;
    expect(answer).toMatchObject({ project: "..", projects: [], experiments: [{ name: "seir" }] });
  });
});

/** A project with a flow's run of 60 nested ones, newer than two runs beside it. */
async function makeFlow(): Promise<{ folder: string; experiment: string; other: string; flow: string }> {
  const folder = emptyFolder();
  mkdirSync(join(folder, ".dvc"), { recursive: true });
  const store = openRuns(findProject(folder));
  const { id: experiment } = await store.createExperiment("fit");
  const { id: other } = await store.createExperiment("seir");
  let startMs = 1000;
  const make = async (name: string, parentId: string | null, experimentId = experiment): Promise<string> => {
    const run = await store.createRun({ experimentId, name, user: "ada", startMs: startMs++, parentId, tags: {} });
    return run.id;
  };
  await make("beside 1", null);
  await make("beside 2", null);
  const flow = await make("the flow", null);
  const steps: string[] = [];
  for (let i = 0; i < 60; i++) steps.push(await make(`step ${i}`, flow));
  await make("deep", steps[0] ?? "");
  await make("tracked in a step", steps[1] ?? "", other);
  return { folder, experiment, other, flow };
}

describe("the panel's nested runs", () => {
  // biome-ignore lint/suspicious/noExplicitAny: as the client's answers
  const names = (answer: any): string[] => answer.runs.map(({ name }: { name: string }) => name);

  it("stand behind the run they are nested in, however many there are", async () => {
    const { folder, experiment, flow } = await makeFlow();
    const server = await startServer({ folder });
    const { json: top } = await server.get(`/panel/runs?experiment=${experiment}&limit=50`);
    expect([names(top), top.total]).toEqual([["the flow", "beside 2", "beside 1"], 3]);
    expect(top.runs.map(({ children }: { children: number }) => children)).toEqual([60, 0, 0]);
    const { json: nested } = await server.get(`/panel/runs?parent=${flow}&limit=50`);
    expect([nested.runs.length, nested.total, names(nested)[0]]).toEqual([50, 60, "step 59"]);
    expect(nested.runs[0]).not.toHaveProperty("parentName");
    const { json: all } = await server.get(`/panel/runs?parent=${flow}&limit=500`);
    expect(all.runs.at(-1)).toMatchObject({ name: "step 0", children: 1 });
    const { json: first } = await server.get(`/panel/runs?experiment=${experiment}&limit=2`);
    expect([names(first), first.total]).toEqual([["the flow", "beside 2"], 3]);
  });

  it("are found by a filter, with the name of the run they are nested in", async () => {
    const { folder, experiment } = await makeFlow();
    const server = await startServer({ folder });
    const filter = encodeURIComponent("attributes.run_name LIKE '%step 5%'");
    const { json: found } = await server.get(`/panel/runs?experiment=${experiment}&filter=${filter}&limit=3`);
    expect([names(found), found.total]).toEqual([["step 59", "step 58", "step 57"], 11]);
    expect(found.runs[0]).toMatchObject({ parentName: "the flow" });
  });

  it("stand by themselves where the run they are nested in does not: in another experiment, or deleted", async () => {
    const { folder, experiment, other, flow } = await makeFlow();
    const server = await startServer({ folder });
    const { json: elsewhere } = await server.get(`/panel/runs?experiment=${other}`);
    expect(elsewhere.runs).toMatchObject([{ name: "tracked in a step", parentName: "step 1" }]);
    await openRuns(findProject(folder)).deleteRun(flow);
    const { json: left } = await server.get(`/panel/runs?experiment=${experiment}&limit=100`);
    expect([left.total, names(left)[0], names(left).at(-1)]).toEqual([62, "step 59", "beside 1"]);
  });

  it("are none of a run that nobody knows", async () => {
    const { folder } = await makeFlow();
    const server = await startServer({ folder });
    expect((await server.get("/panel/runs?parent=0000")).json).toMatchObject({ runs: [], total: 0 });
  });

  it("and the others come in one answer of thousands", async () => {
    const { folder, experiment } = await makeProject();
    const store = openRuns(findProject(folder));
    for (let i = 0; i < 900; i++) {
      const params = Object.fromEntries(Array.from({ length: 12 }, (_, at) => [`param ${at}`, `value ${i}`]));
      const run = { experimentId: experiment, name: `many ${i}`, user: "ada", startMs: 9000 + i, parentId: null };
      await store.logParams((await store.createRun({ ...run, tags: {} })).id, params);
    }
    const server = await startServer({ folder });
    const { json: all } = await server.get(`/panel/runs?experiment=${experiment}&limit=1000`);
    expect([all.runs.length, all.total]).toEqual([903, 903]);
  });
});
