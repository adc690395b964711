import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { exportNotebook } from "../../src/export/index.ts";
import { flow } from "../../src/flow/index.ts";
import { inProject } from "../flow/support.ts";
import { dvcYaml, importingNotebook, steps } from "./notebooks.ts";
import { exportedResults, projectFolder, result, runStages } from "./run-stages.ts";

describe("the shapes of flows", () => {
  it("makes a stage of each step", async () => {
    const body = "const a = f.step(double, { x: p.x }); return f.step(double, { x: a });";
    const notebook = importingNotebook([steps, `flow("line", { x: 3 }, (f, p) => { ${body} })`]);
    expect(await exportedResults(notebook, ["double", "double-2"])).toEqual([6, 12]);
  });

  it("makes a stage of each item of a param, joined in the order of the items", async () => {
    const body = "const ys = f.map(p.xs, (x) => f.step(double, { x })); return f.step(total, { xs: ys });";
    const notebook = importingNotebook([steps, `flow("fan", { xs: [1, 2, 30] }, (f, p) => { ${body} })`]);
    expect(await dvcYaml(notebook)).toMatch(/foreach: \$\{xs\}/);
    expect(await exportedResults(notebook, ["double/x0", "double/x2", "total"])).toEqual([2, 60, 66]);
  });

  it("runs the items of a computed list inside one stage", async () => {
    const body = `const xs = f.step(range, { n: p.n });
      const ys = f.map(xs, (x) => { const a = f.step(double, { x }); return f.step(double, { x: a }); }, { max: 2 });
      return f.step(total, { xs: ys });`;
    const notebook = importingNotebook([steps, `flow("computed", { n: 4 }, (f, p) => { ${body} })`]);
    expect(await dvcYaml(notebook)).not.toContain("foreach");
    expect(await exportedResults(notebook, ["double", "double-2", "total"])).toEqual([[0, 2, 4, 6], [0, 4, 8, 12], 24]);
  });

  it("runs a map in a map inside the stage of the outer item", async () => {
    const body = `const rows = f.map(p.ns, (n) => {
        const xs = f.step(range, { n });
        return f.map(xs, (x) => f.step(double, { x }));
      });
      return f.step(flat, { rows });`;
    const flat = "function flat({ rows }: { rows: number[][] }) { return rows; }";
    const notebook = importingNotebook([steps, flat, `flow("nested", { ns: [1, 3] }, (f, p) => { ${body} })`]);
    expect(await exportedResults(notebook, ["flat"])).toEqual([[[0], [0, 2, 4]]]);
  });

  it("runs maps of computed lists in each other inside one stage", async () => {
    const body = `const outer = f.step(range, { n: 3 });
      const rows = f.map(outer, (n) => f.map(f.step(range, { n }), (x) => f.step(double, { x })));
      return { rows, outer };`;
    const notebook = importingNotebook([steps, `flow("deep", {}, (f) => { ${body} })`]);
    expect(await exportedResults(notebook, ["output"])).toEqual([{ rows: [[], [0], [0, 2]], outer: [0, 1, 2] }]);
  });

  it("puts an output of several results together in a stage of its own", async () => {
    const body =
      'const ys = f.map(p.xs, (x) => ({ x, y: f.step(double, { x: x.at("v") }) })); return { ys, name: p.name };';
    const notebook = importingNotebook([
      steps,
      `flow("record", { xs: [{ v: 1 }, { v: 2 }], name: "a: 'b'" }, (f, p) => { ${body} })`,
    ]);
    expect(await exportedResults(notebook, ["output"])).toEqual([
      {
        ys: [
          { x: { v: 1 }, y: 2 },
          { x: { v: 2 }, y: 4 },
        ],
        name: "a: 'b'",
      },
    ]);
  });

  it("gives an empty list for an empty map", async () => {
    const body = "return f.step(total, { xs: f.map(p.xs, (x) => f.step(double, { x })) });";
    const notebook = importingNotebook([steps, `flow("empty", { xs: [] as number[] }, (f, p) => { ${body} })`]);
    expect(await exportedResults(notebook, ["double", "total"])).toEqual([[], 0]);
  });

  it("writes a step out that is a function in the flow itself", async () => {
    const notebook = importingNotebook([
      "const k = 10;",
      `flow("inline", { x: 2 }, (f, p) => f.step(({ x }: { x: number }): number => x * k, { x: p.x }, { name: "times" }))`,
    ]);
    expect(await exportedResults(notebook, ["times"])).toEqual([20]);
  });

  it("takes a flow in the form of one record, its name and params", async () => {
    const notebook = importingNotebook([
      steps,
      'await flow({ name: "form", params: { x: 4 } }, (f, p) => f.step(double, { x: p.x })).run()',
    ]);
    expect(await exportedResults(notebook, ["double"])).toEqual([8]);
  });

  it("runs more than 100 items inside one stage", async () => {
    const params = "{ xs: Array.from({ length: 101 }, (_, i) => i) }";
    const notebook = importingNotebook([
      steps,
      `flow("wide", ${params}, (f, p) => f.map(p.xs, (x) => f.step(double, { x })))`,
    ]);
    const { stages, notes } = await exportNotebook(notebook);
    expect(stages).toEqual([{ name: "double", items: 1 }]);
    expect(notes).toEqual([
      "The items of the map over xs run inside the one stage `double`: DVC has to know its stages before anything runs.",
    ]);
  });

  it("runs a step each time that the flow does not cache", async () => {
    const notebook = importingNotebook([steps, 'flow("fresh", {}, (f) => f.step(double, { x: 1 }, { cache: false }))']);
    expect(await dvcYaml(notebook)).toContain("    always_changed: true\n");
  });

  it("tries a step again, as the flow does", async () => {
    const flaky = `import { existsSync, writeFileSync } from "node:fs";
      function flaky() { if (!existsSync("once")) { writeFileSync("once", ""); throw new Error("first"); } return "second"; }`;
    const notebook = importingNotebook([
      flaky,
      'flow("retry", {}, (f) => f.step(flaky, {}, { retry: { attempts: 2 } }))',
    ]);
    expect(await exportedResults(notebook, ["flaky"])).toEqual(["second"]);
  });

  it("gives steps a context whose draws are those of the notebook, and asks for a seed where there is none", async () => {
    const code = (seed: string) => ({
      steps: `const draw = ({ x }: { x: number }, ctx: StepContext) => [x, ctx.item, ctx.attempt, ctx.random(), ctx.random.int(1000)];
        const list = ({ n }: { n: number }) => Array.from({ length: n }, (_, i) => ({ i, at: new Date(i) }));
        const each = ({ of }: { of: { i: number; at: Date } }, { random, log, card }: StepContext) => { log(of.i); card.markdown("a"); return random.normal(); };`,
      body: `flow({ name: "chance", params: { xs: [5, 6, 4] }${seed} }, (f, p) => ({
        alone: f.step(draw, { x: 1 }),
        items: f.map(p.xs, (x) => f.step(draw, { x }, { retry: { attempts: 2 } })),
        inside: f.map(f.step(list, { n: 3 }), (of) => f.step(each, { of }, { cache: false })),
      }))`,
    });
    const seeded = code(", seed: 7");
    const [exported] = await exportedResults(importingNotebook([seeded.steps, seeded.body]), ["output"]);
    inProject();
    const script = stripTypeScriptTypes(`(() => { ${seeded.steps}; return ${seeded.body}; })()`, { mode: "strip" });
    const defined = new Function("flow", `return ${script}`)(flow) as ReturnType<typeof flow>;
    expect(exported).toEqual((await defined.run()).output);
    const none = code("");
    await expect(exportNotebook(importingNotebook([none.steps, none.body]))).rejects.toThrow(
      "step draw draws by ctx.random, whose seed is made of the step's code here",
    );
  });

  it("refuses a draw for each item that hangs on where files lie", async () => {
    const draw = `import { readFileSync } from "node:fs";
      const draw = ({ path }: { path: string }, { random }: StepContext) => random() + readFileSync(path).length;
      const other = ({ x }: { x: number; path: string }, { random }: StepContext) => x + random();`;
    const flowOf = (body: string): string =>
      `flow({ name: "paths", params: { xs: [1, 2] }, seed: 7 }, (f, p) => { const files = [f.file("a.csv"), f.file("b.csv")]; return ${body}; })`;
    const files = { "a.csv": "1", "b.csv": "22" };
    const exported = (body: string) => exportNotebook(importingNotebook([draw, flowOf(body)], files));
    const words = "Step draw draws by ctx.random for each item, and its input path is where a file lies";
    await expect(exported("f.map(files, (path) => f.step(draw, { path }))")).rejects.toThrow(words);
    await expect(
      exported('f.map(f.map(p.xs, () => f.file("a.csv")), (path) => f.step(draw, { path }))'),
    ).rejects.toThrow(words);
    // A file that all items get does not tell them apart.
    await expect(exported("f.map(p.xs, (x) => f.step(other, { x, path: files[0] }))")).resolves.toBeDefined();
  });

  it("keeps values that JSON has no word for", async () => {
    const odd = "const odd = () => ({ at: new Date(5), none: NaN, big: 7n, set: new Set([1]) });";
    const notebook = importingNotebook([odd, 'flow("odd", {}, (f) => f.step(odd, {}))']);
    expect(await exportedResults(notebook, ["odd"])).toEqual([
      { at: new Date(5), none: NaN, big: 7n, set: new Set([1]) },
    ]);
  });

  it("writes down what the notebook gives a step where JSON has no word for it, its tables and long arrays as files", async () => {
    const given = `import * as aq from "arquero";
      const at = new Date(7); const xs = Float64Array.from({ length: 1000 }, (_, i) => i / 2);
      const table = aq.table({ "ä b": [1, 2], name: ["x", "y"] });
      const bytes = Buffer.alloc(5000, 7);
      const use = ({ at, xs, all }: { at: Date; xs: Float64Array; all: { table: aq.ColumnTable; bytes: Buffer }[] }) =>
        [at, xs.constructor.name, xs[999], xs.length, all.map(({ table, bytes }) => [table.objects(), bytes.length, bytes[4999]])];
      const last = ({ xs }: { xs: Float64Array }) => xs.slice(1);`;
    const body = `return { used: f.step(use, { at, xs, all: [{ table, bytes }] }),
      rounds: f.loop(xs, (xs) => ({ next: f.step(last, { xs }) }), { max: 2 }) };`;
    const notebook = importingNotebook([given, `flow("given", {}, (f) => { ${body} })`]);
    const project = await exportNotebook(notebook);
    expect([...project.given.keys()].sort()).toEqual(["given/all.arrow", "given/all.bin", "given/xs.npy"]);
    expect(project.files.get("dvc.yaml")).toMatch(
      / {2}use:\n {4}cmd: .*\n {4}deps:\n {4}- given\/all.arrow\n {4}- given\/all.bin\n {4}- given\/xs.npy\n/,
    );
    const folder = projectFolder(project);
    runStages(folder);
    const rows = [
      { "ä b": 1, name: "x" },
      { "ä b": 2, name: "y" },
    ];
    expect(result(folder, "use")).toEqual([new Date(7), "Float64Array", 499.5, 1000, [[rows, 5000, 7]]]);
    expect(JSON.parse(readFileSync(join(folder, "out/loop.json"), "utf8"))).toEqual({
      "~": ["npy", "0.npy", "Float64Array"],
    });
  });

  it("leaves large tables and arrays of the notebook to DVC", async () => {
    const cell = "const xs = new Float64Array(200_000); const size = ({ xs }: { xs: Float64Array }) => xs.length;";
    const { files } = await exportNotebook(importingNotebook([cell, 'flow("long", {}, (f) => f.step(size, { xs }))']));
    expect(files.get("given/xs.npy.dvc")).toBe(
      "outs:\n- md5: fe376c1560816380f50cf9d8b7da8360\n  size: 1600128\n  hash: md5\n  path: xs.npy\n",
    );
    expect(files.get(".gitignore")).toContain("/given/xs.npy\n");
  });

  it("makes a stage of a command with its own words, and gives its outs to the steps behind it", async () => {
    const body = `const fit = f.exec("node fit.cjs {by} \${HOME} > {out}", { deps: ["fit.cjs"], params: { by: p.by }, outs: { out: "fit.json" } });
      return f.step(read, { path: fit.at("out") });`;
    const read = "const read = ({ path }: { path: string }) => path.length > 0;";
    const notebook = importingNotebook([read, `flow("command", { by: 2 }, (f, p) => { ${body} })`], {
      "fit.cjs": "console.log(2)",
    });
    const yaml = await dvcYaml(notebook);
    expect(yaml).toContain(
      `cmd: node fit.cjs \${by} \\\${HOME} > fit.json\n    deps:\n    - fit.cjs\n    params:\n    - by\n    outs:\n    - fit.json`,
    );
    expect(yaml).toMatch(/read:\n {4}cmd: node src\/stages\/read\.\w+\n {4}deps:\n {4}- fit\.json/);
  });

  it("takes the steps of a flow that another one uses along, with what their names meant there", async () => {
    const inner = `const k = 3;
      function scale({ x }: { x: number }) { return x * k; }
      const inner = flow("inner", { x: 2 }, (f, p) => ({ y: f.step(scale, { x: p.x }), k: f.step(() => k, {}, { name: "constant" }) }));
      const run = await inner.run();`;
    const outer = `const k = 100;
      function scale({ x }: { x: number }) { return x + k; }
      const both = (f, x) => f.step(({ x }: { x: number }) => x - k, { x });
      flow("outer", { x: 5 }, (f, p) => ({ inner: f.use(inner, { x: p.x }), own: f.step(scale, { x: p.x }), helped: both(f, p.x) }))`;
    const notebook = importingNotebook([inner, outer]);
    expect(await exportedResults(notebook, ["output"])).toEqual([{ inner: { y: 15, k: 3 }, own: 105, helped: -95 }]);
    // The flow that another one uses is a part of that; on its own it is exported by its name.
    const { stages } = await exportNotebook(notebook, { flow: "inner" });
    expect(stages.map(({ name }) => name)).toEqual(["scale", "constant", "output"]);
  });

  it("needs no Stemma for types of it, and for files that a module beside the notebook gives", async () => {
    const module = `import { file, type StepFile, StepContext } from "stemma";
      import { readFileSync, writeFileSync } from "node:fs";
      export function print({ n }: { n: number }, ctx: StepContext) { writeFileSync("n.txt", String(n)); return { text: file("n.txt"), item: ctx.item }; }
      export const size = ({ text }: { text: StepFile }) => readFileSync(text.path, "utf8").length;`;
    const cell = `import { type StepContext as Context } from "stemma"; import { print, size } from "./steps";
      const all = ({ of }: { of: number }, ctx: Context) => of + ctx.attempt;
      flow("typed", {}, (f) => f.step(all, { of: f.step(size, { text: f.step(print, { n: 100 }).at("text") }) }))`;
    const notebook = importingNotebook([cell], { "steps.ts": module });
    const { files } = await exportNotebook(notebook);
    expect(Object.keys(JSON.parse(files.get("package.json") ?? "").dependencies)).not.toContain("stemma");
    expect(await exportedResults(notebook, ["all"])).toEqual([4]);
  });

  it("takes methods along: of an object, static ones, of a class's object, bound or not", async () => {
    const methods = `class Line { static zero({ x }: { x: number }) { return 0 * x; } constructor(readonly k: number) {} at({ x }: { x: number }) { return this.k * x; } plus({ x }: { x: number }) { return x + 1; } }
      const line = new Line(3); const other = new Line(4); const { plus } = line;
      const lib = { lines: { line }, bare() { return 1; } };
      const bag = { "a b": ({ x }: { x: number }) => x + 10 };`;
    const body = `({ inline: f.step(({ x }: { x: number }) => { /* four */ const k: number = 4, t = "a"; return t + x * k }, { x: 2 }, { name: "inline" }), zero: f.step(Line.zero, { x: 2 }), at: f.step(line.at.bind(line), { x: 2 }), deep: f.step(lib.lines.line.at.bind(lib.lines.line), { x: 3 }), bare: f.step(lib.bare, {}), other: f.step(other.at.bind(other), { x: 2 }), plus: f.step(line.plus, { x: 2 }), bag: f.step(bag["a b"], { x: 2 }) })`;
    const notebook = importingNotebook([methods, `flow("methods", {}, (f) => ${body})`]);
    expect(await exportedResults(notebook, ["output"])).toEqual([
      { inline: "a8", zero: 0, at: 6, deep: 9, bare: 1, other: 8, plus: 3, bag: 12 },
    ]);
  });

  it("refuses a step that uses a flow itself", async () => {
    const inner = 'const inner = flow("inner", {}, (f) => f.step(double, { x: 1 })); const name = () => inner.name;';
    const exported = exportNotebook(importingNotebook([steps, inner, 'flow("outer", {}, (f) => f.step(name, {}))']));
    await expect(exported).rejects.toThrow("name uses `inner`, made by running cell 3 (flow() gives it)");
  });

  it("names what dvc shows among metrics and plots: the flow's result, and the outs of commands by their names", async () => {
    const body = `const fit = f.map(p.by, (by) => f.exec("node fit.cjs {by} {m} {p} {d}", { deps: ["fit.cjs"], params: { by }, outs: { m: "fit-metrics.json", p: "roc_plot.csv", d: "plotted.csv" } }).at("m"));
      return { best: f.step(double, { x: 2 }), fit };`;
    const yaml = await dvcYaml(
      importingNotebook([steps, `flow("told", { by: [1, 2] }, (f, p) => { ${body} })`], { "fit.cjs": "" }),
    );
    const out = (name: string): string => `      - out/node/\${key}/${name}\n`;
    expect(yaml).toContain(
      `outs:\n${out("plotted.csv")}      metrics:\n${out("fit-metrics.json")}      plots:\n${out("roc_plot.csv")}`,
    );
    expect(yaml).toMatch(/ {2}double:\n(.*\n)+ {4}outs:\n {4}- out\/double.json\n {2}output:/);
    expect(yaml).toMatch(/ {4}metrics:\n {4}- out\/output.json\n$/);
    expect(yaml).not.toMatch(/src\/stemma\//);
  });

  it("refuses in words what a command writes by itself to a path that its stage cannot have", async () => {
    const body = `f.exec("make a", { outs: { o: "a.txt" } }); return f.exec("make a again", { outs: { o: "a.txt" } }, { name: "again" });`;
    const exported = exportNotebook(importingNotebook([steps, `flow("same", {}, (f) => { ${body} })`]));
    await expect(exported).rejects.toThrow("The command again writes its out o to a.txt by itself");
  });

  it("gives two commands that are told the same path one each", async () => {
    const body = `const one = f.exec("echo 1 > {o}", { outs: { o: "a.txt" } }); const two = f.exec("echo 2 > {o}", { outs: { o: "a.txt" } });
      return { one: one.at("o"), two: two.at("o") };`;
    const yaml = await dvcYaml(importingNotebook([`flow("same", {}, (f) => { ${body} })`]));
    expect(yaml).toContain("cmd: mkdir -p out/echo && echo 1 > out/echo/a.txt\n");
    expect(yaml).toContain("cmd: mkdir -p out/echo-2 && echo 2 > out/echo-2/a.txt\n");
  });
});
