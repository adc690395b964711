import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exportNotebook } from "../../../src/export/index.ts";
import { notebookFolder } from "../../export/notebooks.ts";
import { projectFolder, result } from "../../export/run-stages.ts";
import { dvc, ran, ranAsNotebook } from "./reproduced.ts";

/** A notebook's pipeline, run once; and what both give after a param has another value. */
async function pipeline(cells: readonly string[], files: Readonly<Record<string, string>>) {
  const notebook = join(notebookFolder(cells, files), "test.ipynb");
  const exported = await exportNotebook(notebook);
  const project = projectFolder(exported);
  await dvc(project, "init", "--no-scm", "--quiet");
  expect(await dvc(project, "repro")).not.toContain("WARNING");
  const params = join(project, "params.yaml");
  return {
    project,
    readme: exported.files.get("README.md") ?? "",
    notebook: (expression: string) => ranAsNotebook(notebook, expression),
    change: async (from: string, to: string) => {
      const text = readFileSync(params, "utf8");
      expect(text).toContain(from);
      writeFileSync(params, text.replace(from, to));
      return ran(await dvc(project, "repro"));
    },
    metrics: async () => JSON.parse(await dvc(project, "metrics", "show", "--json"))[""].data,
  };
}

const regions = ["Wien", "Tirol", "Kärnten"];
const cases = Array.from({ length: 60 }, (_, i) => `${regions[i % 3]},${Math.floor(i / 3)},${10 + i + ((i * 7) % 5)}`);

const tables = [
  'import { file, flow } from "stemma";\nimport * as aq from "arquero";\nimport { readFileSync, writeFileSync } from "node:fs";',
  'const raw = aq.fromCSV(readFileSync("data/cases.csv", "utf8"));\nraw.numRows();',
  `interface Fit { window: number; rmse: number; rows: number }
const load = ({ path }: { path: string }) => aq.fromCSV(readFileSync(path, "utf8")) as aq.ColumnTable;
const clean = ({ table, min }: { table: aq.ColumnTable; min: number }) => table.params({ min }).filter((d: any, $: any) => d.cases >= $.min);
const mean = (xs: number[]) => xs.reduce((a, b) => a + b, 0) / xs.length;
function smooth({ table, window }: { table: aq.ColumnTable; window: number }): Fit {
  const ys = table.array("cases") as number[];
  const errors = ys.slice(window).map((y, i) => (y - mean(ys.slice(i, i + window))) ** 2);
  return { window, rmse: Math.sqrt(mean(errors)), rows: ys.length };
}
function report({ fits }: { fits: Fit[] }) {
  writeFileSync("report.csv", ["window,rmse", ...fits.map((f) => [f.window, f.rmse].join(","))].join("\\n") + "\\n");
  return { curve: file("report.csv"), best: fits.reduce((a, b) => (b.rmse < a.rmse ? b : a)) };
}`,
  `const smoothing = flow("smoothing", { windows: [2, 3, 5], min: 12 }, (f, p) => {
  const table = f.step(clean, { table: f.step(load, { path: f.file("data/cases.csv") }), min: p.min });
  return f.step(report, { fits: f.map(p.windows, (window) => f.step(smooth, { table, window })) });
});`,
];

it("goes from a notebook with tables, a map over params and files to metrics, plots and other params", {
  timeout: 120_000,
}, async () => {
  const files = { "data/cases.csv": `region,day,cases\n${cases.join("\n")}\n` };
  const { project, readme, notebook, change, metrics } = await pipeline(tables, files);
  const told = (expression: string) => ({
    "out/report.json": { data: { best: notebook(`(${expression}).output.best`) } },
  });
  expect(await metrics()).toEqual(told("await smoothing.run()"));
  await dvc(project, "plots", "show", "out/report.files/0/report.csv", "-x", "window", "-y", "rmse");
  expect(readFileSync(join(project, "dvc_plots/index.html"), "utf8")).toContain('"rmse"');
  const fits = ["smooth@window0", "smooth@window1", "smooth@window2"];
  expect(await change("min: 12", "min: 40")).toEqual(["clean", ...fits, "report"]);
  expect(await metrics()).toEqual(told("await smoothing.run({ min: 40 })"));
  expect(await change("window0: 2", "window0: 4")).toEqual(["smooth@window0", "report"]);
  expect(await metrics()).toEqual(told("await smoothing.run({ min: 40, windows: [4, 3, 5] })"));
  expect(readme).toContain("What the flow gives is `out/report.json`.");
  expect(readme).toContain("dvc exp run -S min=…");
});

const control = [
  'import { flow } from "stemma";',
  `type Method = "newton" | "bisect";
const g = (x: number, a: number) => x * x - a;
function start({ a }: { a: number }) { return { lo: 0, hi: Math.max(1, a), x: Math.max(1, a), n: 0 }; }
type State = ReturnType<typeof start>;
const newton = ({ s, a }: { s: State; a: number }): State => ({ ...s, x: s.x - g(s.x, a) / (2 * s.x), n: s.n + 1 });
function bisect({ s, a }: { s: State; a: number }): State {
  const x = (s.lo + s.hi) / 2;
  return { ...s, ...(g(x, a) > 0 ? { hi: x } : { lo: x }), x, n: s.n + 1 };
}
const near = ({ s, a, tol }: { s: State; a: number; tol: number }) => Math.abs(g(s.x, a)) < tol;
const tell = ({ method, s }: { method: Method; s: State }) => ({ method, x: s.x, rounds: s.n });`,
  `const root = flow("root", { a: 2, method: "newton" as Method, tol: 1e-9 }, (f, p) => {
  const end = f.loop(f.step(start, { a: p.a }), (s) => {
    const next = f.when(p.method, { newton: () => f.step(newton, { s, a: p.a }), bisect: () => f.step(bisect, { s, a: p.a }) });
    return { next, until: f.step(near, { s: next, a: p.a, tol: p.tol }) };
  }, { max: 60, name: "iterate" });
  return f.step(tell, { method: p.method, s: end });
});`,
];

it("goes from a notebook with a loop and a choice to another branch of it", { timeout: 120_000 }, async () => {
  const { project, notebook, change, metrics } = await pipeline(control, {});
  expect(result(project, "tell")).toEqual(notebook("(await root.run()).output"));
  expect(await change("method: newton", "method: bisect")).toEqual(["iterate", "tell"]);
  const bisected = notebook('(await root.run({ method: "bisect" })).output');
  expect(result(project, "tell")).toEqual(bisected);
  expect(await metrics()).toEqual({ "out/tell.json": { data: bisected } });
  expect(await change("a: 2\n", "a: 3\n")).toEqual(["start", "iterate", "tell"]);
  expect(result(project, "tell")).toEqual(notebook('(await root.run({ method: "bisect", a: 3 })).output'));
});

const python = [
  'import { flow } from "stemma";\nimport { readFileSync } from "node:fs";',
  `const loss = ({ path }: { path: string }) => JSON.parse(readFileSync(path, "utf8")) as { loss: number; alpha: number };
const pick = ({ all }: { all: { loss: number; alpha: number }[] }) => all.reduce((a, b) => (b.loss < a.loss ? b : a));`,
  `const ridge = flow("ridge", { alphas: [0.1, 10], degree: 2 }, (f, p) => {
  const features = f.exec("python prepare.py {raw} {degree} {features}", { deps: { raw: f.file("data/raw.csv"), script: "prepare.py" }, params: { degree: p.degree }, outs: { features: "features.json" } }, { name: "prepare" }).at("features");
  const fits = f.map(p.alphas, (alpha) => f.step(loss, { path: f.exec("python fit.py {data} {alpha} {metrics} {plot}", { deps: { script: "fit.py", data: features }, params: { alpha }, outs: { metrics: "metrics.json", plot: "plot.csv" } }, { name: "fit" }).at("metrics") }));
  return f.step(pick, { all: fits });
});`,
];

const scripts = {
  "data/raw.csv": `x,y\n${Array.from({ length: 20 }, (_, i) => `${i / 10},${Math.sin(i / 10)}`).join("\n")}\n`,
  "prepare.py": `import csv, json, sys
rows = [(float(r["x"]), float(r["y"])) for r in csv.DictReader(open(sys.argv[1]))]
json.dump({"X": [[x ** k for k in range(int(sys.argv[2]) + 1)] for x, _ in rows], "y": [y for _, y in rows]}, open(sys.argv[3], "w"))
`,
  "fit.py": `import json, sys
data, alpha = json.load(open(sys.argv[1])), float(sys.argv[2])
w = [0.0] * len(data["X"][0])
for _ in range(50):
    for row, y in zip(data["X"], data["y"]):
        error = sum(a * b for a, b in zip(w, row)) - y
        w = [a - 0.01 * (error * b + alpha * a / len(data["y"])) for a, b in zip(w, row)]
said = [sum(a * b for a, b in zip(w, row)) for row in data["X"]]
json.dump({"loss": sum((s - y) ** 2 for s, y in zip(said, data["y"])), "alpha": alpha}, open(sys.argv[3], "w"))
open(sys.argv[4], "w").write("x,said\\n" + "".join(f"{row[1]},{s}\\n" for row, s in zip(data["X"], said)))
`,
};

it("goes from a notebook of Python commands to their metrics and plots in dvc", { timeout: 120_000 }, async () => {
  const { project, notebook, change, metrics } = await pipeline(python, scripts);
  expect(result(project, "pick")).toEqual(notebook("(await ridge.run()).output"));
  expect(Object.keys(await metrics())).toEqual([
    "out/fit/alpha0/metrics.json",
    "out/fit/alpha1/metrics.json",
    "out/pick.json",
  ]);
  await dvc(project, "plots", "show");
  const page = readFileSync(join(project, "dvc_plots/index.html"), "utf8");
  expect(page).toContain("fit/alpha1/plot.csv");
  expect(await change("alpha1: 10", "alpha1: 0.01")).toEqual(["fit@alpha1", "loss@alpha1", "pick"]);
  const changed = notebook("(await ridge.run({ alphas: [0.1, 0.01] })).output");
  expect(result(project, "pick")).toEqual(changed);
  expect((await metrics())["out/pick.json"]).toEqual({ data: changed });
});
