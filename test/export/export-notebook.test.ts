import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportNotebook } from "../../src/export/index.ts";
import { copiedModules, runtimeFiles } from "../../src/export/runtime-files.ts";
import { dvcYaml, importingNotebook, notebookFolder, stemma, steps } from "./notebooks.ts";
import { exportedResults, projectFolder, result, runStages } from "./run-stages.ts";

describe("what a stage is made of", () => {
  it("takes modules beside the notebook along, as Node wants them", async () => {
    const files = {
      "model.ts":
        'import { Row, scale } from "./lib/scale";\nexport { Row } from "./lib/scale";\nexport const f = (row: Row) => scale(row.x);',
      "lib/scale.ts":
        'import table from "./table.json";\nexport interface Row { x: number }\nexport enum Unit { One = 1 }\nexport const scale = (x: number) => x * table.factor * Unit.One;',
      "lib/table.json": '{ "factor": 3 }',
    };
    const notebook = importingNotebook(
      [
        'import { f as run, Row } from "./model.js";',
        "const one = ({ row }: { row: Row }) => run(row);",
        'flow("m", {}, (f) => f.step(one, { row: { x: 2 } }))',
      ],
      files,
    );
    expect(await exportedResults(notebook, ["one"])).toEqual([6]);
  });

  it("asks for the packages that a stage imports, at the installed version", async () => {
    const cells = [
      'import * as aq from "arquero";',
      "const rows = () => aq.table({ a: [1, 2] }).numRows();",
      'flow("p", {}, (f) => f.step(rows, {}))',
    ];
    const { files } = await exportNotebook(importingNotebook(cells));
    const { version } = JSON.parse(readFileSync("node_modules/arquero/package.json", "utf8")) as { version: string };
    expect(JSON.parse(files.get("package.json") ?? "")).toMatchObject({ dependencies: { arquero: version } });
  });

  it("takes along what the notebook's project overrides of these packages", async () => {
    const cells = [
      'import * as aq from "arquero";\nconst rows = () => aq.table({ a: [1] }).numRows();',
      'flow("p", {}, (f) => f.step(rows, {}))',
    ];
    const overrides = { "@uwdata/flechette": "2.6.0", "left-pad": "1.0.0" };
    const { files } = await exportNotebook(importingNotebook(cells, { "package.json": JSON.stringify({ overrides }) }));
    expect(JSON.parse(files.get("package.json") ?? "")).toHaveProperty("overrides", { "@uwdata/flechette": "2.6.0" });
  });

  it("asks for no package that only computes params", async () => {
    const cells = [
      'import * as aq from "arquero";',
      "const n = aq.table({ a: [1, 2] }).numRows();",
      steps,
      'flow("p", { n }, (f, p) => f.step(range, { n: p.n }))',
    ];
    const { files } = await exportNotebook(importingNotebook(cells));
    expect(files.get("package.json")).not.toContain("arquero");
    expect(files.get("params.yaml")).toBe("n: 2\n");
  });

  it("keeps Stemma as a package where a step calls it", async () => {
    const cells = [
      'const step = ({ x }: { x: number }) => track.stage("s", () => x);',
      'flow("t", {}, (f) => f.step(step, { x: 1 }))',
    ];
    const { files, notes } = await exportNotebook(importingNotebook(cells));
    expect(files.get("package.json")).toContain('"stemma": ');
    expect(notes).toEqual(["The code calls Stemma itself, so package.json keeps `stemma` as a dependency."]);
  });

  it("gives way to the user's names", async () => {
    const cells = [
      "const $item1 = 1;\nfunction stage({ key }: { key: number }) { return key + $item1; }",
      'flow("names", { keys: [1, 2] }, (f, p) => f.map(p.keys, (key) => f.step(stage, { key })))',
    ];
    expect(await exportedResults(importingNotebook(cells), ["output"])).toEqual([[2, 3]]);
  });

  it("runs nothing of the notebook but what the flow is made of", async () => {
    const cells = [
      'import { writeFileSync } from "node:fs";\nwriteFileSync("ran", "");',
      steps,
      'const g = flow("quiet", {}, (f) => f.step(double, { x: 1 }));\nawait g.run();',
    ];
    const folder = notebookFolder([stemma, ...cells]);
    await exportNotebook(join(folder, "test.ipynb"));
    expect(existsSync(join(folder, "ran"))).toBe(false);
    expect(existsSync(join(folder, "stemma"))).toBe(false);
  });

  it("takes the file that a flow reads along, with its .dvc file", async () => {
    const read =
      'import { readFileSync } from "node:fs";\nconst read = ({ path }: { path: string }) => readFileSync(path, "utf8");';
    const files = {
      "data/ä b.csv": "1,2",
      "data/ä b.csv.dvc": "outs:\n- md5: 1a6562590ef19d1045d06c4055742d38\n  size: 3\n  hash: md5\n  path: ä b.csv\n",
    };
    const notebook = importingNotebook(
      [read, 'flow("r", {}, (f) => f.step(read, { path: f.file("data/ä b.csv") }))'],
      files,
    );
    const project = await exportNotebook(notebook);
    expect(project.copies.map(({ to }) => to)).toEqual(["data/ä b.csv", "data/ä b.csv.dvc"]);
    const folder = projectFolder(project);
    runStages(folder);
    expect(result(folder, "read")).toBe("1,2");
  });

  it("gives the same bytes each time", async () => {
    const notebook = importingNotebook([
      steps,
      'flow("same", { xs: [1, 2] }, (f, p) => f.map(p.xs, (x) => f.step(double, { x })))',
    ]);
    expect([...(await exportNotebook(notebook)).files]).toEqual([...(await exportNotebook(notebook)).files]);
  });

  it("exports the flow that is asked for", async () => {
    const notebook = importingNotebook([
      steps,
      'flow("a", {}, (f) => f.step(double, { x: 1 }))',
      'flow("b", {}, (f) => f.step(range, { n: 1 }))',
    ]);
    const { stages } = await exportNotebook(notebook, { flow: "b" });
    expect(stages).toEqual([{ name: "range", items: 1 }]);
    await expect(exportNotebook(notebook)).rejects.toThrow("it has 2 flows (a, b). Say which one: --flow NAME.");
  });
});

it("copies only modules that the built library has as files", () => {
  const built = readFileSync("scripts/library.mjs", "utf8");
  expect(copiedModules.filter((path) => !built.includes(`"${path}"`))).toEqual([]);
});

describe("a notebook without a flow", () => {
  it("is one stage of all its cells, whose result is the value shown last", async () => {
    const folder = notebookFolder(
      [
        'import { readFileSync } from "node:fs";',
        'const text = readFileSync("data.csv", "utf8");',
        "const n = text.length;",
        "const text = 1;\n({ n, text })",
      ],
      { "data.csv": "abc" },
    );
    const notebook = join(folder, "test.ipynb");
    expect(await dvcYaml(notebook)).toContain("- data.csv\n");
    expect(await exportedResults(notebook, ["test"])).toEqual([{ n: 3, text: 1 }]);
  });
});

describe("what stands in the way", () => {
  it("is told all at once, by cell and line", async () => {
    const cells = [
      "const model = await Promise.resolve(1);",
      "const other = Math.random();\nconst a = ({ x }: { x: number }) => x + model;\nconst b = () => other;",
      'flow("bad", { x: 1 }, (f, p) => { f.step(a, { x: p.x }); return f.step(b, {}); })',
    ];
    await expect(exportNotebook(importingNotebook(cells))).rejects.toThrow(
      /cell 2, line 1: .*`model`, made by running cell 2 \(it awaits\).*\n.*cell 3, line 1: .*`other`, made by running cell 3/,
    );
  });

  it.each([
    [["const a = ;"], "cell 2, line 1: Unexpected token"],
    [[steps, 'flow("f", {}, (f) => f.step(double, { x: missing }))'], "cell 3, line 1: missing is not defined"],
    [['flow("f", {}, (f) => f.file("a"))'], "it has no step"],
    [
      ['import { g } from "./gone";', 'flow("f", {}, (f) => f.step(g, {}))'],
      'a cell imports "./gone", which is not there',
    ],
    [
      ['import { g } from "not-installed";', 'flow("f", {}, (f) => f.step(g, {}))'],
      "the package not-installed is not installed",
    ],
    [
      [
        "const g = ({ path }: { path: string }) => path;",
        'flow("f", {}, (f) => f.step(g, { path: f.file("gone.csv") }))',
      ],
      "gone.csv, which the flow reads, is not there",
    ],
    [
      ['flow("f", { x: 1 }, (f, p) => f.step(() => p.x, {}, { name: "g" }))'],
      "step g uses `p` of the flow's body. Pass it",
    ],
    [
      [
        'const cases = await version("a");',
        steps,
        'flow("f", { n: cases.bytes }, (f, p) => f.step(double, { x: p.n }))',
      ],
      "cell 2, line 1: the flow uses `cases`, made by running cell 2 (it awaits). Write the value",
    ],
  ])("%j", async (cells, message) => {
    await expect(exportNotebook(importingNotebook(cells as string[]))).rejects.toThrow(message as string);
  });

  it("is a file that is not there or a folder", async () => {
    const folder = notebookFolder([]);
    await expect(exportNotebook(join(folder, "gone.ipynb"))).rejects.toThrow("there is no such file. Give the path");
    await expect(exportNotebook(folder)).rejects.toThrow("this is a folder. Give the path of an .ipynb file.");
  });
});

it.each([
  { beside: false, models: false, commands: false },
  { beside: true, models: false, commands: false },
  { beside: true, models: true, commands: true },
])("gives a project all files that its files import: %j", (needs) => {
  const files = runtimeFiles(needs);
  const imported = [...files].flatMap(([name, text]) =>
    [...text.matchAll(/^(?:import|export|\} from) ?.*"\.\/([^"]+)"/gm)].map(([, path = ""]) => `${name} ${path}`),
  );
  expect(imported.length).toBeGreaterThan(5);
  // What keeps models is imported when one is met.
  expect(imported.filter((one) => !files.has(one.split(" ")[1] ?? ""))).toEqual([]);
});
