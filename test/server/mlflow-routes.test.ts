import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { findProject } from "../../src/store/index.ts";
import { openRuns } from "../../src/track/index.ts";
import { type Client, emptyFolder, startServer } from "./client.ts";

const api = "/api/2.0/mlflow";
const patient = { timeout: 20_000 };
const proxy = "/api/2.0/mlflow-artifacts/artifacts";

interface Made {
  readonly experiment: string;
  readonly run: string;
  /** Where the run's artifacts are on the wire. */
  readonly artifacts: string;
}

async function makeRun(server: Client, name = "calm-owl-7"): Promise<Made> {
  const made = await server.post("experiments/create", { name: `of ${name}` });
  const experiment: string = made.json.experiment_id;
  const reply = await server.post("runs/create", { experiment_id: experiment, run_name: name, start_time: 1000 });
  const run: string = reply.json.run.info.run_id;
  return { experiment, run, artifacts: `${proxy}/${experiment}/${run}/artifacts` };
}

async function readRun(server: Client, run: string): Promise<ReturnType<typeof JSON.parse>> {
  return (await server.get(`${api}/runs/get?run_id=${run}`)).json.run;
}

describe("a run over REST", () => {
  it("is made, filled, ended and read back as MLflow writes it", async () => {
    const server = await startServer();
    const { experiment, run } = await makeRun(server);
    const metrics = [
      { key: "rmse", value: 3.5, timestamp: 2, step: 0 },
      { key: "rmse", value: 1.25, timestamp: 3, step: 1 },
      { key: "bad", value: "NaN", timestamp: 3 },
      { key: "far", value: "-Infinity", timestamp: 3 },
    ];
    const params = [{ key: "beta", value: "0.3" }];
    expect((await server.post("runs/log-batch", { run_id: run, metrics, params })).json).toEqual({});
    await server.post("runs/set-tag", { run_id: run, key: "team", value: "epi" });
    const ended = await server.post("runs/update", { run_id: run, status: "FINISHED", end_time: 2000 });
    const info = {
      run_uuid: run,
      experiment_id: experiment,
      run_name: "calm-owl-7",
      user_id: "unknown",
      status: "FINISHED",
      start_time: 1000,
      end_time: 2000,
      artifact_uri: `mlflow-artifacts:/${experiment}/${run}/artifacts`,
      lifecycle_stage: "active",
      run_id: run,
    };
    expect(ended.json).toEqual({ run_info: info });
    const read = await readRun(server, run);
    expect(read.info).toEqual(info);
    expect(read.inputs).toEqual({});
    expect(read.data.params).toEqual(params);
    expect(read.data.metrics).toEqual(
      expect.arrayContaining([
        { key: "rmse", value: 1.25, timestamp: 3, step: 1 },
        { key: "bad", value: "NaN", timestamp: 3, step: 0 },
        { key: "far", value: "-Infinity", timestamp: 3, step: 0 },
      ]),
    );
    expect(read.data.tags).toEqual(
      expect.arrayContaining([
        { key: "team", value: "epi" },
        { key: "mlflow.runName", value: "calm-owl-7" },
      ]),
    );
  });

  it("is read by our own store while the server runs", async () => {
    const server = await startServer();
    const { run } = await makeRun(server);
    await server.post("runs/log-metric", { run_id: run, key: "rmse", value: 2, timestamp: 5, step: 7 });
    const store = openRuns(findProject(server.folder));
    expect((await store.run(run))?.metrics["rmse"]).toEqual({ value: 2, timeMs: 5, step: 7 });
  });

  it("is renamed by its name and by the tag mlflow.runName", async () => {
    const server = await startServer();
    const { run } = await makeRun(server);
    await server.post("runs/update", { run_id: run, run_name: "b" });
    expect((await readRun(server, run)).info.run_name).toBe("b");
    await server.post("runs/set-tag", { run_id: run, key: "mlflow.runName", value: "c" });
    expect((await readRun(server, run)).info.run_name).toBe("c");
  });

  it("gets a name when it has none, and experiment 0 when none is named", async () => {
    const server = await startServer();
    const { info } = (await server.post("runs/create", {})).json.run;
    expect(info.run_name).toMatch(/^\w+-\w+/);
    expect(info.experiment_id).toBe("0");
    expect((await server.get(`${api}/experiments/get?experiment_id=0`)).json.experiment.name).toBe("Default");
  });

  it("keeps a param's value; a batch that would change one writes nothing", async () => {
    const server = await startServer();
    const { run } = await makeRun(server);
    await server.post("runs/log-parameter", { run_id: run, key: "beta", value: "0.3" });
    expect((await server.post("runs/log-parameter", { run_id: run, key: "beta", value: "0.3" })).status).toBe(200);
    const refused = await server.post("runs/log-batch", {
      run_id: run,
      metrics: [{ key: "m", value: 1, timestamp: 1 }],
      params: [
        { key: "new", value: "1" },
        { key: "beta", value: "0.4" },
      ],
    });
    expect([refused.status, refused.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect(refused.json.message).toContain("Changing param values is not allowed. Param with key='beta'");
    const { data } = await readRun(server, run);
    expect(data.params).toEqual([{ key: "beta", value: "0.3" }]);
    expect(data.metrics).toBeUndefined();
  });

  it("takes nothing while it is deleted, and everything after it was restored", async () => {
    const server = await startServer();
    const { run, experiment } = await makeRun(server);
    await server.post("runs/delete", { run_id: run });
    const refused = await server.post("runs/set-tag", { run_id: run, key: "a", value: "b" });
    expect([refused.status, refused.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
    expect((await server.post("runs/search", { experiment_ids: [experiment] })).json).toEqual({});
    await server.post("runs/restore", { run_id: run });
    expect((await server.post("runs/set-tag", { run_id: run, key: "a", value: "b" })).status).toBe(200);
  });

  it.each([
    ["GET", `${api}/runs/get?run_id=none`],
    ["GET", `${api}/metrics/get-history?run_id=none&metric_key=a`],
    ["GET", `${api}/artifacts/list?run_id=none`],
    ["GET", `${api}/experiments/get?experiment_id=77`],
    ["GET", `${api}/experiments/get-by-name?experiment_name=none`],
    ["POST", `${api}/runs/log-parameter`],
    ["POST", `${api}/runs/update`],
    ["POST", `${api}/runs/delete`],
    ["POST", `${api}/runs/delete-tag`],
  ])("%s %s of what is not there answers RESOURCE_DOES_NOT_EXIST", async (method, path) => {
    const server = await startServer();
    const body = method === "POST" ? { body: { run_id: "none", key: "a", value: "b" } } : {};
    const reply = await server.send(method, path, body);
    expect([reply.status, reply.json.error_code]).toEqual([404, "RESOURCE_DOES_NOT_EXIST"]);
  });

  it("refuses an experiment that is there already", async () => {
    const server = await startServer();
    await server.post("experiments/create", { name: "seir" });
    const reply = await server.post("experiments/create", { name: "seir" });
    expect([reply.status, reply.json.error_code]).toEqual([400, "RESOURCE_ALREADY_EXISTS"]);
  });
});

describe("a search over REST", () => {
  it("filters, orders and pages as asked", async () => {
    const server = await startServer();
    const { experiment } = await makeRun(server, "first");
    for (const rmse of [3, 1, 2, 9]) {
      const made = await server.post("runs/create", { experiment_id: experiment, run_name: `rmse ${rmse}` });
      const run = made.json.run.info.run_id;
      await server.post("runs/log-metric", { run_id: run, key: "rmse", value: rmse, timestamp: 1 });
    }
    const query = { experiment_ids: [experiment], filter: "metrics.rmse < 5", order_by: ["metrics.rmse ASC"] };
    const first = (await server.post("runs/search", { ...query, max_results: 2 })).json;
    const second = (await server.post("runs/search", { ...query, max_results: 2, page_token: first.next_page_token }))
      .json;
    const names = [...first.runs, ...second.runs].map((found) => found.info.run_name);
    expect(names).toEqual(["rmse 1", "rmse 2", "rmse 3"]);
    expect(second.next_page_token).toBeUndefined();
  });

  it("answers a filter that it cannot read with the reason", async () => {
    const server = await startServer();
    const { experiment } = await makeRun(server);
    const reply = await server.post("runs/search", { experiment_ids: [experiment], filter: "metrics.rmse < 'high'" });
    expect([reply.status, reply.json.error_code]).toEqual([400, "INVALID_PARAMETER_VALUE"]);
  });

  it("pages a series, and gives all of it when no page size is asked for", async () => {
    const server = await startServer();
    const { run } = await makeRun(server);
    const metrics = Array.from({ length: 5 }, (_, step) => ({ key: "rmse", value: step * 2, timestamp: 10, step }));
    await server.post("runs/log-batch", { run_id: run, metrics });
    const path = `${api}/metrics/get-history?run_id=${run}&metric_key=rmse`;
    const all = (await server.get(path)).json;
    expect(all).toEqual({ metrics });
    const first = (await server.get(`${path}&max_results=3`)).json;
    const token = encodeURIComponent(first.next_page_token);
    const rest = (await server.get(`${path}&max_results=3&page_token=${token}`)).json;
    expect([...first.metrics, ...rest.metrics]).toEqual(metrics);
    expect(rest.next_page_token).toBeUndefined();
    expect((await server.get(`${path}&max_results=0`)).status).toBe(400);
    expect((await server.get(`${path}&page_token=abc`)).status).toBe(400);
  });

  it("thins series of several runs, first and last point kept", async () => {
    const server = await startServer();
    const { run } = await makeRun(server);
    const metrics = Array.from({ length: 1000 }, (_, step) => ({ key: "rmse", value: step, timestamp: 10, step }));
    await server.post("runs/log-batch", { run_id: run, metrics });
    const path = `${api}/metrics/get-history-bulk-interval?run_ids=${run}&metric_key=rmse`;
    const thinned = (await server.get(`${path}&max_results=10&start_step=100&end_step=900`)).json.metrics;
    expect(thinned).toHaveLength(10);
    expect([thinned[0].step, thinned[9].step, thinned[0].run_id]).toEqual([100, 900, run]);
    expect((await server.get(`${path}&start_step=5`)).status).toBe(400);
  });
});

describe("artifacts over REST", () => {
  it("are uploaded, listed and downloaded byte for byte", async () => {
    const server = await startServer();
    const { run, artifacts } = await makeRun(server);
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 256));
    expect((await server.send("PUT", `${artifacts}/data/big%20one.bin`, { body: bytes })).json).toEqual({});
    await server.send("PUT", `${artifacts}/gr%C3%B6%C3%9Fe.txt`, { body: "5 m" });
    await server.send("PUT", `${artifacts}/empty`, { body: "" });
    expect((await server.get(`${artifacts}/data/big%20one.bin`)).body).toEqual(bytes);
    expect((await server.get(`/get-artifact?run_id=${run}&path=gr%C3%B6%C3%9Fe.txt`)).text).toBe("5 m");
    expect((await server.get(`${artifacts}/empty`)).body).toHaveLength(0);
    const top = (await server.get(`${api}/artifacts/list?run_id=${run}`)).json.files;
    expect(top).toEqual([
      { path: "data", is_dir: true },
      { path: "empty", is_dir: false, file_size: 0 },
      { path: "größe.txt", is_dir: false, file_size: 3 },
    ]);
    const inside = (await server.get(`${api}/artifacts/list?run_id=${run}&path=data`)).json.files;
    expect(inside).toEqual([{ path: "data/big one.bin", is_dir: false, file_size: 200_000 }]);
    const proxied = (await server.get(`${proxy}?path=${artifacts.slice(proxy.length + 1)}/data`)).json.files;
    expect(proxied).toEqual([{ path: "big one.bin", is_dir: false, file_size: 200_000 }]);
  });

  it("go out as downloads that no browser runs", async () => {
    const server = await startServer();
    const { artifacts } = await makeRun(server);
    await server.send("PUT", `${artifacts}/a"b.html`.replace('"', "%22"), { body: "<script>alert(1)</script>" });
    const { headers } = await server.get(`${artifacts}/a%22b.html`);
    expect(headers).toMatchObject({
      "content-type": "application/octet-stream",
      "content-disposition": "attachment; filename*=UTF-8''a%22b.html",
      "x-content-type-options": "nosniff",
      "content-security-policy": "default-src 'none'; sandbox",
    });
  });

  it.each([
    "../../../secret",
    "..%2f..%2f..%2fsecret",
    "%2e%2e/%2e%2e/%2e%2e/secret",
    "%252e%252e/x",
    "a%5c..%5cb",
    "a%00b",
  ])("at %s are refused, read and written", async (path) => {
    const server = await startServer();
    writeFileSync(join(server.folder, "stemma-secret"), "");
    const { run, artifacts } = await makeRun(server);
    for (const [method, at] of [
      ["GET", `${artifacts}/${path}`],
      ["PUT", `${artifacts}/${path}`],
      ["GET", `/get-artifact?run_id=${run}&path=${path}`],
      ["GET", `${api}/artifacts/list?run_id=${run}&path=${path}`],
      ["GET", `${proxy}?path=${artifacts.slice(proxy.length + 1)}/${path}`],
    ] as const) {
      const reply = await server.send(method, at, method === "PUT" ? { body: "x" } : {});
      expect([at, reply.status, reply.json.error_code]).toEqual([at, 400, "INVALID_PARAMETER_VALUE"]);
    }
  });

  it("are not reached through a link that leads out", async () => {
    const server = await startServer();
    const { run, artifacts } = await makeRun(server);
    await server.send("PUT", `${artifacts}/a`, { body: "" });
    const record = await openRuns(findProject(server.folder)).run(run);
    const outside = emptyFolder();
    writeFileSync(join(outside, "secret"), "");
    symlinkSync(outside, join(record?.artifactFolder ?? "", "out"));
    expect((await server.get(`${artifacts}/out/secret`)).status).toBe(400);
    expect((await server.get(`${api}/artifacts/list?run_id=${run}&path=out`)).status).toBe(400);
    expect((await server.send("PUT", `${artifacts}/out/new`, { body: "x" })).status).toBe(400);
    expect(readdirSync(outside)).toEqual(["secret"]);
  });

  it.each(["nope.txt", "data", ""])(
    "that are no file (%j) answer RESOURCE_DOES_NOT_EXIST or are asked for",
    async (path) => {
      const server = await startServer();
      const { run, artifacts } = await makeRun(server);
      await server.send("PUT", `${artifacts}/data/x`, { body: "" });
      const reply = await server.get(`/get-artifact?run_id=${run}&path=${path}`);
      expect(reply.json.error_code).toBe(path === "" ? "INVALID_PARAMETER_VALUE" : "RESOURCE_DOES_NOT_EXIST");
    },
  );

  it("of another run, of none, or beside the artifacts are not there", async () => {
    const server = await startServer();
    const { run, experiment } = await makeRun(server);
    for (const path of [`${experiment}/none/artifacts/x`, `99/${run}/artifacts/x`, `${experiment}/${run}/x`, "x"]) {
      const reply = await server.send("PUT", `${proxy}/${path}`, { body: "x" });
      expect([path, reply.status]).toEqual([path, 404]);
    }
  });

  it("that were only half sent leave nothing behind", async () => {
    const server = await startServer({ auth: false });
    const { run, artifacts } = await makeRun(server);
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
    socket.write(`PUT ${artifacts}/half HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n12345`);
    const aside = join(server.folder, "stemma", "tmp");
    await expect.poll(() => existsSync(aside) && readdirSync(aside).length, patient).toBe(1);
    socket.destroy();
    await expect.poll(() => readdirSync(aside), patient).toEqual([]);
    const record = await openRuns(findProject(server.folder)).run(run);
    expect(existsSync(join(record?.artifactFolder ?? "", "half"))).toBe(false);
  });

  it("replace one of the same name", async () => {
    const server = await startServer();
    const { run, artifacts } = await makeRun(server);
    await server.send("PUT", `${artifacts}/a`, { body: "one" });
    await server.send("PUT", `${artifacts}/a`, { body: "two" });
    const record = await openRuns(findProject(server.folder)).run(run);
    expect(readFileSync(join(record?.artifactFolder ?? "", "a"), "utf8")).toBe("two");
  });
});

describe("experiments over REST", () => {
  it("are searched with a filter, paged", async () => {
    const server = await startServer();
    for (const name of ["a1", "a2", "b1"]) await server.post("experiments/create", { name });
    const query = { filter: "name LIKE 'a%'", order_by: ["name ASC"], max_results: 1 };
    const first = (await server.post("experiments/search", query)).json;
    const second = (await server.post("experiments/search", { ...query, page_token: first.next_page_token })).json;
    expect([...first.experiments, ...second.experiments].map(({ name }: { name: string }) => name)).toEqual([
      "a1",
      "a2",
    ]);
    expect(second.next_page_token).toBeUndefined();
  });

  it("take tags", async () => {
    const server = await startServer();
    const { experiment } = await makeRun(server);
    await server.post("experiments/set-experiment-tag", { experiment_id: experiment, key: "owner", value: "ada" });
    const read = (await server.get(`/ajax-api/2.0/mlflow/experiments/get?experiment_id=${experiment}`)).json.experiment;
    expect(read.tags).toEqual([{ key: "owner", value: "ada" }]);
    expect(read.artifact_location).toBe(`mlflow-artifacts:/${experiment}`);
  });

  it("keep no artifacts elsewhere", async () => {
    const server = await startServer();
    const reply = await server.post("experiments/create", { name: "x", artifact_location: "s3://bucket" });
    expect(reply.json.message).toContain("this server keeps artifacts in the project");
  });
});
