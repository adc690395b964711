import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { localReader } from "../../../src/track/index.ts";
import { root, tool } from "../../support/tools.ts";
import { emptyFolder, startServe } from "./serve.ts";

const ours = `import { track } from ${JSON.stringify(join(root, "src/index.ts"))};
import { writeFileSync } from "node:fs";
await track.stage("prepare", (run) => { run.param("rows", 150); run.log({ clean: 0.9 }); });
writeFileSync("clean.csv", "a\\n1\\n");
`;
const theirs = `import mlflow
with mlflow.start_run():
    with mlflow.start_run(nested=True, run_name="train"):
        mlflow.log_param("depth", 3)
        mlflow.log_metric("acc", 0.8)
open("model.txt", "w").write(open("clean.csv").read())
`;
const stages = `stages:
  prepare:
    cmd: '"${process.execPath}" ours.ts'
    deps: [ours.ts]
    outs: [clean.csv]
  train:
    cmd: '"${tool("python")}" theirs.py'
    deps: [theirs.py, clean.csv]
    outs: [model.txt]
`;

it("real DVC's stages, ours and a stock Python one, nest in one run that stemma serve keeps", async () => {
  const run = promisify(execFile);
  const [team, folder] = [emptyFolder(), emptyFolder()];
  const server = await startServe(team);
  try {
    for (const [name, text] of Object.entries({ "ours.ts": ours, "theirs.py": theirs, "dvc.yaml": stages }))
      writeFileSync(join(folder, name), text);
    const base = {
      ...process.env,
      MLFLOW_TRACKING_URI: server.url,
      MLFLOW_TRACKING_TOKEN: server.token,
      MLFLOW_EXPERIMENT_NAME: "iris",
      GIT_PYTHON_REFRESH: "quiet",
    };
    const stemma = async (env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> =>
      (
        await run(process.execPath, [join(root, "src/cli/main.ts"), "runs", ...args], { cwd: folder, env })
      ).stdout.trim();
    const id = await stemma(base, "start", "--experiment", "iris", "--name", "v3");
    const env = { ...base, MLFLOW_RUN_ID: id };
    await run(tool("dvc"), ["init", "--no-scm", "-q"], { cwd: folder });
    await run(tool("dvc"), ["repro", "-q"], { cwd: folder, env });
    await stemma(env, "end");
    const reader = localReader(findProject(team));
    const { id: experiment = "" } = reader.experimentByName("iris") ?? {};
    const runs = reader.searchRuns({ experimentIds: [experiment] }).runs;
    expect(runs.find((found) => found.id === id)).toMatchObject({ name: "v3", status: "FINISHED", parentId: null });
    const nested = runs.filter(({ parentId }) => parentId === id);
    expect(nested.map(({ name, status, params }) => [name, status, params]).sort()).toEqual([
      ["prepare", "FINISHED", { rows: "150" }],
      ["train", "FINISHED", { depth: "3" }],
    ]);
    expect(nested.map(({ metrics }) => Object.values(metrics).map(({ value }) => value)).sort()).toEqual([
      [0.8],
      [0.9],
    ]);
    expect(runs).toHaveLength(3);
  } finally {
    await server.close();
  }
});
