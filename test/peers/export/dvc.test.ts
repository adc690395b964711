import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { exportNotebook } from "../../../src/export/index.ts";
import { notebookFolder } from "../../export/notebooks.ts";
import { projectFolder, result } from "../../export/run-stages.ts";
import { root, tool } from "../../support/tools.ts";
import { dvc, ran, ranAsNotebook } from "./reproduced.ts";

function seirFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "stemma-seir-"));
  for (const name of ["seir.ipynb", "seir.ts"]) cpSync(join(root, "notebooks", name), join(folder, name));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

describe("the SEIR notebook", () => {
  let notebook: string;
  let expected: unknown;
  let project: string;

  beforeAll(async () => {
    notebook = join(seirFolder(), "seir.ipynb");
    // The notebook's own functions, called one after the other: neither the flow nor its runs have a part in it.
    const counts = 'load({ path: "data/cases.csv" })';
    const fits = `settings.map((setting) => fitOne({ counts: ${counts}, setting, people }))`;
    expected = ranAsNotebook(notebook, `pick({ fits: ${fits} })`, /track[.(]|flow\(|danfojs|fitSeir|done|champion/);
    project = projectFolder(await exportNotebook(notebook));
    await dvc(project, "init", "--no-scm", "--quiet");
  });

  it("is reproduced by dvc with the notebook's own best parameters, without Stemma and with an empty cache", async () => {
    expect(existsSync(join(project, "node_modules/stemma"))).toBe(false);
    expect(existsSync(join(project, "stemma"))).toBe(false);
    expect(existsSync(join(project, ".dvc/cache"))).toBe(false);
    expect(ran(await dvc(project, "repro"))).toHaveLength(11);
    expect(result(project, "pick")).toEqual(expected);
  });

  it("has nothing to do the second time", async () => {
    expect(await dvc(project, "repro")).toContain("Data and pipelines are up to date.");
    expect(await dvc(project, "status")).toContain("Data and pipelines are up to date.");
  });

  it("takes its data as DVC tracks it", async () => {
    expect(readFileSync(join(project, "data/cases.csv.dvc"))).toEqual(
      readFileSync(join(dirname(notebook), "data/cases.csv.dvc")),
    );
  });

  it("runs one item again when one item of params.yaml changes, and a new one when it is added", async () => {
    const params = join(project, "params.yaml");
    const text = readFileSync(params, "utf8");
    writeFileSync(params, text.replace("gamma: 0.36", "gamma: 0.37"));
    expect(ran(await dvc(project, "repro"))).toEqual(["fitOne@setting0", "pick"]);
    writeFileSync(params, text.replace("settings:\n", "settings:\n  extra:\n    sigma: 3\n    gamma: 0.4\n"));
    // The first item is as it was: DVC takes it from its run cache.
    expect(ran(await dvc(project, "repro"))).toEqual(["fitOne@extra", "pick"]);
    writeFileSync(params, text);
    await dvc(project, "repro");
    expect(result(project, "pick")).toEqual(expected);
  });

  it("gives another result when a stage is altered", async () => {
    const stage = join(project, "src/stages/pick.ts");
    writeFileSync(stage, readFileSync(stage, "utf8").replace("fit.rmse < best.rmse", "fit.rmse > best.rmse"));
    expect(ran(await dvc(project, "repro"))).toEqual(["pick"]);
    expect(result(project, "pick")).not.toEqual(expected);
  });
});

it("reproduces maps over computed lists, maps in maps and retries as the flow ran them", async () => {
  const cells = [
    'import { flow } from "stemma";',
    `const weights = { low: 0.5, high: 2 };
function range({ n }: { n: number }) { return Array.from({ length: n }, (_, i) => i + 1); }
function weigh({ x, by }: { x: number; by: keyof typeof weights }) { return { x, w: x * weights[by], at: new Date(x), odd: x > 2 ? NaN : -0 }; }
function table({ rows, max }: { rows: unknown; max: number }) { return { rows, max }; }`,
    `const shapes = flow("shapes", { ns: [1, 3], by: "high" as const, top: { max: 9 } }, (f, p) => {
  const per = f.map(p.ns, (n) => {
    const xs = f.step(range, { n });
    return f.map(xs, (x) => f.step(weigh, { x, by: p.by }, { name: "weigh" }), { max: 2 });
  });
  const inner = f.map(f.step(range, { n: 2 }), (n) => f.map(p.ns, (m) => ({ n, m, w: f.step(weigh, { x: n, by: "low" }) })));
  return { all: f.step(table, { rows: per, max: p.top.at("max") }, { retry: { attempts: 2 } }), inner };
});
const done = await shapes.run();`,
  ];
  const notebook = join(notebookFolder(cells), "test.ipynb");
  const expected = ranAsNotebook(notebook, "done.output");
  const project = projectFolder(await exportNotebook(notebook));
  await dvc(project, "init", "--no-scm", "--quiet");
  await dvc(project, "repro");
  expect(result(project, "output")).toEqual(expected);
  expect(await dvc(project, "repro")).toContain("Data and pipelines are up to date.");
});

it("reproduces branches, loops, tables, files and what a step names in `files`, and runs again what one of them changes", {
  timeout: 120_000,
}, async () => {
  const cells = [
    'import { file, flow } from "stemma";\nimport * as aq from "arquero";\nimport { readFileSync, writeFileSync } from "node:fs";',
    `function load({ n }: { n: number }) { return aq.table({ x: Array.from({ length: n }, (_, i) => i), name: Array.from({ length: n }, (_, i) => "ü" + i), at: Array.from({ length: n }, (_, i) => new Date(i)) }); }
function part({ table, i }: { table: aq.ColumnTable; i: number }) { return { i, part: table.filter(aq.escape((row: { x: number }) => row.x % 3 === i)) }; }
function scale({ by }: { by: number }) { return by * Number(readFileSync("data/scale.txt", "utf8")); }
function print({ parts, by }: { parts: { i: number; part: aq.ColumnTable }[]; by: number }) {
  writeFileSync("all.csv", parts.map(({ part }) => part.derive({ y: aq.escape((row: { x: number }) => row.x * by) }).toCSV()).join(""));
  return { csv: file("all.csv"), rows: parts.map(({ part }) => part.numRows()) };
}
function size({ csv }: { csv: { path: string } }) { return readFileSync(csv.path, "utf8"); }
function isBig({ x }: { x: number }) { return x > 50; }
function double({ x }: { x: number }) { return x * 2; }`,
    `const mixed = flow("mixed", { n: 9, parts: [0, 1, 2], exact: true }, (f, p) => {
  const table = f.step(load, { n: p.n });
  const parts = f.map(p.parts, (i) => f.step(part, { table, i }));
  const by = f.loop(1, (x) => { const next = f.step(double, { x }); return { next, until: f.step(isBig, { x: next }) }; }, { max: 9 });
  const factor = f.when(p.exact, { true: () => f.step(scale, { by }, { files: ["data/scale.txt"] }), false: () => by });
  const printed = f.step(print, { parts, by: factor });
  return { text: f.step(size, { csv: printed.at("csv") }), rows: printed.at("rows"), factor };
});
const done = await mixed.run();`,
  ];
  const notebook = join(notebookFolder(cells, { "data/scale.txt": "3" }), "test.ipynb");
  const expected = ranAsNotebook(notebook, "done.output");
  const exported = await exportNotebook(notebook);
  expect(JSON.parse(exported.files.get("package.json") ?? "").dependencies).not.toHaveProperty("stemma");
  const project = projectFolder(exported);
  await dvc(project, "init", "--no-scm", "--quiet");
  expect(await dvc(project, "repro")).not.toContain("WARNING");
  expect(result(project, "output")).toEqual(expected);
  expect(await dvc(project, "status")).toContain("Data and pipelines are up to date.");
  expect(tableOf(project, "out/load.files/0.arrow")).toEqual({ rows: 9, columns: ["x", "name", "at"] });
  writeFileSync(join(project, "data/scale.txt"), "4");
  expect(ran(await dvc(project, "repro"))).toEqual(["exact", "print", "size", "output"]);
  expect(result(project, "output")).toMatchObject({ factor: 256, rows: [3, 3, 3] });
});

/** What Python reads. */
function tableOf(folder: string, path: string): unknown {
  const code =
    "import json, sys, pandas; t = pandas.read_feather(sys.argv[1]); print(json.dumps({'rows': len(t), 'columns': list(t.columns)}))";
  return JSON.parse(execFileSync(tool("python"), ["-c", code, path], { cwd: folder, encoding: "utf8" }));
}
