import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { root, tool } from "../../support/tools.ts";
import { emptyFolder, startServe } from "./serve.ts";

describe("the real MLflow client", () => {
  it("works through a day of runs, data, models and the registry", async () => {
    const server = await startServe(emptyFolder());
    const { stdout } = await promisify(execFile)(tool("python"), [join(root, "test/peers/mlflow/flows.py")], {
      cwd: emptyFolder(),
      env: {
        ...process.env,
        MLFLOW_TRACKING_URI: server.url,
        MLFLOW_TRACKING_TOKEN: server.token,
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
        GIT_PYTHON_REFRESH: "quiet",
      },
    }).finally(() => server.close());
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual({
      run: ["parent", "FINISHED", { alpha: "0.5", layers: "[3, 4]" }, 1 / 3, "épi"],
      nan: "nan",
      input: [["cases", ["training"]]],
      text: "words",
      table: { q: ["a", "b"], n: [1, 2] },
      images: 2,
      children: ["child"],
      deleted: ["renamed"],
      experiments: ["day", "renamed"],
      tagged: ["renamed"],
      logged: ["line", "READY", { fit_intercept: "True" }, "toy", true],
      "model metric": [["r2", 1]],
      outputs: [true],
      "search models": ["line"],
      predictions: [[10], [10], [10], [10]],
      registered: ["A line", { team: "epi" }, { champion: "1" }],
      versions: [
        ["1", "None", null],
        ["2", "Production", "run"],
      ],
      "by alias": "1",
      copied: ["copy", "1"],
      models: ["moved", "line"],
      "no alias": "INVALID_PARAMETER_VALUE",
      left: ["1"],
      gone: "RESOURCE_DOES_NOT_EXIST",
      "deleted run": "INVALID_PARAMETER_VALUE",
    });
  });
});
