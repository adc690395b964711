import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type AutologAdapter, type RunRecord, track } from "../../../src/track/index.ts";

const require = createRequire(import.meta.url);
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

const before = process.cwd();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "stemma-autolog-"));
  process.chdir(folder);
});
afterEach(() => {
  process.chdir(before);
  rmSync(folder, { recursive: true, force: true });
});

async function newest(): Promise<RunRecord> {
  const [run] = track.runs();
  if (run === undefined) throw new Error("there is no run");
  return run;
}

async function modelsOf(): Promise<readonly string[]> {
  const [run] = track.runs();
  const model = await track.model(`runs:/${run?.id}/model`);
  return (await model.predict(X)).map(String);
}

describe("autolog of ml.js", () => {
  it("keeps options, scores, data and model of a training, in a run of its own where none is open", async () => {
    const cart = require("ml-cart");
    const train = cart.DecisionTreeClassifier.prototype.train;
    const autolog = track.autolog({ "ml-cart": cart });
    new cart.DecisionTreeClassifier({ maxDepth: 3, gainFunction: "gini" }).train(X, y);
    await autolog.done();
    autolog();
    expect(cart.DecisionTreeClassifier.prototype.train).toBe(train);
    const run = await newest();
    expect(run).toMatchObject({
      experiment: "Default",
      status: "FINISHED",
      tags: { estimator_name: "DecisionTreeClassifier" },
    });
    expect(run.params).toMatchObject({ maxDepth: "3", gainFunction: "gini" });
    expect(run.metrics["training_accuracy_score"]?.value).toBe(1);
    expect(run.metrics["training_f1_score"]?.value).toBe(1);
    expect(run.inputs).toMatchObject([{ name: "dataset", tags: { "mlflow.data.context": "train" } }]);
    expect(run.inputs[0]?.digest).toMatch(/^[0-9a-f]{32}$/);
    expect(await modelsOf()).toEqual(y.map(String));
    new cart.DecisionTreeClassifier().train(X, y);
    expect(track.runs()).toHaveLength(1);
  });

  it("logs to the run that is open, which waits for the model", async () => {
    const { RandomForestRegression } = require("ml-random-forest");
    const run = await track("forest", {}, (open) => {
      const model = new RandomForestRegression({ seed: 3, nEstimators: 5, maxFeatures: 2, noOOB: true });
      open.autolog(model);
      model.train(X, y);
    });
    const record = run.record();
    expect(record).toMatchObject({ experiment: "forest", params: { nEstimators: "5", seed: "3" } });
    const names = Object.keys(record.metrics);
    expect(names).toEqual([
      ...["training_mean_absolute_error", "training_mean_squared_error", "training_r2_score"],
      ...["training_root_mean_squared_error", "training_score"],
    ]);
    expect(await modelsOf()).toHaveLength(X.length);
    expect(track.runs()).toHaveLength(1);
  });

  it("has classes whose constructors train", async () => {
    const autolog = track.autolog({});
    const KNN = autolog.of(require("ml-knn"));
    const model = new KNN(X, y, { k: 3 });
    await autolog.done();
    expect(model.predict(X)).toHaveLength(X.length);
    expect(await newest()).toMatchObject({ params: { k: "3" }, tags: { estimator_name: "KNN" } });
    const MLR = autolog.of(require("ml-regression-multivariate-linear"));
    new MLR(
      X,
      y.map((value) => [value]),
    );
    await autolog.done();
    expect((await newest()).metrics["training_r2_score"]?.value).toBeGreaterThan(0.5);
    const loaded = await track.model(`runs:/${(await newest()).id}/model`);
    expect(await loaded.predict(X)).toHaveLength(X.length);
    expect(track.runs()).toHaveLength(2);
  });

  it("keeps an option without a limit as its text", async () => {
    const { DecisionTreeClassifier } = require("ml-cart");
    const run = await track("tree", {}, (open) => {
      const model = new DecisionTreeClassifier();
      open.autolog(model);
      model.train(X, y);
    });
    expect(run.record().params).toMatchObject({ maxDepth: "Infinity" });
  });

  it("logs a training on matrices", async () => {
    const { Matrix } = require("ml-matrix");
    const LogisticRegression = require("ml-logistic-regression");
    const autolog = track.autolog({ "ml-logistic-regression": LogisticRegression });
    new LogisticRegression({ numSteps: 100, learningRate: 5e-3 }).train(new Matrix(X), Matrix.columnVector(y));
    await autolog.done();
    autolog();
    const run = await newest();
    expect(run.params).toMatchObject({ numSteps: "100", learningRate: "0.005" });
    expect(run.metrics["training_accuracy_score"]?.value).toBeGreaterThan(0);
  });

  it("says what it does not know", () => {
    expect(() => track.autolog({ sklearn: {} })).toThrow(
      'autolog() knows no "sklearn"; it knows tfjs, ml-random-forest',
    );
    expect(() => track.autolog({}).of(Map)).toThrow("takes a class whose constructor trains");
  });
});

describe("autolog of tfjs", () => {
  it("keeps params, losses of each epoch, an early stop, data and model", async () => {
    const tf = require("@tensorflow/tfjs-node");
    const autolog = track.autolog({ tfjs: tf });
    const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    model.compile({ optimizer: tf.train.sgd(0.01), loss: "meanSquaredError", metrics: ["mae"] });
    const xs = tf.tensor2d(X);
    const ys = tf.tensor2d(y, [y.length, 1]);
    const stop = tf.callbacks.earlyStopping({ monitor: "loss", minDelta: 1e9, patience: 1 });
    const history = await model.fit(xs, ys, { epochs: 20, batchSize: 4, callbacks: stop });
    await autolog.done();
    autolog();
    const run = await newest();
    expect(run.params).toMatchObject({
      epochs: "20",
      batch_size: "4",
      opt_name: "SGD",
      loss: "meanSquaredError",
      num_layers: "1",
      num_params: "3",
    });
    const { loss = [] } = history.history;
    expect(loss.length).toBeLessThan(20);
    expect(run.metrics["loss"]).toMatchObject({ value: loss.at(-1), step: loss.length - 1 });
    expect(Object.keys(run.metrics)).toEqual(expect.arrayContaining(["loss", "mae", "stopped_epoch"]));
    expect(run.inputs[0]?.profile).toBe('{"features_shape":[8,2],"targets_shape":[8,1]}');
    const said = await (await track.model(`runs:/${run.id}/model`)).predict(X);
    const own = model.predict(xs).arraySync();
    expect(said).toEqual(own);
    await model.fit(xs, ys, { epochs: 1 });
    expect(track.runs()).toHaveLength(1);
  });
});

describe("an adapter of one's own", () => {
  it("logs what its library trains", async () => {
    class Fit {
      value = 0;
      run(value: number): void {
        this.value = value;
      }
    }
    const adapter: AutologAdapter = {
      name: "fit",
      accepts: (model) => model instanceof Fit,
      patch: () => () => {},
      patchModel: (model, start) => {
        const fit = model as Fit;
        const own = fit.run.bind(fit);
        fit.run = (value) => {
          const log = start("fit");
          log.params({ value });
          own(value);
          void log.done();
        };
        return () => {
          fit.run = own;
        };
      },
    };
    const fit = new Fit();
    const run = await track("own", {}, (open) => {
      open.autolog(fit, [adapter]);
      fit.run(7);
    });
    expect(run.record().params).toEqual({ value: "7" });
  });
});
