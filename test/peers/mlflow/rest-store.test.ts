import { createHash, randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openRestModels, openRestRuns, type RestRuns, type RunRecord, track } from "../../../src/track/index.ts";
import { conformance } from "../../conformance/run-store.ts";
import { type Postgres, type S3Server, startPostgres, startS3, startSshd } from "../../support/services/index.ts";
import { root } from "../../support/tools.ts";
import { type MlflowServer, startMlflow } from "./mlflow-server.ts";
import { emptyFolder } from "./serve.ts";

let server: MlflowServer;
let team: MlflowServer;
let postgres: Postgres;
let s3: S3Server;

/** What the AWS SDK reads in this process. */
const before = { ...process.env };

beforeAll(async () => {
  [postgres, s3] = await Promise.all([startPostgres(), startS3()]);
  s3.createBucket("runs");
  Object.assign(process.env, s3.env);
  [server, team] = await Promise.all([
    startMlflow({ env: { MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES: "sftp" } }),
    startMlflow({
      database: postgres.createDatabase("mlflow"),
      artifacts: { root: "s3://runs/direct", proxied: "s3://runs/proxied" },
      env: s3.env,
    }),
  ]);
});
afterAll(async () => {
  // Those that have started: where one does not, the others end too.
  await Promise.all([server?.close(), team?.close()]);
  await Promise.all([postgres?.close(), s3?.close()]);
  process.env = before;
});

const differences = {
  "of metrics may be NaN, -0 and both infinities": "it keeps -0 as 0 and infinities as the largest numbers",
  "gives every run once, page by page, also when runs come meanwhile": "its page tokens count rows, which shift",
};
conformance("of a real MLflow server on SQLite", () => emptyStore(server), differences);
conformance("of a real MLflow server on PostgreSQL and S3", () => emptyStore(team), differences);

describe("on a real MLflow server with S3 behind it", () => {
  it("a large file goes to S3 in parts where the proxy offers that, and comes back whole", async () => {
    process.env["MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE"] = "6000000";
    process.env["MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE"] = String(5 * 1024 * 1024);
    const store = await emptyStore(team);
    await team.post("experiments/create", { name: "seir", artifact_location: "mlflow-artifacts:/parts" });
    const experimentId = (await store.experimentByName("seir"))?.id ?? "";
    const run = await store.createRun({ experimentId, name: "", user: "a", startMs: 0, parentId: null, tags: {} });
    const folder = emptyFolder();
    const bytes = Buffer.alloc(12_000_000, "größe");
    writeFileSync(join(folder, "in.bin"), bytes);
    await store.uploadArtifact(run.id, "data/größe 1.bin", join(folder, "in.bin"));
    await store.downloadArtifact(run.id, "data/größe 1.bin", join(folder, "out.bin"));
    expect(md5(readFileSync(join(folder, "out.bin")))).toBe(md5(bytes));
    // S3's digest of an object that came in parts says in how many.
    const { ETag } = await new S3Client({ forcePathStyle: true, endpoint: s3.endpoint, region: s3.region }).send(
      new HeadObjectCommand({ Bucket: "runs", Key: `proxied/parts/${run.id}/artifacts/data/größe 1.bin` }),
    );
    expect(ETag).toMatch(/-3"?$/);
  });
});

describe("on a real MLflow server with S3 behind it", () => {
  it("a model that a foreign tool registered by its place in S3 is loaded", async () => {
    const store = await emptyStore(team);
    const { id: experimentId } = await store.createExperiment("seir");
    const run = await store.createRun({ experimentId, name: "", user: "a", startMs: 0, parentId: null, tags: {} });
    const golden = join(root, "test/golden/mlflow-3.17.2/onnx-tensor");
    for (const name of ["MLmodel", "model.onnx"]) await store.uploadArtifact(run.id, `fit/${name}`, join(golden, name));
    const models = openRestModels({ uri: team.url });
    await models.createModel("from S3");
    await models.createVersion("from S3", { source: `${run.artifactFolder}/fit`, runId: run.id });
    expect(run.artifactFolder).toMatch(/^s3:/);
    track.use(team.url);
    const model = await track.model("from S3/1");
    track.use(null);
    expect(model.info).toMatchObject({ flavor: "onnx", uri: "models:/from S3/1" });
  });
});

describe("on a real MLflow server that keeps artifacts behind SFTP", () => {
  const home = process.env["HOME"];
  afterAll(() => {
    process.env["HOME"] = home;
  });

  it("they are written, listed and read from here, by the settings of OpenSSH", async () => {
    const sshd = await startSshd();
    process.env["HOME"] = emptyFolder();
    mkdirSync(join(process.env["HOME"], ".ssh"));
    const settings = `Host *\n  IdentityFile ${sshd.keyFile}\n  UserKnownHostsFile ${sshd.knownHosts}\n`;
    writeFileSync(join(process.env["HOME"], ".ssh", "config"), settings);
    const store = await emptyStore(server);
    const location = `sftp://${sshd.user}@127.0.0.1:${sshd.port}${sshd.folder}`;
    await server.post("experiments/create", { name: "seir", artifact_location: location });
    const experimentId = (await store.experimentByName("seir"))?.id ?? "";
    const run = await store.createRun({ experimentId, name: "", user: "a", startMs: 0, parentId: null, tags: {} });
    const text = Buffer.from("größe");
    await store.writeArtifact(run.id, "plots/größe.json", text);
    await store.writeArtifact(run.id, "plots/größe.json", Buffer.from("replaced"));
    const folder = emptyFolder();
    writeFileSync(join(folder, "in"), text);
    await Promise.all(["a", "b c"].map((path) => store.uploadArtifact(run.id, path, join(folder, "in"))));
    expect(await store.artifacts(run.id)).toEqual([
      { path: "plots", folder: true, bytes: null },
      { path: "a", folder: false, bytes: text.length },
      { path: "b c", folder: false, bytes: text.length },
    ]);
    expect(await store.artifacts(run.id, "plots")).toMatchObject([{ path: "plots/größe.json" }]);
    expect(Buffer.from(await store.readArtifact(run.id, "plots/größe.json")).toString()).toBe("replaced");
    await store.downloadArtifact(run.id, "b c", join(folder, "out"));
    expect(readFileSync(join(folder, "out"))).toEqual(text);
    expect(readFileSync(join(sshd.folder, run.id, "artifacts", "a"))).toEqual(text);
    await expect(store.readArtifact(run.id, "none")).rejects.toMatchObject({ code: "ARTIFACT_NOT_FOUND" });
    await sshd.close();
    await expect(store.readArtifact(run.id, "a")).rejects.toMatchObject({ code: "ARTIFACT_ROOT" });
  });
});

describe("on a real MLflow server", () => {
  it("more values than one request may hold arrive whole", async () => {
    const { store, run } = await emptyRun();
    const params = Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`p${i}`, String(i)]));
    const points = Array.from({ length: 2500 }, (_, step) => ({ key: "rmse", value: step / 7, step, timeMs: step }));
    await store.logParams(run.id, params);
    await store.setTags(run.id, params);
    await store.logMetrics(run.id, points);
    const found = await store.run(run.id);
    expect(found?.params).toEqual(params);
    expect(found?.tags).toMatchObject(params);
    expect(found?.metrics["rmse"]).toEqual({ value: 2499 / 7, step: 2499, timeMs: 2499 });
    expect(await store.metricHistory(run.id, "rmse")).toEqual(points.map(({ key: _, ...point }) => point));
  });

  it("a text that it would cut is refused by name", async () => {
    const { store, run } = await emptyRun();
    const text = "ä".repeat(6001);
    await expect(store.logParams(run.id, { long: text })).rejects.toThrow(
      'The param "long" has 6001 characters, and an MLflow server cuts it at 6000.',
    );
    await store.logParams(run.id, { fits: text.slice(1) });
    expect((await store.run(run.id))?.params["fits"]).toBe(text.slice(1));
  });

  it("a file passes through its proxy byte for byte", async () => {
    const { store, run } = await emptyRun();
    const folder = emptyFolder();
    const bytes = Buffer.alloc(5_000_000, "größe");
    writeFileSync(join(folder, "in.bin"), bytes);
    writeFileSync(join(folder, "empty"), "");
    await store.uploadArtifact(run.id, "data/größe 50%.bin", join(folder, "in.bin"));
    await store.uploadArtifact(run.id, "empty", join(folder, "empty"));
    await store.downloadArtifact(run.id, "data/größe 50%.bin", join(folder, "out/out.bin"));
    expect(md5(readFileSync(join(folder, "out/out.bin")))).toBe(md5(bytes));
    expect((await store.readArtifact(run.id, "empty")).length).toBe(0);
    await expect(store.downloadArtifact(run.id, "none", join(folder, "none"))).rejects.toMatchObject({
      code: "ARTIFACT_NOT_FOUND",
    });
    expect(existsSync(join(folder, "none"))).toBe(false);
  });

  it("large and small numbers are found by", async () => {
    const { store, run } = await emptyRun();
    await store.logMetrics(run.id, [{ key: "loss", value: 2e-9, step: 0, timeMs: 0 }]);
    const find = async (filter: string): Promise<number> =>
      (await store.searchRuns({ experimentIds: [run.experimentId], filter })).runs.length;
    expect(await find("metrics.loss < 1e300 AND metrics.loss > -1e21 AND metrics.loss >= 2e-9")).toBe(1);
    expect(await find("metrics.loss < 2e-9")).toBe(0);
  });

  it("OR is asked of what it finds, page by page", async () => {
    const store = await emptyStore(server);
    const { id: experimentId } = await store.createExperiment("seir");
    for (let i = 0; i < 7; i++) {
      const run = await store.createRun({
        experimentId,
        name: `r${i}`,
        user: "a",
        startMs: i,
        parentId: null,
        tags: {},
      });
      await store.logParams(run.id, { i: String(i % 3) });
    }
    const query = { experimentIds: [experimentId], filter: "(params.i = '0' OR params.i = '2') AND start_time > 0" };
    const names: string[] = [];
    for (let pageToken: string | null = ""; pageToken !== null; ) {
      const page = await store.searchRuns({ ...query, limit: 2, pageToken });
      names.push(page.runs.map(({ name }) => name).join(" "));
      pageToken = page.nextPageToken;
    }
    expect(names).toEqual(["r6 r5", "r3 r2"]);
  });

  it("artifacts of an experiment with a folder of its own are written there", async () => {
    const folder = emptyFolder();
    const store = await emptyStore(server);
    await server.post("experiments/create", { name: "seir", artifact_location: `file://${folder}` });
    const experimentId = (await store.experimentByName("seir"))?.id ?? "";
    const run = await store.createRun({ experimentId, name: "", user: "a", startMs: 0, parentId: null, tags: {} });
    await store.writeArtifact(run.id, "plots/fit.json", Buffer.from("{}"));
    expect(run.artifactFolder.startsWith(folder)).toBe(true);
    expect(readFileSync(join(run.artifactFolder, "plots/fit.json"), "utf8")).toBe("{}");
    expect(await store.artifacts(run.id, "plots")).toEqual([{ path: "plots/fit.json", folder: false, bytes: 2 }]);
    await store.uploadArtifact(run.id, "copy.json", join(run.artifactFolder, "plots/fit.json"));
    expect(Buffer.from(await store.readArtifact(run.id, "copy.json")).toString()).toBe("{}");
  });
});

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

async function emptyRun(): Promise<{ readonly store: RestRuns; readonly run: RunRecord }> {
  const store = await emptyStore(server);
  const { id: experimentId } = await store.createExperiment("seir");
  const run = await store.createRun({ experimentId, name: "", user: "a", startMs: 0, parentId: null, tags: {} });
  return { store, run };
}

/** One server for all tests, as it takes seconds to start: the experiments of the test before give their names free. */
async function emptyStore(at: MlflowServer): Promise<RestRuns> {
  const { experiments = [] } = (await at.post("experiments/search", { max_results: 1000, view_type: "ALL" })) as {
    readonly experiments?: readonly {
      readonly experiment_id: string;
      readonly name: string;
      readonly lifecycle_stage: string;
    }[];
  };
  for (const { experiment_id, name, lifecycle_stage } of experiments) {
    if (name !== "seir") continue;
    if (lifecycle_stage === "deleted") await at.post("experiments/restore", { experiment_id });
    await at.post("experiments/update", { experiment_id, new_name: randomUUID() });
  }
  return openRestRuns({ uri: at.url });
}
