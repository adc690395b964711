import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Client, startServer } from "./client.ts";

interface Made {
  readonly server: Client;
  readonly run: string;
  readonly experiment: string;
  readonly model: string;
  /** The folder of the run's artifacts. */
  readonly folder: string;
}

async function made(): Promise<Made> {
  const server = await startServer();
  const experiment: string = (await server.post("experiments/create", { name: "seir" })).json.experiment_id;
  const run: string = (await server.post("runs/create", { experiment_id: experiment, start_time: 1 })).json.run.info
    .run_id;
  const logged = await server.post("logged-models", { experiment_id: experiment, name: "fit", source_run_id: run });
  await server.post("registered-models/create", { name: "seir" });
  const folder = join(server.folder, "stemma", "artifacts", experiment, run);
  mkdirSync(join(folder, "model"), { recursive: true });
  writeFileSync(join(folder, "model", "MLmodel"), "");
  return { server, run, experiment, model: logged.json.model.info.model_id, folder };
}

type Source = (made: Made) => string;

const inside: readonly (readonly [string, Source])[] = [
  ["the run's own model", ({ run }) => `runs:/${run}/model`],
  [
    "the run's artifacts behind the server",
    ({ experiment, run }) => `mlflow-artifacts:/${experiment}/${run}/artifacts/m`,
  ],
  ["a folder of the run's artifacts", ({ folder }) => join(folder, "model")],
  ["that folder as a URI", ({ folder }) => `file://${folder}/model`],
  ["a bucket", () => "s3://models/seir/1"],
];

const outside: readonly (readonly [string, Source])[] = [
  ["another folder", () => "/etc"],
  ["another folder as a URI", () => "file:///etc/passwd"],
  ["a relative folder", () => "model"],
  ["a way out of the run's folder", ({ folder }) => `${folder}/../../../..`],
  ["a way out, encoded", ({ folder }) => `file://${folder}/%2e%2e/%2e%2e/%2e%2e`],
  ["a link out of the run's folder", ({ folder }) => join(folder, "link")],
  ["a run of another id", () => "runs:/00000000000000000000000000000000/model"],
  ["artifacts of another run", ({ experiment }) => `mlflow-artifacts:/${experiment}/other/artifacts/m`],
  ["a longer name of the same run", ({ experiment, run }) => `mlflow-artifacts:/${experiment}/${run}/artifactsX`],
  ["a bucket with a way out", () => "s3://models/../other"],
  ["a bucket with a query", () => "s3://models/a?b"],
  ["a logged model that is not named", ({ model }) => `models:/${model}`],
  ["no model at all", () => "models:/"],
];

describe("a version", () => {
  it.each(inside)("is made of %s", async (_, source) => {
    const all = await made();
    const reply = await all.server.post("model-versions/create", {
      name: "seir",
      source: source(all),
      run_id: all.run,
    });
    expect([reply.status, reply.json.model_version?.source]).toEqual([200, source(all)]);
  });

  it.each(outside)("is not made of %s", async (_, source) => {
    const all = await made();
    symlinkSync("/etc", join(all.folder, "link"));
    const reply = await all.server.post("model-versions/create", {
      name: "seir",
      source: source(all),
      run_id: all.run,
    });
    expect([reply.status, reply.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect(reply.json.message).toContain(`Invalid model version source: '${source(all)}'.`);
  });

  it("gives its files, and none beside them", async () => {
    const { server, experiment, run, model } = await made();
    const place = `/api/2.0/mlflow-artifacts/artifacts/${experiment}/models/${model}/artifacts`;
    await server.send("PUT", `${place}/data/model.onnx`, { body: "bytes" });
    const version = { name: "seir", source: `models:/${model}`, model_id: model };
    await server.post("model-versions/create", version);
    await server.post("model-versions/create", { name: "seir", source: `runs:/${run}/model`, run_id: run });
    const file = (number: number, path: string): string =>
      `/model-versions/get-artifact?name=seir&version=${number}&path=${encodeURIComponent(path)}`;
    expect((await server.get(file(1, "data/model.onnx"))).text).toBe("bytes");
    expect((await server.get(file(2, "MLmodel"))).status).toBe(200);
    expect((await server.get(file(1, "data/none"))).status).toBe(404);
    expect((await server.get(file(1, "../../../stemma.db"))).status).toBe(400);
  });

  it("loses a file that its client deletes, and the run stays", async () => {
    const { server, experiment, run } = await made();
    const place = `/api/2.0/mlflow-artifacts/artifacts/${experiment}/${run}/artifacts`;
    expect((await server.send("DELETE", `${place}/model`)).status).toBe(200);
    expect((await server.get(`/api/2.0/mlflow/artifacts/list?run_id=${run}`)).json.files).toBeUndefined();
    expect((await server.send("DELETE", `${place}/model`)).status).toBe(200);
    const all = await server.send("DELETE", place);
    expect([all.status, all.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });
});
