import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, request } from "node:http";
import { createServer as createSecure } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type RunningServer, serve } from "../../src/server/index.ts";
import { findProject, openDatabase } from "../../src/store/index.ts";
import { openRestModels, openRestRuns, openRuns, pushRuns, type RestRuns, track } from "../../src/track/index.ts";
import { root } from "../support/tools.ts";

const before = process.cwd();
let server: RunningServer;
let store: RestRuns;
let told: string;

beforeEach(async () => {
  process.chdir(mkdtempSync(join(tmpdir(), "stemma-sink-")));
  server = await serve({ folder: mkdtempSync(join(tmpdir(), "stemma-team-")), port: 0, token: "secret" });
  store = openRestRuns({ uri: server.url, token: "secret" });
  told = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    told += String(text);
    return true;
  });
});

afterEach(async () => {
  vi.restoreAllMocks();
  track.use(null);
  await server.close();
  process.chdir(before);
});

const push = (options: object = {}) =>
  pushRuns(findProject(process.cwd()), { uri: server.url, token: "secret", ...options });

/** Stands before the server, and answers in its place where `answer` says so. */
async function gate(
  answer: (message: IncomingMessage) => { readonly status: number; readonly text: string } | null,
): Promise<string> {
  const proxy = createServer((message, response) => {
    const said = answer(message);
    if (said !== null) {
      message.resume();
      response.writeHead(said.status, { "content-type": "text/html" }).end(said.text);
      return;
    }
    const { host: _, ...headers } = message.headers;
    const onward = request(`${server.url}${message.url}`, { method: message.method, headers }, (found) => {
      response.writeHead(found.statusCode ?? 500, found.headers);
      found.pipe(response);
    });
    message.pipe(onward);
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  proxy.unref();
  return `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
}

describe("a run that is kept on a server too", () => {
  it("stays in the project when nobody answers, says so once, and is pushed later", async () => {
    track.use({ uri: "http://127.0.0.1:9", token: "secret" });
    const outer = await track("seir", { beta: 1 }, async (run) => {
      run.log({ rmse: 3 });
      await track.stage("fit", (inner) => inner.log({ acc: 1 }));
    });
    expect(told.match(/kept in the project only/g)).toHaveLength(1);
    expect(told).toContain("`stemma runs push http://127.0.0.1:9` sends them later");
    expect(outer.record()).toMatchObject({ status: "FINISHED", tags: { "stemma.unsent": "http://127.0.0.1:9" } });
    const { runs } = await push({ ids: [outer.id] });
    expect((await store.run(runs[0]?.serverId ?? ""))?.params).toEqual({ beta: "1" });
  });

  it("says what did not arrive when the token ends in the middle, and a push sends just that", async () => {
    let expired = false;
    const uri = await gate((message) =>
      expired && message.method === "POST" ? { status: 401, text: "token expired" } : null,
    );
    track.use({ uri, token: "secret" });
    const run = await track("seir", { beta: 1 });
    await vi.waitFor(async () => expect((await store.run(run.id))?.params).toEqual({ beta: "1" }));
    expired = true;
    run.log({ rmse: 3 });
    await run.artifact("fit.json", { a: 1 });
    await run.end();
    expect(told).toContain(`Run ${run.name} is whole in the project, but not on ${uri}: 1 point of rmse`);
    expect(told).toContain("wrong or expired");
    expect(run.record()).toMatchObject({ status: "FINISHED", tags: { "stemma.unsent": uri } });
    expired = false;
    const { runs, problems } = await pushRuns(findProject(process.cwd()), { uri, token: "secret" });
    expect(problems).toEqual([]);
    expect(runs).toMatchObject([{ id: run.id, serverId: run.id, points: 1, values: 0, artifacts: 1 }]);
    expect(await store.run(run.id)).toMatchObject({ status: "FINISHED", metrics: { rmse: { value: 3 } } });
    expect(run.record().tags).not.toHaveProperty("stemma.unsent");
    expect((await pushRuns(findProject(process.cwd()), { uri, token: "secret" })).runs).toEqual([]);
  });

  it("goes on when the server refuses one thing, and names it", async () => {
    const uri = await gate((message) =>
      message.url?.endsWith("runs/log-inputs")
        ? { status: 400, text: '{"error_code": "INVALID_PARAMETER_VALUE", "message": "no such source"}' }
        : null,
    );
    track.use({ uri, token: "secret" });
    const run = await track("seir", (run) => {
      run.input({ path: "cases.csv", md5: "0".repeat(32), bytes: 1 });
      run.log({ rmse: 3 });
    });
    expect(told).toContain("input cases.csv did not arrive");
    expect(told).toContain("no such source");
    expect(await store.run(run.id)).toMatchObject({ status: "FINISHED", metrics: { rmse: { value: 3 } } });
  });

  it("and was begun elsewhere comes with its whole curves when it is gone on with, each point once", async () => {
    track.use({ uri: server.url, token: "secret" });
    const { id } = await track("seir", (run) => {
      for (let step = 0; step < 1200; step++) run.log({ rmse: step / 7 }, { step });
      run.log({ up: Number.POSITIVE_INFINITY });
    });
    process.chdir(mkdtempSync(join(tmpdir(), "stemma-elsewhere-")));
    for (const value of [2, 1]) await track({ run: id }, (run) => run.log({ rmse: value }));
    track.use(null);
    for (const points of [await openRuns().metricHistory(id, "rmse"), await store.metricHistory(id, "rmse")]) {
      expect(points.map(({ step }) => step)).toEqual(Array.from({ length: 1202 }, (_, step) => step));
      expect(points.slice(-3).map(({ value }) => value)).toEqual([1199 / 7, 2, 1]);
    }
    const chunks = openDatabase(findProject(process.cwd())).first("SELECT sum(points) AS n FROM series");
    expect(chunks).toEqual({ n: 1203 });
  });

  it("gets a model that did not arrive by a push", async () => {
    let refuses = true;
    const uri = await gate((message) =>
      refuses && message.url?.includes("logged-models") === true ? { status: 401, text: "no" } : null,
    );
    track.use({ uri, token: "secret" });
    const run = await track("seir", async (run) => {
      run.log({ acc: 1 });
      await run.model("weights", join(root, "test/golden/mlflow-3.17.2/onnx-tensor/model.onnx"));
    });
    expect(told).toContain("model weights");
    refuses = false;
    const { runs, problems } = await pushRuns(findProject(process.cwd()), { uri, token: "secret" });
    expect([runs, problems]).toMatchObject([[{ id: run.id, models: 1 }], []]);
    const models = openRestModels({ uri: server.url, token: "secret" });
    const [made] = (await models.runModels(run.id)).outputs;
    expect(await models.loggedModel(made?.modelId ?? "")).toMatchObject({
      name: "weights",
      status: "READY",
      metrics: [{ key: "acc", value: 1, runId: run.id }],
    });
    expect(run.record().tags).not.toHaveProperty("stemma.unsent");
  });

  it("has there what it measured of its models, also behind them", async () => {
    track.use({ uri: server.url, token: "secret" });
    const run = await track("seir", async (run) => {
      await run.model("weights", join(root, "test/golden/mlflow-3.17.2/onnx-tensor/model.onnx"));
      run.log({ acc: 1 });
    });
    expect(told).toBe("");
    const models = openRestModels({ uri: server.url, token: "secret" });
    const [made] = (await models.runModels(run.id)).outputs;
    const { metrics } = (await models.loggedModel(made?.modelId ?? "")) ?? {};
    expect(metrics).toMatchObject([{ key: "acc", value: 1, runId: run.id }]);
  });

  it("is not opened where a login page answers, and nothing is left behind", async () => {
    track.use({ uri: await gate(() => ({ status: 200, text: "<html>Sign in</html>" })), token: "secret" });
    await expect(track("seir")).rejects.toMatchObject({ code: "SERVER_ANSWER" });
    track.use({ uri: server.url, token: "wrong" });
    await expect(track("seir")).rejects.toMatchObject({ code: "SERVER_AUTH" });
    track.use(null);
    expect(track.runs()).toHaveLength(0);
  });

  it("is made whole by a push after its process was killed", async () => {
    const script = join(process.cwd(), "killed.ts");
    writeFileSync(
      script,
      `import { track } from ${JSON.stringify(join(root, "src/track/index.ts"))};
const run = await track({ experiment: "seir", sync: "call" });
for (let i = 0; i < 3000; i++) run.log({ rmse: i }, { step: i });
console.log(run.id);
process.kill(process.pid, "SIGKILL");
`,
    );
    const env = { ...process.env, MLFLOW_TRACKING_URI: server.url, MLFLOW_TRACKING_TOKEN: "secret" };
    const child = spawn(process.execPath, [script], { env, stdio: ["ignore", "pipe", "inherit"] });
    const [printed] = (await once(child.stdout, "data")) as [Buffer];
    await once(child, "exit");
    const id = String(printed).trim();
    expect((await store.run(id))?.status).toBe("RUNNING");
    const { runs } = await push();
    expect(runs).toMatchObject([{ id, serverId: id, problems: [] }]);
    expect((await store.run(id))?.status).toBe("KILLED");
    expect(await store.metricHistory(id, "rmse")).toHaveLength(3000);
  });
});

describe("a question that is waited for", () => {
  it("is stopped by Ctrl-C while the server hangs, and says so", async () => {
    const silent = createServer(() => {}).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const uri = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    const script = join(process.cwd(), "asks.ts");
    writeFileSync(
      script,
      `import { track } from ${JSON.stringify(join(root, "src/track/index.ts"))};
await null;
process.on("SIGINT", () => console.log("heard"));
setTimeout(() => console.log("goes on"), 0);
try { track.use(${JSON.stringify(uri)}); track.runs("seir"); } catch (error) { console.log(error.code, error.message); }
`,
    );
    const child = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
    let printed = "";
    child.stdout.on("data", (chunk) => {
      printed += String(chunk);
    });
    await once(silent, "request");
    child.kill("SIGINT");
    await once(child, "exit");
    silent.closeAllConnections();
    silent.close();
    expect(printed).toMatch(/^SERVER_WAIT Stopped\. The tracking server http:\S+ had not answered for [\d.]+ s/);
    expect(printed).toContain("heard\n");
    expect(printed).toContain("goes on\n");
  });
});

describe("the address of track.use()", () => {
  it.each([
    ["sqlite:///mlflow.db", "mlflow server --backend-store-uri sqlite:///mlflow.db"],
    ["file:///home/ada/mlruns", "stemma runs import"],
    ["databricks", "Databricks' own sign-in"],
    ["postgresql://ada:secret@db/mlflow", "postgresql://db/mlflow"],
  ])("%s is refused with the way out", (uri, way) => {
    expect(() => track.use(uri)).toThrow(way);
    expect(() => track.use(uri)).not.toThrow("ada:secret");
  });
});

describe("a server with a certificate of its own authority", () => {
  it("is believed with the file of that authority, or when any is to be believed, and else named", async () => {
    const folder = process.cwd();
    const openssl = (args: string): void =>
      void execFileSync("openssl", args.split(" "), { cwd: folder, stdio: "ignore" });
    openssl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout ca.key -out ca.pem -subj /CN=ca",
    );
    openssl("req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout s.key -out s.csr -subj /CN=127.0.0.1");
    writeFileSync(join(folder, "san"), "subjectAltName=IP:127.0.0.1\n");
    openssl("x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out s.pem -extfile san");
    const [key, cert] = ["s.key", "s.pem"].map((name) => execFileSync("cat", [join(folder, name)]));
    const secure = createSecure({ key, cert }, (_, response) => response.end('{"experiments": []}'));
    secure.listen(0, "127.0.0.1");
    await once(secure, "listening");
    const uri = `https://127.0.0.1:${(secure.address() as AddressInfo).port}`;
    expect(await openRestRuns({ uri, serverCertPath: join(folder, "ca.pem") }).experiments()).toEqual([]);
    expect(await openRestRuns({ uri, insecureTls: true }).experiments()).toEqual([]);
    await expect(openRestRuns({ uri }).experiments()).rejects.toThrow("MLFLOW_TRACKING_SERVER_CERT_PATH");
    track.use({ uri });
    await expect(track("seir")).rejects.toMatchObject({ code: "SERVER_TRUST" });
    track.use({ uri: server.url.replace("http:", "https:") });
    await expect(track("seir")).rejects.toThrow(`is it ${server.url}?`);
    track.use(null);
    expect([told, track.runs()]).toEqual(["", expect.objectContaining({ length: 0 })]);
    expect(() => openRestRuns({ uri, serverCertPath: join(folder, "none.pem") })).toThrow("none.pem");
    expect(() => openRestRuns({ uri, serverCertPath: join(folder, "san") })).toThrow("no certificate in PEM");
    secure.close();
  });
});
