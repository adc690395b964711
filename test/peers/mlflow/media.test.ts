import { execFile, execFileSync } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { table } from "arquero";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Run, track } from "../../../src/track/index.ts";
import { root, tool } from "../../support/tools.ts";
import { emptyFolder, type Served, startServe } from "./serve.ts";

const before = process.cwd();
const fits = table({ name: ["a", "ü"], rmse: [1.5, Number.NaN], at: [new Date(0), null] });

let server: Served;
let run: Run<unknown>;
let found: Readonly<Record<string, unknown>>;

beforeAll(async () => {
  const folder = emptyFolder();
  process.chdir(folder);
  execFileSync("git", ["init", "-q"]);
  execFileSync("git", ["remote", "add", "origin", "https://example.org/seir.git"]);
  run = await track({ experiment: "media", systemMetrics: true }, async (open) => {
    await open.table("fits", fits);
    await open.table("out/fits.json", fits);
    await open.image("train/samples", { width: 2, height: 1, data: [0, 255] });
    await open.image(
      "train/samples",
      { width: 512, height: 4, data: new Uint8Array(512 * 4 * 4).fill(9) },
      { step: 7 },
    );
    await open.input(fits, { context: "training", name: "fits" });
  });
  server = await startServe(folder);
  const { stdout } = await promisify(execFile)(
    tool("python"),
    [join(root, "test/peers/mlflow/media.py"), "media", run.id],
    {
      cwd: emptyFolder(),
      env: {
        ...process.env,
        MLFLOW_TRACKING_URI: server.url,
        MLFLOW_TRACKING_TOKEN: server.token,
        MLFLOW_HTTP_REQUEST_MAX_RETRIES: "0",
        MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR: "false",
        GIT_PYTHON_REFRESH: "quiet",
      },
    },
  );
  found = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
});
afterAll(async () => {
  process.chdir(before);
  await server.close();
});

describe("the real MLflow client", () => {
  it.each(["parquet", "json"])("loads a table that was kept as %s", (kind) => {
    expect(found[kind]).toMatchObject({
      rows: [
        ["a", 1.5, expect.stringMatching(/^1970-01-01T00:00:00/), run.id],
        ["ü", null, null, run.id],
      ],
      dtypes: { rmse: "float64" },
    });
  });

  it("finds a series of pictures, each with a small one", () => {
    expect(found["logged images"]).toBe("True");
    expect(found["images"]).toEqual([
      ["train~samples", 0, 1, "L", [2, 1], [0, 255]],
      ["train~samples", 0, 2, "L", [2, 1], [0, 255]],
      [
        "train~samples",
        7,
        1,
        "RGBA",
        [512, 4],
        [
          [9, 9, 9, 9],
          [9, 9, 9, 9],
        ],
      ],
      [
        "train~samples",
        7,
        2,
        "RGBA",
        [256, 2],
        [
          [9, 9, 9, 9],
          [9, 9, 9, 9],
        ],
      ],
    ]);
  });

  it("reads the columns and rows of a table that was used", () => {
    expect(found["inputs"]).toEqual([
      {
        name: "fits",
        digest: run.record().inputs[0]?.digest,
        type: "code",
        columns: [
          ["name", "DataType.string", true],
          ["rmse", "DataType.double", true],
          ["at", "DataType.datetime", false],
        ],
        profile: { num_rows: 2, num_elements: 6 },
        context: ["training"],
      },
    ]);
  });

  it("has the same system metrics as its own monitors, by name, and the repository", () => {
    expect(found["system"]).toEqual(found["system names"]);
    expect(found["repository"]).toBe("https://example.org/seir.git");
  });
});
