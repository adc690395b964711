import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exportNotebook } from "../../../src/export/index.ts";
import { notebookFolder } from "../../export/notebooks.ts";
import { projectFolder, result } from "../../export/run-stages.ts";
import { dvc, ran, ranAsNotebook } from "./reproduced.ts";

const cells = [
  'import { flow, type StepContext } from "stemma";\nimport median from "ml-array-median";',
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
  ctx.card.progress(n, { of: n });
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
  expect(expected).toMatchObject({ a: { ys: [12, 24], k: 3 }, b: { own: 105 }, long: { from: 3, attempt: 2 } });
  expect(JSON.parse(exported.files.get("package.json") ?? "").dependencies).not.toHaveProperty("stemma");
  dvc(project, "init", "--no-scm", "--quiet");
  expect(dvc(project, "repro")).not.toContain("WARNING");
  expect(result(project, "output")).toEqual(expected);
  expect(dvc(project, "metrics", "show")).toContain("long.attempt");
  // What steps depend on by `packages` is what package.json says.
  const packages = join(project, "package.json");
  writeFileSync(packages, readFileSync(packages, "utf8").replace('"private": true', '"private":  true'));
  expect(ran(dvc(project, "repro"))).toEqual([
    "inner-middle",
    "second-inner-middle",
    "each-middle@by0",
    "each-middle@by1",
    "on",
  ]);
});
