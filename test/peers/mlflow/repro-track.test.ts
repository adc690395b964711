import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { localReader } from "../../../src/track/index.ts";
import { root, tool } from "../../support/tools.ts";
import { emptyFolder, startServe } from "./serve.ts";

const python =
  "import mlflow\nwith mlflow.start_run():\n    mlflow.log_metric('acc', 0.8)\nopen('o', 'w').write('x')\n";
const stages = `stages:
  train:
    cmd: '"${tool("python")}" train.py'
    deps: [train.py]
    outs: [o]
`;

it("a stage in stock Python logs into its own nested run under repro --track, by stemma serve", async () => {
  const [team, folder] = [emptyFolder(), emptyFolder()];
  const server = await startServe(team);
  try {
    for (const [name, text] of Object.entries({ "train.py": python, "dvc.yaml": stages }))
      writeFileSync(join(folder, name), text);
    const where = { MLFLOW_TRACKING_URI: server.url, MLFLOW_TRACKING_TOKEN: server.token };
    const env = { ...process.env, ...where, GIT_PYTHON_REFRESH: "quiet" };
    for (const args of [
      ["init", "--no-scm", "-q"],
      ["repro", "--track", "--run-name", "v4"],
    ])
      await promisify(execFile)(process.execPath, [join(root, "src/cli/main.ts"), ...args], { cwd: folder, env });
    const reader = localReader(findProject(team));
    const runs = reader.searchRuns({ experimentIds: ["0", "1"] }).runs;
    const parent = runs.find(({ name }) => name === "v4");
    expect(parent).toMatchObject({ status: "FINISHED", parentId: null });
    expect(runs.filter(({ parentId }) => parentId === parent?.id)).toMatchObject([
      { name: "train", status: "FINISHED", metrics: { acc: { value: 0.8 } } },
    ]);
    expect(runs).toHaveLength(2);
  } finally {
    await server.close();
  }
}, 60_000);
