import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exportNotebook } from "../../../src/export/index.ts";
import { notebookFolder } from "../../export/notebooks.ts";
import { projectFolder, result } from "../../export/run-stages.ts";
import { tool } from "../../support/tools.ts";
import { dvc, ran, ranAsNotebook } from "./reproduced.ts";

const cells = [
  `import { flow } from "stemma";
import * as tf from "@tensorflow/tfjs-node";
import { DecisionTreeRegression } from "ml-cart";
import { readFileSync } from "node:fs";`,
  `const weights = Float64Array.from({ length: 1000 }, (_, i) => i / 7);
function rows({ n }: { n: number }) { return Float64Array.from({ length: n }, (_, i) => i * i); }
function forest({ ys, trees }: { ys: Float64Array; trees: number }) {
  const model = new DecisionTreeRegression({ maxDepth: trees });
  model.train(Array.from(ys, (_, i) => [i]), Array.from(ys));
  return model;
}
function ask({ model, x }: { model: DecisionTreeRegression; x: number }) { return model.predict([[x]])[0]; }
function network() {
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: "ones" })] });
  model.compile({ optimizer: "sgd", loss: "meanSquaredError" });
  return { model, note: "dense" };
}
function grow({ net }: { net: { model: tf.LayersModel; note: string } }) {
  const [kernel, bias] = net.model.getWeights();
  net.model.setWeights([kernel!.mul(2), bias!]);
  return net;
}
function out({ net, x }: { net: { model: tf.LayersModel }; x: number }) { return (net.model.predict(tf.tensor2d([[x]])) as tf.Tensor).dataSync()[0]; }
function weighted({ ys, weights }: { ys: Float64Array; weights: Float64Array }) { return ys.reduce((sum, y, i) => sum + y * weights[i]!, 0); }
function environment() { return String(process.env.MODE); }`,
  `const models = flow("models", { n: 600, trees: [2, 3], xs: [1, 4], big: true }, (f, p) => {
  const ys = f.step(rows, { n: p.n });
  const forests = f.map(p.trees, (trees) => f.step(forest, { ys, trees }));
  const net = f.step(network, {});
  const grown = f.loop(net, (net) => ({ next: f.step(grow, { net }) }), { max: 3 });
  const inside = f.map(f.step(({ xs }: { xs: number[] }) => xs, { xs: p.xs }, { name: "list" }), (x) => {
    const bigger = f.step(grow, { net }, { name: "bigger" });
    return { x, first: f.step(out, { net, x }, { name: "first" }), then: f.step(out, { net: bigger, x }, { name: "then" }) };
  }, { max: 2 });
  const best = f.when(p.big, { true: () => forests.at(1), false: () => forests.at(0) });
  return {
    asks: f.map(p.xs, (x) => f.step(ask, { model: best, x })), inside, grown: f.step(out, { net: grown, x: 1 }, { name: "grown" }),
    weighted: f.step(weighted, { ys, weights }), mode: f.step(environment, {}, { env: { MODE: "it's ü" }, run: "process" }),
  };
});
const done = await models.run();`,
];

it("reproduces models, long arrays and what the notebook gives as the flow ran them", {
  timeout: 180_000,
}, async () => {
  const notebook = join(notebookFolder(cells), "test.ipynb");
  const project = projectFolder(await exportNotebook(notebook));
  const expected = ranAsNotebook(notebook, "done.output");
  await dvc(project, "init", "--no-scm", "--quiet");
  expect(await dvc(project, "repro")).not.toContain("WARNING");
  expect(result(project, "output")).toEqual(expected);
  expect(await dvc(project, "repro")).toContain("Data and pipelines are up to date.");
  const code = "import numpy, sys; a = numpy.load(sys.argv[1]); a[0] += 1; numpy.save(sys.argv[1], a)";
  execFileSync(tool("python"), ["-c", code, "given/weights.npy"], { cwd: project });
  expect(ran(await dvc(project, "repro"))).toEqual(["weighted"]);
});
