import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { flow } from "../../src/flow/index.ts";
import { setRenderer } from "../../src/host/index.ts";
import { openModels } from "../../src/track/index.ts";
import { emptyFolder, startServer } from "./client.ts";

setRenderer("flow-run", () => ({ "text/plain": "" }));

const before = process.cwd();
const folder = emptyFolder();
mkdirSync(join(folder, ".dvc"));
afterAll(() => process.chdir(before));

function fitOne({ beta }: { beta: number }): number {
  console.log("beta is", beta);
  if (beta < 0) throw new Error("beta is under 0");
  return beta;
}

describe("the panel's lists", () => {
  it("are empty where nobody did anything, and make nothing", async () => {
    const server = await startServer({ folder });
    expect((await server.get("/panel/flows")).json).toEqual({ runs: [], total: 0 });
    expect((await server.get("/panel/data")).json).toEqual({ files: [], total: 0 });
    expect((await server.get("/panel/models")).json).toEqual({ models: [], total: 0 });
  });

  it("have runs of flows with their tasks and logs, failed ones first", async () => {
    process.chdir(folder);
    const fit = flow("fit", { betas: [1, -1] }, (f, p) => f.map(p.betas, (beta) => f.step(fitOne, { beta })));
    await expect(fit.run()).rejects.toThrow("beta is under 0");
    const server = await startServer({ folder });
    const { json: body } = await server.get("/panel/flows?filter=fit%20failed");
    expect(body).toMatchObject({ total: 1, runs: [{ flow: "fit", state: "failed", params: "betas [1,-1]" }] });
    const [{ id }] = body.runs;
    const { json: page } = await server.get(`/panel/flows/${id}?limit=1`);
    expect(page).toMatchObject({ total: 2, tries: [{ step: "fitOne", item: "1", state: "failed", hasLog: true }] });
    const log = await server.get(`/panel/flow-log/${id}?step=fitOne&item=1`);
    expect(log.json).toEqual({ text: "beta is -1\n", cut: false });
    expect((await server.get("/panel/flows/nobody")).status).toBe(404);
  });

  it("have a page of the runs of flows, found by words in any case and by their state", async () => {
    const folder = emptyFolder();
    mkdirSync(join(folder, ".dvc"));
    process.chdir(folder);
    const name = "Größe messen";
    const measured = flow(name, { x: 0 }, (f, p) => f.step(fitOne, { beta: p.x }));
    for (let x = 0; x < 7; x++) await measured.run({ x });
    await expect(measured.run({ x: -1 })).rejects.toThrow();
    const server = await startServer({ folder });
    const ask = async (query: string) => (await server.get(`/panel/flows?${query}`)).json;
    const params = ({ runs }: { runs: { params: string }[] }) => runs.map((run) => run.params);
    expect(params(await ask("offset=2&limit=3"))).toEqual(["x 5", "x 4", "x 3"]);
    expect(await ask("offset=2&limit=3")).toMatchObject({ total: 8 });
    const found = await ask(`filter=${encodeURIComponent("GRÖßE done")}&offset=1&limit=2`);
    expect([params(found), found.total]).toEqual([["x 5", "x 4"], 7]);
    const failed = await ask("filter=failed&limit=2");
    expect(failed).toMatchObject({ total: 1, runs: [{ flow: name, error: "step fitOne: beta is under 0" }] });
    const [{ id }] = (await ask("offset=2&limit=1")).runs;
    const { graph } = (await server.get(`/panel/flows/${id}`)).json.view;
    expect(graph.nodes.find((node: { id: string }) => node.id === "param:x")).toMatchObject({ detail: "5" });
    expect(await ask("offset=100")).toEqual({ runs: [], total: 8 });
  });

  it("have what .dvc files record, missing where it is not there", async () => {
    const md5 = "d8e8fca2dc0f896fd7cb4cb0031ba249";
    writeFileSync(
      join(folder, "größe 1.csv.dvc"),
      `outs:\n- md5: ${md5}\n  size: 5\n  hash: md5\n  path: größe 1.csv\n`,
    );
    const server = await startServer({ folder });
    const file = { path: "größe 1.csv", md5, bytes: 5, folder: false, state: "missing" };
    expect((await server.get("/panel/data?filter=other")).json).toEqual({ files: [], total: 0 });
    expect((await server.get(`/panel/data?filter=${encodeURIComponent("GRÖßE CSV")}`)).json).toEqual({
      files: [file],
      total: 1,
    });
    const history = await server.get(`/panel/data-history?path=${encodeURIComponent(file.path)}`);
    expect(history.json).toMatchObject({ versions: [{ md5, commit: null }], uses: [] });
  });

  it("have models with their versions and aliases", async () => {
    const models = openModels(folder);
    await models.createModel("net");
    await models.createVersion("net", { source: "runs:/0/model" });
    await models.setAlias({ name: "net", version: 1 }, "champion");
    const server = await startServer({ folder });
    const { json: body } = await server.get("/panel/models");
    expect(body).toMatchObject({
      total: 1,
      models: [{ name: "net", versions: [{ version: "1", aliases: ["champion"] }] }],
    });
  });
});
