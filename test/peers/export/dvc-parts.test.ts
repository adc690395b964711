import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exportNotebook } from "../../../src/export/index.ts";
import { notebookFolder } from "../../export/notebooks.ts";
import { projectFolder, result } from "../../export/run-stages.ts";
import { root } from "../../support/tools.ts";
import { dvc, ran, ranAsNotebook } from "./reproduced.ts";

const cells = [
  'import { flow, type StepContext } from "stemma";\nimport * as aq from "arquero";\nimport median from "ml-array-median";',
  `const k = 3;
function scale({ x, by }: { x: number; by: number }) { return x * by * k; }
function middle({ xs }: { xs: number[] }) { return median(xs); }
function noisy({ x }: { x: number }, ctx: StepContext) { return [x, ctx.random(), ctx.item]; }`,
  `const inner = flow("inner", { xs: [1, 2, 3], by: 2 }, (f, p) => {
  const ys = f.map(p.xs, (x) => f.step(scale, { x, by: p.by }));
  return { middle: f.step(middle, { xs: ys }, { packages: ["ml-array-median"] }), ys, k: f.step(() => k, {}, { name: "k ü" }) };
});`,
  `function plus({ x }: { x: number }) { return x + 100; }
const between = flow("between", { x: 1 }, (f, p) => ({ once: f.use(inner, { by: p.x }), own: f.step(plus, { x: p.x }) }));
const earlier = await inner.run();`,
  `async function long({ n }: { n: number }, ctx: StepContext) {
  const from = (await ctx.checkpoint.load() as { i: number } | undefined)?.i ?? 0;
  for (let i = from; i < n; i++) {
    await ctx.checkpoint.save({ i: i + 1 });
    if (i === 2 && ctx.attempt === 1) throw new Error("power cut");
  }
  ctx.card.markdown("# done");
  ctx.card.table([{ from, n }], { columns: ["n"] });
  ctx.card.vega({ mark: "bar", data: { values: [] } });
  ctx.card.progress(n, n);
  ctx.log("ended at", n);
  return { from, attempt: ctx.attempt, n };
}
const outer = flow({ name: "outer", params: { by: 5, n: 6, xs: [2, 4], on: true }, seed: 3 }, (f, p) => {
  const a = f.use(inner, { xs: p.xs });
  return {
    a, b: f.use(between, { x: p.by }, { name: "second" }),
    each: f.map([1, 10], (by) => f.use(inner, { by }, { name: "each" }).at("middle")),
    chosen: f.when(p.on, { true: () => f.use(inner, { xs: [7] }, { name: "chosen" }).at("middle"), false: () => 0 }),
    drawn: f.map(a.at("ys"), (x) => f.step(noisy, { x })),
    long: f.step(long, { n: p.n }, { retry: { attempts: 2 }, card: true }),
    inline: f.step(async ({ n }: { n: number }, ctx: StepContext) => {
      const before = (await ctx.checkpoint.load()) as { table: aq.ColumnTable } | undefined;
      await ctx.checkpoint.save({ table: before?.table ?? aq.table({ n: [n, ctx.attempt] }) });
      if (ctx.attempt < 3) throw new Error("again");
      return before?.table.array("n");
    }, { n: p.n }, { name: "inline", retry: { attempts: 3 } }),
    longs: f.map(p.xs, (n) => f.step(long, { n }, { name: "longs", retry: { attempts: 2 } })),
  };
});
const done = await outer.run();`,
];

it("reproduces flows in flows, declared packages, checkpoints and steps with cards as the flow ran them", {
  timeout: 120_000,
}, async () => {
  const notebook = join(notebookFolder(cells), "test.ipynb");
  const exported = await exportNotebook(notebook);
  const project = projectFolder(exported);
  const expected = ranAsNotebook(notebook, "done.output");
  expect(expected).toMatchObject({
    a: { ys: [12, 24], k: 3 },
    b: { own: 105 },
    long: { from: 3, attempt: 2 },
    inline: [6, 1],
  });
  expect(JSON.parse(exported.files.get("package.json") ?? "").dependencies).not.toHaveProperty("stemma");
  await dvc(project, "init", "--no-scm", "--quiet");
  expect(await dvc(project, "repro")).not.toContain("WARNING");
  expect(result(project, "output")).toEqual(expected);
  expect(await dvc(project, "metrics", "show")).toContain("long.attempt");
  // What steps depend on by `packages` is what package.json says.
  const packages = join(project, "package.json");
  writeFileSync(packages, readFileSync(packages, "utf8").replace('"private": true', '"private":  true'));
  expect(ran(await dvc(project, "repro"))).toEqual([
    "inner-middle",
    "second-inner-middle",
    "each-middle@by0",
    "each-middle@by1",
    "on",
    "inline",
  ]);
});

const drawing = [
  `import { file, flow, type StepContext, type StepFile } from "stemma";
import * as aq from "arquero";
import { DecisionTreeRegression } from "ml-cart";
import { mkdirSync, writeFileSync } from "node:fs";`,
  `type Part = { text: StepFile; folder: StepFile; table: aq.ColumnTable; xs: Float64Array; model: DecisionTreeRegression };
function print({ x }: { x: number }) { writeFileSync("x" + x + ".txt", "ü".repeat(x)); return { text: file("x" + x + ".txt"), x }; }
function parts({ n }: { n: number }) {
  return Array.from({ length: n }, (_, i) => {
    mkdirSync("made/" + i + "/b ü", { recursive: true });
    for (const name of ["z.txt", "a.txt", "b ü/c.txt"]) writeFileSync("made/" + i + "/" + name, name + i);
    const model = new DecisionTreeRegression({ maxDepth: 2 });
    model.train([[0], [1], [2]], [i, 1, 2]);
    const table = aq.table({ a: [i, 2, 3], name: ["x", "y", null], at: [new Date(i), new Date(1), new Date(2)] });
    return { text: print({ x: i }).text, folder: file("made/" + i), table, xs: Float64Array.from({ length: 1000 }, (_, j) => i * j), model };
  });
}
function again({ part }: { part: Part }) { return part; }
function draw({ part }: { part: unknown }, ctx: StepContext) { return [ctx.seed, ctx.random(), ctx.random.int(1000)]; }`,
  `const drawn = flow({ name: "drawn", params: { n: 3, xs: [1, 2] }, seed: 7 }, (f, p) => {
  const list = f.step(parts, { n: p.n });
  const by = (key: keyof Part) => f.map(list, (part) => f.step(draw, { part: part.at(key) }, { name: "by-" + key }));
  return {
    text: by("text"), folder: by("folder"), table: by("table"), xs: by("xs"), model: by("model"),
    whole: f.map(list, (part) => f.step(draw, { part: f.step(again, { part }) }, { name: "whole" })),
    fan: f.map(p.xs, (x) => f.step(draw, { part: f.step(print, { x }) }, { name: "fan" })),
  };
});
const done = await drawn.run();`,
];

it("draws for each item by the content of files, folders, tables, arrays and models, as the flow did", {
  timeout: 120_000,
}, async () => {
  const notebook = join(notebookFolder(drawing), "test.ipynb");
  const project = projectFolder(await exportNotebook(notebook));
  const expected = ranAsNotebook(notebook, "done.output") as Readonly<Record<string, readonly (readonly number[])[]>>;
  for (const [seeds] of Object.values(expected)) expect(seeds).toHaveLength(3);
  expect(new Set(Object.values(expected).flatMap((items) => items.map(([seed]) => seed))).size).toBeGreaterThan(15);
  await dvc(project, "init", "--no-scm", "--quiet");
  await dvc(project, "repro");
  expect(result(project, "output")).toEqual(expected);
});

const onnx = [
  `import { file, flow, type StepFile, track } from "stemma";
import { InferenceSession, Tensor, env } from "onnxruntime-web";
import { copyFileSync, readFileSync } from "node:fs";`,
  `async function ask(bytes: Uint8Array, x: number) {
  env.wasm.numThreads = 1;
  const session = await InferenceSession.create(bytes);
  const [name = ""] = session.inputNames;
  const answers = await session.run({ [name]: new Tensor("float32", Float32Array.of(x, x), [1, 2]) });
  return Array.from(answers[session.outputNames[0] ?? ""]?.data as Float32Array);
}
function load({ path }: { path: string }) { copyFileSync(path, "copy.onnx"); return { bytes: new Uint8Array(readFileSync(path)), file: file("copy.onnx") }; }
const byBytes = ({ model, x }: { model: Uint8Array; x: number }) => ask(model, x);
const byFile = ({ model, x }: { model: StepFile; x: number }) => ask(readFileSync(model.path), x);`,
  `const asked = flow("asked", { xs: [1, 2.5] }, (f, p) => {
  const model = f.step(load, { path: f.file("linear.onnx") });
  return f.map(p.xs, (x) => [f.step(byBytes, { model: model.at("bytes"), x }), f.step(byFile, { model: model.at("file"), x })]);
});
const done = await asked.run();`,
];

it("gives an ONNX model from stage to stage as its bytes and as a file, as the flow does", {
  timeout: 120_000,
}, async () => {
  const folder = notebookFolder(onnx);
  cpSync(join(root, "test/golden/mlflow-3.17.2/linear.onnx"), join(folder, "linear.onnx"));
  const notebook = join(folder, "test.ipynb");
  const project = projectFolder(await exportNotebook(notebook));
  const expected = ranAsNotebook(notebook, "done.output");
  await dvc(project, "init", "--no-scm", "--quiet");
  await dvc(project, "repro");
  expect(result(project, "output")).toEqual(expected);
});
