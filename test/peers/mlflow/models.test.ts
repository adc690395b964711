import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openModels, type SavedModel, track } from "../../../src/track/index.ts";
import { root, tool } from "../../support/tools.ts";
import { type MlflowServer, startMlflow } from "./mlflow-server.ts";
import { emptyFolder, type Served, startServe } from "./serve.ts";

const require = createRequire(import.meta.url);
const onnxFile = join(root, "test/golden/mlflow-3.17.2/onnx-tensor/model.onnx");
const rows = [
  [5.1, 3.5, 1.4, 0.2],
  [6.3, 3.3, 6, 2.5],
];
const linearFile = join(root, "test/golden/mlflow-3.17.2/linear.onnx");
const records = [
  { a: 1.5, b: 2.25 },
  { a: 2.5, b: 1.75 },
];
const features = Array.from({ length: 60 }, (_, i) => [i % 7, (i * 3) % 11, (i * i) % 5]);
const labels = features.map(([a = 0, b = 0, c = 0]) => (a + c > 5 ? 2 : b > 5 ? 1 : 0));

interface Said {
  readonly said: unknown;
  readonly inputs: unknown;
  readonly run: string;
  readonly model: string;
  readonly example: unknown;
}

const before = process.cwd();
let server: MlflowServer;
let served: Served;
let tensors: SavedModel;
let columns: SavedModel;
let sent: SavedModel;
let forest: SavedModel;
let said: Readonly<Record<"tensors" | "columns" | "forest" | "sent", Said>>;
let ours: Said;
let refusal: string;
let made: {
  readonly labels: readonly number[];
  readonly probabilities: readonly (readonly number[])[];
  readonly run: string;
};
let registered: unknown;

beforeAll(async () => {
  server = await startMlflow();
  process.chdir(emptyFolder());
  tensors = await kept("fit", onnxFile, { inputExample: rows });
  columns = await kept("fit", linearFile, { inputExample: records, registeredName: "line", aliases: ["champion"] });
  served = await startServe(process.cwd());
  const { DecisionTreeClassifier } = require("ml-cart");
  const tree = new DecisionTreeClassifier();
  tree.train(rows, [0, 1]);
  forest = await kept("tree", tree, { inputExample: rows });
  track.use(server.url);
  sent = await kept("fit", linearFile, { inputExample: records, registeredName: "größe iris", aliases: ["champion"] });
  const answers = await python({
    made: ["log_sklearn", { name: "forest", experiment: "python", rows: features, labels }],
    tensors: ["predict", { uri: await folderOf(tensors), rows }],
    columns: ["predict", { uri: await folderOf(columns), records }],
    sent: ["predict", { uri: "models:/größe iris@champion", records }],
    registered: ["registered", { name: "größe iris" }],
    refusal: ["refused", { uri: await folderOf(forest) }],
  });
  const fromOurs = await python({ ours: ["predict", { uri: "models:/line@champion", records }] }, served);
  ours = fromOurs["ours"] as Said;
  ({ made, refusal, registered } = answers as { made: typeof made; refusal: string; registered: unknown });
  said = answers as unknown as typeof said;
  // A server and a Python with scikit-learn: on a busy machine they take minutes.
}, 900_000);
afterAll(async () => {
  track.use(null);
  await served.close();
  process.chdir(before);
  await server.close();
});

async function kept(name: string, model: unknown, options: object): Promise<SavedModel> {
  const run = await track("models", {}, async (open) => open.model(name, model, options));
  return run.result;
}

async function folderOf({ id }: SavedModel): Promise<string> {
  return (await openModels().loggedModel(id ?? ""))?.artifactFolder ?? "";
}

async function python(
  calls: Readonly<Record<string, readonly [string, object]>>,
  { url, token }: { readonly url: string; readonly token?: string } = server,
): Promise<Readonly<Record<string, unknown>>> {
  const login = token === undefined ? {} : { MLFLOW_TRACKING_TOKEN: token };
  const env = { ...process.env, MLFLOW_TRACKING_URI: url, GIT_PYTHON_REFRESH: "quiet", ...login };
  const script = join(root, "test/peers/mlflow/models.py");
  const { stdout } = await promisify(execFile)(tool("python"), [script, JSON.stringify(calls)], { env });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}

describe("an ONNX model of ours in Python's MLflow", () => {
  it("loads from its folder and says the same to an array", async () => {
    const { label, probabilities = [] } = await tensors.outputs(rows);
    const there = said.tensors.said as { readonly label: unknown; readonly probabilities: readonly number[][] };
    expect(there.label).toEqual(label);
    // The processor's own instructions and WebAssembly's round the last digits of float32 otherwise.
    there.probabilities.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(Number(probabilities.flat()[i]), 6);
    });
    expect(said.tensors).toMatchObject({ run: tensors.info.runId, model: tensors.id });
  });

  it("loads from its folder and says the same to a data frame", async () => {
    const { variable = [] } = await columns.outputs(records);
    expect(said.columns.said).toEqual({ variable: variable.flat() });
    expect(said.columns.inputs).toMatchObject([{ name: "a", type: "double" }, { name: "b" }]);
    expect(said.columns.example).toEqual({ a: [1.5, 2.5], b: [2.25, 1.75] });
  });

  it("loads by its alias through stemma serve", () => {
    expect(ours.said).toEqual(said.columns.said);
    expect(ours.model).toBe(columns.id);
  });

  it("is on the server that runs are kept on, by its alias", () => {
    expect(said.sent.said).toEqual(said.columns.said);
    expect(registered).toEqual({ version: "1", run: sent.info.runId, status: "READY", name: "fit", outputs: 1 });
  });
});

describe("a model of JavaScript alone in Python's MLflow", () => {
  it("is told to be none for Python", () => {
    expect(refusal).toContain('Model does not have the "python_function" flavor');
  });
});

describe("a scikit-learn model that Python logged as ONNX", () => {
  it("is loaded from the server by its alias, and says what it said in Python", async () => {
    const model = await track.model("forest@champion");
    expect(model.info).toMatchObject({
      flavor: "onnx",
      runId: made.run,
      version: { version: 1, aliases: ["champion"] },
    });
    expect(await model.predict(features)).toEqual(made.labels);
    const { probabilities = [] } = await model.outputs(features);
    const wanted = made.probabilities.flat();
    probabilities.flat().forEach((value, i) => {
      expect(value).toBeCloseTo(wanted[i] ?? Number.NaN, 6);
    });
    expect(model.signature?.inputs?.map(({ name }) => name)).toEqual(["x0", "x1", "x2"]);
  });

  it("is in the registry that a notebook sees", async () => {
    expect((await track.registry.list()).map(({ name }) => name)).toEqual(["forest", "größe iris"]);
    expect(await track.registry.version("forest@champion")).toMatchObject({ runId: made.run });
  });
});
