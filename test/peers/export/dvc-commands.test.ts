import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { exportNotebook } from "../../../src/export/index.ts";
import { notebookFolder } from "../../export/notebooks.ts";
import { projectFolder, result } from "../../export/run-stages.ts";
import { dvc, ran, ranAsNotebook } from "./reproduced.ts";

const tool = `const { readFileSync, writeFileSync, existsSync, mkdirSync } = require("node:fs");
const [, , what, ...rest] = process.argv;
if (what === "fit") { const [data, by, out] = rest; writeFileSync(out, String(Number(readFileSync(data, "utf8")) * Number(by))); }
if (what === "sum") { const [out, ...files] = rest; writeFileSync(out, String(files.map((f) => Number(readFileSync(f, "utf8"))).reduce((a, b) => a + b, 0))); }
if (what === "say") { const [out, ...words] = rest; writeFileSync(out, words.join("|") + "|" + process.env.WHO); }
if (what === "fail") process.exit(3);
if (what === "twice") { if (!existsSync("tried")) { writeFileSync("tried", ""); process.exit(1); } writeFileSync(rest[0], "second"); }
if (what === "hang") setTimeout(() => {}, 60000);
if (what === "folder") { mkdirSync(rest[0], { recursive: true }); writeFileSync(rest[0] + "/a b.txt", "in a folder"); }
`;

const cells = [
  'import { flow } from "stemma";\nimport { readFileSync } from "node:fs";',
  `function read({ path }: { path: string }) { return readFileSync(path, "utf8"); }
function number({ path }: { path: string }) { return Number(readFileSync(path, "utf8")); }
function list({ n }: { n: number }) { return Array.from({ length: n }, (_, i) => i + 1); }
function isBig({ path }: { path: string }) { return Number(readFileSync(path, "utf8")) > 100; }
function both({ paths }: { paths: string[] }) { return paths.map((path) => readFileSync(path, "utf8")).join(" "); }
const inFolder = ({ folder }: { folder: string | null }) => folder === null ? "nothing" : readFileSync(folder + "/a b.txt", "utf8");`,
  `const commands = flow("commands", { bys: [2, 3], words: ["ä b", "c"], n: 3, mode: "sum", text: "it's \${x} a\\"b", pair: { a: 1 } }, (f, p) => {
  const data = f.file("data/ä b.txt");
  const fits = f.map(p.bys, (by) => f.exec("node tool.cjs fit {data} {by} {out}", { deps: { data, tool: "tool.cjs" }, params: { by }, outs: { out: "fit ü.txt" } }, { name: "fit" }).at("out"));
  const again = f.map(p.bys, (by) => f.step(number, { path: f.exec("node tool.cjs fit {data} {by} {out}", { deps: { data, tool: "tool.cjs" }, params: { by }, outs: { out: "again.txt" } }, { name: "again" }).at("out") }));
  const nested = f.map(f.step(list, { n: p.n }), (i) => f.map(f.step(list, { n: i }), (j) =>
    f.exec("node tool.cjs fit {data} {j} {out}", { deps: { data, tool: "tool.cjs" }, params: { j }, outs: { out: "j.txt" } }, { name: "inner" }).at("out")));
  const grown = f.loop(data, (path) => {
    const next = f.exec("node tool.cjs fit {path} 3 {out}", { deps: { path, tool: "tool.cjs" }, outs: { out: "grown.txt" } }, { name: "grow" }).at("out");
    return { next, until: f.step(isBig, { path: next }) };
  }, { max: 9, name: "growing" });
  const chosen = f.when(p.mode, {
    sum: () => f.exec("node tool.cjs sum {out} {a} {b}", { deps: { a: data, b: grown, tool: "tool.cjs" }, outs: { out: "sum.txt" } }, { name: "sum" }).at("out"),
    none: () => data,
  });
  const said = f.exec("node tool.cjs say {out} {text} {n} {pair}; echo $WHO >> {out}", { deps: ["tool.cjs"], params: { text: p.text, n: f.step(number, { path: chosen }), pair: p.pair }, outs: { out: "said/deep/a.txt" }, env: { WHO: "it's me" } }, { name: "say" });
  const plain = f.exec("echo $WHO {words} > {out} && cat {out}", { params: { words: p.words.at(0) }, outs: { out: "said/plain.txt" }, env: { WHO: "a b" } }, { name: "plain" });
  const twice = f.exec("node tool.cjs twice {out}", { deps: ["tool.cjs"], outs: { out: "twice.txt" } }, { name: "twice", retry: { attempts: 2 } });
  const made = f.exec("node tool.cjs folder {out}", { deps: ["tool.cjs"], outs: { out: "made" } }, { name: "made" });
  return {
    fits: f.step(both, { paths: fits }), again,
    nested: f.map(nested, (row) => f.step(both, { paths: row }, { name: "row" })),
    grown: f.step(read, { path: grown }), chosen: f.step(read, { path: chosen }),
    said: f.step(read, { path: said.at("out") }), plain: f.step(read, { path: plain.at("out") }),
    twice: f.step(read, { path: twice.at("out") }), made: f.step(inFolder, { folder: made.at("out") }),
  };
});
const done = await commands.run();`,
];

const failing = `flow("failing", {}, (f) => {
  const failed = f.exec("node tool.cjs fail {out}", { deps: ["tool.cjs"], outs: { out: "failed.txt" } }, { name: "fail", catch: { out: null }, retry: { attempts: 2 } });
  const late = f.exec("node tool.cjs hang {out}", { deps: ["tool.cjs"], outs: { out: "late.txt" } }, { name: "late", catch: { out: null }, timeout: 900 });
  return { failed, late };
})`;

it("reproduces commands alone and in maps, loops and branches as the flow ran them", { timeout: 180_000 }, async () => {
  const notebook = join(notebookFolder(cells, { "tool.cjs": tool, "data/ä b.txt": "7" }), "test.ipynb");
  const project = projectFolder(await exportNotebook(notebook));
  const expected = ranAsNotebook(notebook, "done.output");
  await dvc(project, "init", "--no-scm", "--quiet");
  expect(await dvc(project, "repro")).not.toContain("WARNING");
  expect(result(project, "output")).toEqual(expected);
  expect(await dvc(project, "repro")).toContain("Data and pipelines are up to date.");
  const params = join(project, "params.yaml");
  writeFileSync(params, readFileSync(params, "utf8").replace(/(by1: )3/, "$14"));
  expect(ran(await dvc(project, "repro"))).toEqual(["fit@by1", "again@by1", "number@by1", "both", "output"]);
});

it("gives what stands for a command that fails or takes too long", { timeout: 60_000 }, async () => {
  const notebook = join(notebookFolder([cells[0] ?? "", failing], { "tool.cjs": tool }), "test.ipynb");
  const project = projectFolder(await exportNotebook(notebook));
  await dvc(project, "init", "--no-scm", "--quiet");
  await dvc(project, "repro");
  expect(result(project, "output")).toEqual({ failed: { out: null }, late: { out: null } });
});
