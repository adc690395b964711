import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseMlModel } from "../../../src/format/index.ts";
import { type ModelFlavor, openModels, type SavedModel, track } from "../../../src/track/index.ts";
import { root } from "../../support/tools.ts";

const require = createRequire(import.meta.url);
const onnxFile = join(root, "test/golden/mlflow-3.17.2/onnx-tensor/model.onnx");
const rows = [
  [5.1, 3.5, 1.4, 0.2],
  [6.3, 3.3, 6, 2.5],
];
const records = rows.map(([a, b, c, d]) => ({ a, b, c, d }));

const before = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma-models-"));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

async function kept(name: string, model: unknown, options: object = {}): Promise<SavedModel> {
  const run = await track("seir", {}, async (open) => open.model(name, model, options));
  return run.result;
}

async function mlmodel(model: SavedModel): Promise<ReturnType<typeof parseMlModel>> {
  return parseMlModel(Buffer.from(await openModels().readModelFile(model.id ?? "", "MLmodel")).toString());
}

describe("an ONNX model", () => {
  it("is kept from its bytes, and loaded by version, alias and id it says the same", async () => {
    const options = { registeredName: "iris", aliases: ["champion"], inputExample: rows, tags: { team: "epi" } };
    const made = await kept("fit", readFileSync(onnxFile), options);
    expect(made.info).toMatchObject({ flavor: "onnx", uri: "models:/iris/1", version: { aliases: ["champion"] } });
    expect(await made.predict(rows)).toEqual([0, 2]);
    for (const reference of [
      "iris@champion",
      "iris/1",
      "iris/latest",
      "iris",
      "models:/iris@champion",
      made.id ?? "",
    ]) {
      const loaded = await track.model(reference);
      expect(await loaded.predict(rows), reference).toEqual([0, 2]);
      expect(loaded.info.runId, reference).toBe(made.info.runId);
    }
    const { label, probabilities = [] } = await made.outputs(rows);
    expect(label).toEqual([0, 2]);
    expect(probabilities[0]).toHaveLength(3);
  });

  it("takes tables, nested lists, typed arrays with a shape and tensors by name", async () => {
    const made = await kept("fit", onnxFile);
    const flat = Float32Array.from(rows.flat());
    for (const input of [records, rows, rows.map((row) => Float32Array.from(row)), { data: flat, dims: [2, 4] }])
      expect(await made.predict(input)).toEqual([0, 2]);
    expect(await (await track.model(made.id ?? "")).predict({ X: rows })).toEqual([0, 2]);
  });

  it("has its own tensors as signature, and the columns of a table given as example", async () => {
    const tensors = await kept("fit", onnxFile, { inputExample: rows });
    expect(tensors.signature?.inputs).toEqual([{ kind: "tensor", name: null, dtype: "float32", shape: [-1, 4] }]);
    expect(tensors.signature?.outputs?.map(({ name }) => name)).toEqual(["label", "probabilities"]);
    const columns = await kept("fit", onnxFile, { inputExample: records });
    expect(columns.signature?.inputs).toEqual(
      ["a", "b", "c", "d"].map((name) => ({ kind: "column", name, type: "double", required: true })),
    );
    const shuffled = records.map(({ a, b, c, d }) => ({ more: "x", d, c, b, a }));
    expect(await columns.predict(shuffled)).toEqual([0, 2]);
    expect(await columns.predict(rows)).toEqual([0, 2]);
  });

  it("refuses what does not fit, by name", async () => {
    const made = await kept("fit", onnxFile, { inputExample: records });
    await expect(made.predict([{ a: 1, b: 2, c: 3 }])).rejects.toThrow('The model takes a column "d"');
    await expect(made.predict([{ a: 1, b: 2, c: 3, d: "x" }])).rejects.toThrow(
      'Column "d" of the model is double; row 0',
    );
    await expect(made.predict([[1, 2, 3]])).rejects.toThrow(
      "The model takes 4 columns (a, b, c, d); the input is 1 x 3.",
    );
    await expect(made.predict([])).rejects.toMatchObject({ code: "MODEL_INPUT" });
    await expect(made.predict([[1, 2], [3]])).rejects.toThrow("not of equal lengths");
    await expect(made.predict("a text")).rejects.toThrow('it got "a text"');
    const tensors = await kept("fit", onnxFile);
    await expect(tensors.predict([[1, 2, 3]])).rejects.toThrow("shape any x 4; the input is numbers of shape 1 x 3");
    await expect(kept("fit", Buffer.from("no onnx"))).rejects.toMatchObject({ code: "MODEL_FLAVOR" });
  });

  it("has the files that MLflow looks for", async () => {
    const made = await kept("fit", onnxFile, { inputExample: records, pip: ["scikit-learn==1.5"] });
    const files = await openModels().modelFiles(made.id ?? "");
    expect(files.map(({ path }) => path)).toEqual([
      ...["MLmodel", "conda.yaml", "input_example.json", "model.onnx", "package.json", "python_env.yaml"],
      ...["requirements.txt", "serving_input_example.json"],
    ]);
    const { flavors, modelId, runId, example } = await mlmodel(made);
    expect(flavors["python_function"]).toMatchObject({ loader_module: "mlflow.onnx", data: "model.onnx" });
    expect({ modelId, runId }).toEqual({ modelId: made.id, runId: made.info.runId });
    expect(example).toMatchObject({ type: "dataframe", path: "input_example.json" });
    const read = async (path: string): Promise<string> =>
      Buffer.from(await openModels().readModelFile(made.id ?? "", path)).toString();
    expect(JSON.parse(await read("input_example.json"))).toEqual({ columns: ["a", "b", "c", "d"], data: rows });
    expect(await read("requirements.txt")).toContain("onnxruntime\npandas\nscikit-learn==1.5\n");
  });
});

describe("a model of ml.js", () => {
  const X = [
    [1, 2],
    [2, 1],
    [3, 5],
    [5, 4],
    [6, 7],
    [7, 6],
    [2, 2],
    [6, 6],
  ];
  const y = [0, 0, 0, 1, 1, 1, 0, 1];
  const { Matrix } = require("ml-matrix");
  const trained: Readonly<Record<string, () => unknown>> = {
    RandomForestClassifier: () =>
      train(
        new (require("ml-random-forest").RandomForestClassifier)({
          seed: 3,
          noOOB: true,
          nEstimators: 5,
          maxFeatures: 2,
        }),
      ),
    RandomForestRegression: () =>
      train(new (require("ml-random-forest").RandomForestRegression)({ seed: 3, nEstimators: 5, maxFeatures: 2 })),
    DecisionTreeClassifier: () => train(new (require("ml-cart").DecisionTreeClassifier)()),
    DecisionTreeRegression: () => train(new (require("ml-cart").DecisionTreeRegression)()),
    KNN: () => new (require("ml-knn"))(X, y, { k: 2 }),
    LogisticRegression: () =>
      train(new (require("ml-logistic-regression"))({ numSteps: 200 }), new Matrix(X), Matrix.columnVector(y)),
    MultivariateLinearRegression: () =>
      new (require("ml-regression-multivariate-linear"))(
        X,
        y.map((value) => [value]),
      ),
    GaussianNB: () => train(new (require("ml-naivebayes").GaussianNB)()),
    MultinomialNB: () => train(new (require("ml-naivebayes").MultinomialNB)(), new Matrix(X)),
    SVM: () =>
      train(
        new (require("ml-svm"))({ C: 0.1 }),
        X,
        y.map((value) => value * 2 - 1),
      ),
  };
  function train(model: { train(X: unknown, y: unknown): void }, data: unknown = X, labels: unknown = y): unknown {
    model.train(data, labels);
    return model;
  }

  it.each(Object.keys(trained))("%s says the same when it is loaded again", async (name) => {
    const made = await kept(name, trained[name]?.(), { inputExample: X });
    const loaded = await track.model(made.id ?? "");
    expect(loaded.info).toMatchObject({ flavor: "mljs", flavors: ["mljs", "stemma"] });
    expect(loaded.model?.constructor.name).toBe(name);
    expect(await loaded.predict(X)).toEqual(await made.predict(X));
    expect(made.signature?.inputs).toEqual([{ kind: "tensor", name: null, dtype: "float64", shape: [-1, 2] }]);
    expect((await mlmodel(made)).flavors["mljs"]).toMatchObject({ class: name, data: "model.json" });
  });

  it("SimpleLinearRegression takes one number a row", async () => {
    const { SimpleLinearRegression } = require("ml-regression-simple-linear");
    const made = await kept("line", new SimpleLinearRegression([1, 2, 3], [2, 4, 6]), { inputExample: [1, 2] });
    expect((await (await track.model(made.id ?? "")).predict([4, 5])).map((value) => Number(value).toFixed(6))).toEqual(
      ["8.000000", "10.000000"],
    );
  });
});

describe("a model of tfjs", () => {
  it("says the same when it is loaded again, with its training on", async () => {
    const tf = require("@tensorflow/tfjs-node");
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 3, inputShape: [2], activation: "relu" }), tf.layers.dense({ units: 1 })],
    });
    model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
    const made = await kept("net", model, { inputExample: [[1, 2]], registeredName: "net" });
    expect(made.signature).toEqual({
      inputs: [{ kind: "tensor", name: null, dtype: "float32", shape: [-1, 2] }],
      outputs: [{ kind: "tensor", name: null, dtype: "float32", shape: [-1, 1] }],
    });
    const loaded = await track.model("net/1");
    expect(
      await loaded.predict([
        [3, 4],
        [5, 6],
      ]),
    ).toEqual(
      await made.predict([
        [3, 4],
        [5, 6],
      ]),
    );
    const tensors = tf.memory().numTensors;
    await loaded.predict([[3, 4]]);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe("a flavour of one's own", () => {
  class Mean {
    readonly mean: number;
    constructor(mean: number) {
      this.mean = mean;
    }
  }
  const flavor: ModelFlavor<Mean> = {
    name: "mean",
    accepts: (model) => model instanceof Mean,
    save: async ({ mean }, to) => {
      await to.write("mean.json", JSON.stringify(mean));
      return { facts: { data: "mean.json" } };
    },
    load: async (from) => new Mean(JSON.parse(Buffer.from(await from.read("mean.json")).toString())),
    predict: async ({ mean }, input) => ({
      mean: input.kind === "frame" ? Array(input.frame.rows).fill(mean) : [mean],
    }),
  };

  it("is kept and loaded as those of Stemma are", async () => {
    await expect(kept("m", new Mean(3))).rejects.toThrow("A Mean is a model of no known flavour");
    track.flavors.add(flavor as ModelFlavor);
    const made = await kept("m", new Mean(3), { inputExample: records });
    expect(await (await track.model(made.id ?? "")).predict(records)).toEqual([3, 3]);
  });

  it("that forgets something is found out by the example", async () => {
    const forgetful = { ...flavor, name: "forgetful", load: async () => new Mean(0) };
    track.flavors.add(forgetful as ModelFlavor);
    const options = { inputExample: records, flavor: "forgetful", registeredName: "m" };
    await expect(kept("m", new Mean(3), options)).rejects.toThrow(
      "answers otherwise than the one given; it is not kept",
    );
    expect(await openModels().model("m")).toBeNull();
  });
});

describe("a model of a run", () => {
  it("is in its lineage: data, run, model, version, and the run that used it", async () => {
    writeFileSync(join(folder, "cases.csv"), "a,b\n1,2\n");
    const data = { path: "cases.csv", md5: "0".repeat(32), bytes: 8 };
    const made = await track("seir", {}, async (run) => {
      run.input(data);
      return run.model("fit", onnxFile, { registeredName: "seir" });
    });
    const user = await track("apply", {}, async () => track.model("seir/1"));
    const ids = made.result.lineage().graph.nodes.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining(["model:seir@1", `run:${made.id}`, `data:cases.csv@${"0".repeat(32)}`, `run:${user.id}`]),
    );
    expect((await openModels().runModels(made.id)).outputs).toEqual([{ modelId: made.result.id, step: 0 }]);
  });

  it("has what its run measured at its step, before and since", async () => {
    const run = await track("seir");
    run.log({ acc: 0.5 }, { step: 2, time: 5 });
    run.log({ acc: 0.9, nan: Number.NaN }, { step: 3, time: 7 });
    const { id } = await run.model("fit", onnxFile, { step: 3 });
    const metrics = async () => (await openModels().loggedModel(id ?? ""))?.metrics.map((one) => [one.key, one.value]);
    expect(await metrics()).toEqual([
      ["acc", 0.9],
      ["nan", Number.NaN],
    ]);
    run.log({ loss: 0.1 }, { step: 3 });
    run.log({ loss: 0.05 }, { step: 4 });
    await run.end();
    expect(await metrics()).toEqual([
      ["acc", 0.9],
      ["loss", 0.1],
      ["nan", Number.NaN],
    ]);
  });

  it("is refused by an ended run, and by names that MLflow refuses", async () => {
    const run = await track("seir");
    await expect(run.model("a/b", onnxFile)).rejects.toMatchObject({ code: "BAD_NAME" });
    await expect(run.model("fit", onnxFile, { aliases: ["champion"] })).rejects.toThrow("give a registeredName");
    await run.end();
    await expect(run.model("fit", onnxFile)).rejects.toMatchObject({ code: "RUN_ENDED" });
  });

  it("that is not there is told by what was looked for", async () => {
    await kept("fit", onnxFile, { registeredName: "seir", aliases: ["champion"] });
    await expect(track.model("sier/1")).rejects.toThrow('Registered model "sier" has no version 1');
    await expect(track.model("seir@challenger")).rejects.toThrow('no alias "challenger". It has champion;');
    await expect(track.model("seir/best")).rejects.toThrow('Write "seir/3", "seir/latest", or "seir@best"');
    await expect(track.model("runs:/0123/fit")).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
    await expect(track.model(":::")).rejects.toMatchObject({ code: "MODEL_REFERENCE" });
  });
});

describe("the registry of a notebook", () => {
  it("lists, tags, describes, moves and deletes", async () => {
    const { registry } = track;
    const made = await kept("fit", onnxFile, { registeredName: "seir" });
    await registry.register("seir", made.id ?? "");
    await registry.register("copy", "seir/1");
    await registry.alias("seir/1", "champion");
    await registry.tag("seir@champion", { checked: "yes", none: null });
    await registry.tag("seir", { team: "epi" });
    await registry.describe("seir", "# fits");
    await registry.stage("seir/2", "production");
    expect((await registry.list()).map(({ name }) => name)).toEqual(["copy", "seir"]);
    expect(await registry.get("seir")).toMatchObject({
      description: "# fits",
      tags: { team: "epi" },
      aliases: { champion: 1 },
    });
    expect((await registry.versions("seir")).map(({ version, tags }) => [version, tags])).toEqual([
      [2, {}],
      [1, { checked: "yes" }],
    ]);
    expect(await registry.version("seir/Production")).toMatchObject({ version: 2 });
    expect(await (await track.model("copy/1")).predict(rows)).toEqual([0, 2]);
    await registry.rename("seir", "SEIR");
    await registry.unalias("SEIR", "champion");
    await registry.delete("SEIR/2");
    await registry.delete("copy");
    expect((await registry.list()).map(({ name, latest }) => [name, latest.length])).toEqual([["SEIR", 1]]);
  });
});
