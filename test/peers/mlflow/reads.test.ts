import { createHash } from "node:crypto";
import { beforeAll, describe, expect, it } from "vitest";
import { findProject } from "../../../src/store/index.ts";
import { openRuns } from "../../../src/track/index.ts";
import { emptyFolder, type PythonCall, startServe } from "./serve.ts";

interface Made {
  readonly parent: string;
  readonly failed: string;
}

const plot = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 31) % 256));

async function makeRuns(folder: string): Promise<Made> {
  const store = openRuns(findProject(folder));
  const { id: experimentId } = await store.createExperiment("seir");
  const start = async (name: string, parentId: string | null): Promise<string> => {
    const run = await store.createRun({ experimentId, name, user: "ada", startMs: 1000, parentId, tags: {} });
    return run.id;
  };
  const parent = await start("grid", null);
  const child = await start("beta 0.3", parent);
  const failed = await start("broken", null);
  await store.logParams(parent, { beta: "0.2", text: "größer ' \" als" });
  await store.logParams(child, { beta: "0.3" });
  await store.logMetrics(parent, [
    ...Array.from({ length: 5 }, (_, step) => ({ key: "rmse", value: 10 - step * 0.1, step, timeMs: 2000 + step })),
    { key: "not_a_number", value: Number.NaN, step: 0, timeMs: 2000 },
    { key: "far", value: Number.POSITIVE_INFINITY, step: 0, timeMs: 2000 },
    { key: "near", value: Number.NEGATIVE_INFINITY, step: -3, timeMs: 2000 },
    { key: "tiny", value: 5e-324, step: 0, timeMs: 2000 },
    { key: "minus_zero", value: -0, step: 0, timeMs: 2000 },
    { key: "train/loss", value: 0.1 + 0.2, step: 0, timeMs: 2000 },
  ]);
  await store.logMetrics(child, [{ key: "rmse", value: 3.25, step: 0, timeMs: 2000 }]);
  await store.setTags(parent, { team: "epi", "mlflow.note.content": "a **note**" });
  await store.logInputs(parent, [dataset]);
  await store.writeArtifact(parent, "fit.json", Buffer.from('{"a": 1}'));
  await store.writeArtifact(parent, "plots/größe μ.bin", plot);
  await store.writeArtifact(parent, "plots/deep/empty", Buffer.of());
  await store.updateRun(parent, { status: "FINISHED", endMs: 61_000 });
  await store.updateRun(child, { status: "FINISHED", endMs: 3000 });
  await store.updateRun(failed, { status: "FAILED", endMs: 3000 });
  return { parent, failed };
}

const dataset = {
  name: "cases.csv",
  digest: createHash("md5").update("cases").digest("hex"),
  sourceType: "local",
  source: '{"uri":"data/cases.csv"}',
  schema: null,
  profile: null,
  tags: { "mlflow.data.context": "training" },
};

function calls({ parent }: Made) {
  const experiment = "seir";
  return {
    frame: ["runs", { experiment, filter_string: "tags.team = 'epi'" }],
    values: ["values", { experiment, filter_string: "params.beta = '0.2'" }],
    byMetric: ["values", { experiment, order_by: ["metrics.rmse ASC"] }],
    overFive: ["values", { experiment, filter_string: "metrics.rmse > 5 and attributes.status = 'FINISHED'" }],
    children: ["values", { experiment, filter_string: `tags.mlflow.parentRunId = '${parent}'` }],
    first: ["values", { experiment, filter_string: "attributes.run_name LIKE 'b%'", max_results: 1 }],
    rmse: ["history", { run: parent, key: "rmse" }],
    near: ["history", { run: parent, key: "near" }],
    files: ["artifacts", { run: parent }],
    plots: ["artifacts", { run: parent, path: "plots" }],
    aFile: ["artifacts", { run: parent, path: "fit.json" }],
    fit: ["download", { run: parent, path: "fit.json" }],
    folder: ["download", { run: parent, path: "plots" }],
    inputs: ["inputs", { run: parent }],
    experiments: ["experiments", { filter_string: "name LIKE 'se%'" }],
  } as const satisfies Readonly<Record<string, PythonCall>>;
}

let made: Made;
let said: Readonly<Record<keyof ReturnType<typeof calls>, unknown>>;

beforeAll(async () => {
  const folder = emptyFolder();
  made = await makeRuns(folder);
  const server = await startServe(folder);
  said = await server.python(calls(made)).finally(() => server.close());
});

function names(found: unknown): readonly string[] {
  return (found as { readonly name: string }[]).map(({ name }) => name);
}

describe("the real MLflow client reads our runs", () => {
  it("as a data frame: params, metrics, tags, status, times", () => {
    expect(said.frame).toHaveLength(1);
    expect(said.frame).toMatchObject([
      {
        run_id: made.parent,
        status: "FINISHED",
        "params.beta": "0.2",
        "params.text": "größer ' \" als",
        "metrics.rmse": 9.6,
        "tags.mlflow.runName": "grid",
        "tags.mlflow.user": "ada",
        "tags.mlflow.note.content": "a **note**",
        start_time: "1970-01-01 00:00:01+00:00",
        end_time: "1970-01-01 00:01:01+00:00",
      },
    ]);
  });

  it("with every value as it was logged, NaN, infinities and -0 too", () => {
    expect(said.values).toMatchObject([
      {
        metrics: {
          rmse: 9.6,
          not_a_number: "nan",
          far: "inf",
          near: "-inf",
          tiny: 5e-324,
          minus_zero: -0,
          "train/loss": 0.1 + 0.2,
        },
      },
    ]);
  });

  it("filtered and ordered", () => {
    expect(names(said.byMetric)).toEqual(["beta 0.3", "grid", "broken"]);
    expect(names(said.overFive)).toEqual(["grid"]);
    expect(names(said.children)).toEqual(["beta 0.3"]);
    expect(said.first).toHaveLength(1);
  });

  it("with the series of a metric, by steps", () => {
    expect(said.rmse).toEqual(Array.from({ length: 5 }, (_, step) => [step, 10 - step * 0.1, 2000 + step]));
    expect(said.near).toEqual([[-3, "-inf", 2000]]);
  });

  it("with their artifacts, byte for byte", () => {
    expect(said.files).toEqual([
      ["fit.json", false, 8],
      ["plots", true, null],
    ]);
    expect(said.plots).toEqual([
      ["plots/deep", true, null],
      ["plots/größe μ.bin", false, plot.length],
    ]);
    expect(said.aFile).toEqual([]);
    expect(said.fit).toEqual({ "fit.json": Buffer.from('{"a": 1}').toString("hex") });
    expect(said.folder).toEqual({ "größe μ.bin": plot.toString("hex"), "deep/empty": "" });
  });

  it("with the data they used", () => {
    expect(said.inputs).toEqual([["cases.csv", dataset.digest, "local", { "mlflow.data.context": "training" }]]);
  });

  it("in experiments found by name", () => {
    expect(said.experiments).toEqual([["seir", "active"]]);
  });
});
