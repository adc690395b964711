import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { openRestRuns, pushRuns, track } from "../../../src/track/index.ts";
import { notebookDay } from "../../conformance/notebook-day.ts";
import { pushFacts } from "../../conformance/push.ts";
import { root, tool } from "../../support/tools.ts";
import { type MlflowServer, startMlflow } from "./mlflow-server.ts";

let server: MlflowServer;
beforeAll(async () => {
  server = await startMlflow();
});
afterAll(() => server.close());

notebookDay("on a real MLflow server", async () => {
  track.use(server.url);
  return { store: () => openRestRuns({ uri: server.url }) };
});

pushFacts("a real MLflow server", () => ({ uri: server.url }));

describe("a push to a real MLflow server", () => {
  it("takes over nested runs, keeps their old ids in a tag, and sends nothing twice", async () => {
    process.chdir(mkdtempSync(join(tmpdir(), "stemma-push-")));
    track.use(null);
    const outer = await track("pushed", { beta: 0.3 }, async (run) => {
      for (let step = 0; step < 1500; step++) run.log({ rmse: step / 7 }, { step });
      run.log({ zero: -0, up: Number.POSITIVE_INFINITY });
      await run.artifact("plots/größe.json", { a: 1 });
      await track.stage("fit", (inner) => inner.log({ acc: 1 }));
    });
    const failed = track("pushed", () => {
      throw new Error("no");
    });
    await expect(failed).rejects.toThrow("no");
    const push = () => pushRuns(findProject(process.cwd()), { uri: server.url, all: true });
    const { runs, problems } = await push();
    expect(problems).toEqual([]);
    const store = openRestRuns({ uri: server.url });
    const [outerId = "", innerId = ""] = runs.map(({ serverId }) => serverId);
    expect(await store.run(outerId)).toMatchObject({
      status: "FINISHED",
      startMs: outer.record().startMs,
      endMs: outer.record().endMs,
      params: { beta: "0.3" },
      tags: { "stemma.run.id": outer.id },
    });
    expect((await store.run(innerId))?.parentId).toBe(outerId);
    expect((await store.run(runs[2]?.serverId ?? ""))?.status).toBe("FAILED");
    expect(await store.metricHistory(outerId, "rmse")).toHaveLength(1500);
    expect(Buffer.from(await store.readArtifact(outerId, "plots/größe.json")).toString()).toBe('{\n  "a": 1\n}\n');
    const again = await push();
    expect(again.runs.map(({ isNew, points, values, artifacts }) => [isNew, points, values, artifacts])).toEqual(
      runs.map(() => [false, 0, 0, 0]),
    );
  });
});

describe("MLflow and DVC together", () => {
  it("give one tree: dvc repro runs a stage of ours and a stock Python one, each nested in the run of the pipeline", async () => {
    const folder = mkdtempSync(join(tmpdir(), "stemma-combined-"));
    process.chdir(folder);
    const run = promisify(execFile);
    const base = { ...process.env, MLFLOW_TRACKING_URI: server.url, GIT_PYTHON_REFRESH: "quiet" };
    const stemma = async (args: string, env: NodeJS.ProcessEnv = base): Promise<string> => {
      const program = join(root, "src/cli/main.ts");
      return (await run(process.execPath, [program, "runs", ...args.split(" ")], { cwd: folder, env })).stdout.trim();
    };
    const id = await stemma("start --experiment iris --name v3");
    expect(id).toMatch(/^[0-9a-f]{32}$/);
    writeFileSync(
      join(folder, "ours.ts"),
      `import { track } from ${JSON.stringify(join(root, "src/index.ts"))};
import { writeFileSync } from "node:fs";
await track.stage("prepare", (run) => { run.param("rows", 150); run.log({ clean: 0.9 }); });
writeFileSync("clean.csv", "a\\n1\\n");
`,
    );
    writeFileSync(
      join(folder, "theirs.py"),
      `import mlflow
with mlflow.start_run():
    with mlflow.start_run(nested=True, run_name="train"):
        mlflow.log_param("depth", 3)
        mlflow.log_metric("acc", 0.8)
open("model.txt", "w").write(open("clean.csv").read())
`,
    );
    writeFileSync(
      join(folder, "dvc.yaml"),
      `stages:
  prepare:
    cmd: '"${process.execPath}" ours.ts'
    deps: [ours.ts]
    outs: [clean.csv]
  train:
    cmd: '"${tool("python")}" theirs.py'
    deps: [theirs.py, clean.csv]
    outs: [model.txt]
`,
    );
    // A nested run of MLflow's own client goes to the experiment of the environment, not to that of its parent.
    const env = { ...base, MLFLOW_RUN_ID: id, MLFLOW_EXPERIMENT_NAME: "iris" };
    await run(tool("dvc"), ["init", "--no-scm", "-q"], { cwd: folder });
    await run(tool("dvc"), ["repro", "-q"], { cwd: folder, env });
    expect(readFileSync(join(folder, "dvc.lock"), "utf8")).toContain("model.txt");
    writeFileSync(join(folder, "note.txt"), "über");
    await stemma("log -p lr=0.1 -m rmse=3 -a note.txt", env);
    await stemma("end", env);
    track.use(server.url);
    const runs = track.runs("iris");
    expect(runs.find((found) => found.id === id)).toMatchObject({
      name: "v3",
      status: "FINISHED",
      parentId: null,
      params: { lr: "0.1" },
      metrics: { rmse: { value: 3 } },
    });
    const nested = runs.filter(({ parentId }) => parentId === id);
    expect(nested.map(({ name, status, params }) => [name, status, params]).sort()).toEqual([
      ["prepare", "FINISHED", { rows: "150" }],
      ["train", "FINISHED", { depth: "3" }],
    ]);
    track.use(null);
  });
});
