import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

// Steps of programs that plain Node runs: what they import is known from their files, not from a kernel.

const root = fileURLToPath(new URL("../..", import.meta.url));
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string>>;

const own = `import { flow } from "${new URL("../../src/flow/index.ts", import.meta.url).href}";`;

/** A project with a package of its own making, and all that the repository has. */
function project(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "stemma-files-"));
  folders.push(folder);
  const inner = {
    "package.json": '{ "name": "home", "type": "module", "imports": { "#units": "./units.mts" } }',
    "node_modules/tiny/package.json":
      '{ "name": "tiny", "version": "1.0.0", "type": "module", "exports": { ".": { "import": "./index.js" } } }',
    "node_modules/tiny/index.js":
      "import { state } from './state.js';\nexport const count = () => ++state.n;\nexport const hidden = { inner: () => state.n };\n",
    "node_modules/tiny/state.js": "export const state = { n: 0, at: new WeakMap() };\n",
  };
  write(folder, { ...inner, ...files });
  for (const name of ["arquero", "yaml", "acorn", "@uwdata", "apache-arrow", "node-fetch"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  return folder;
}

function write(folder: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** What `main.mts` leaves in `answer`: a program that prints one line of JSON. */
function answer(folder: string, main: string): unknown {
  const text = `${own}\n${main}\nprocess.stdout.write("\\n" + JSON.stringify(answer ?? null));\n`;
  write(folder, { "main.mts": text });
  const { stdout, stderr, status } = spawnSync(process.execPath, ["main.mts"], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${stderr}\n${stdout}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

/** The output of a flow of one step, and the problems or reasons that it tells. */
const ofStep = (inputs = "{}"): string => `
const problems = (make) => { try { make(); return []; } catch (error) { return error.problems; } };
const defined = () => flow("one", ${inputs}, (f, p) => f.step(step, p));
const ran = async () => (await defined().run()).output;`;

describe("a step in a file that Node runs", () => {
  it.each([
    ["as a whole", 'import * as aq from "arquero";', "aq.table({ a: [1, 2, n] }).numRows()"],
    ["by name", 'import { table } from "arquero";', "table({ a: [1, 2, n] }).numRows()"],
    [
      "under another name",
      'import { table as make, op } from "arquero";',
      "[make({ a: [n] }).numRows(), typeof op.mean]",
    ],
    [
      "by import()",
      'const { table, op: ops } = await import("arquero");',
      "[table({ a: [n] }).numRows(), typeof ops.mean]",
    ],
    ["by import() as a whole", 'const aq = await import("arquero");', "aq.table({ a: [1, 2, n] }).numRows()"],
    ["its default", 'import yaml from "yaml";', 'yaml.parse("a: " + n)'],
    ["what only import finds", 'import { count } from "tiny";', "count() + n"],
    [
      "a module as a value",
      'import * as aq from "arquero";',
      'Object.keys(aq).filter((key) => key === "table").length + n',
    ],
  ])("imports a package %s", (_, imports, expression) => {
    const main = `${imports}\nconst step = ({ n }: { n: number }) => ${expression};\n${ofStep("{ n: 3 }")}
const answer = [await ran(), step({ n: 3 })];`;
    const [inThread, here] = answer(project({}), main) as readonly unknown[];
    expect(inThread).toEqual(here);
  });

  it("imports what is built into Node, with or without node:", () => {
    const main = `import * as fs from "fs"; import path from "node:path"; import process from "node:process";
const step = () => [fs.existsSync("main.mts"), path.basename("a/b"), process.listenerCount("none")];
${ofStep()}
const answer = await ran();`;
    expect(answer(project({}), main)).toEqual([true, "b", 0]);
  });

  it("finds the imports of a helper in that helper's own file", () => {
    const folder = project({
      "lib/rows.mts":
        'import { table } from "tiny";\nimport { size } from "./size.mts";\nexport const rows = (n: number): number => table(n) * size;\n',
      "lib/size.mts": "export const size = 2;\n",
      "lib/node_modules/tiny/package.json": '{ "name": "tiny", "version": "2.0.0", "exports": "./index.mjs" }',
      "lib/node_modules/tiny/index.mjs":
        "const state = new WeakMap();\nexport const table = (n) => (state.has({}) ? 0 : n + 100);\n",
    });
    const main = `import { rows } from "./lib/rows.mts"; import { count } from "tiny";
const step = ({ n }: { n: number }) => [rows(n), count()];
${ofStep("{ n: 1 }")}
const answer = await ran();`;
    expect(answer(folder, main)).toEqual([202, 1]);
  });

  it("imports a local file whose state cannot be brought along, and notices what changes in it", () => {
    const folder = project({
      "model.mts":
        'import { unit } from "#units";\nlet calls = 0;\nexport function model(x: number): number { calls++; return x * unit + calls; }\nexport const called = (): number => calls;\n',
      "units.mts": "export const unit = 10;\n",
    });
    const main = `import { model, called } from "./model.mts";
const step = ({ x }: { x: number }) => [model(x), called()];
${ofStep("{ x: 2 }")}
const before = defined().status().steps.map(({ state, reason }) => [state, reason.replace(/ as on.*/, "")]);
const answer = [before, await ran()];`;
    expect(answer(folder, main)).toEqual([[["stale", "never ran"]], [21, 1]]);
    expect(answer(folder, main)).toEqual([[["cached", "same code and inputs"]], [21, 1]]);
    write(folder, { "units.mts": "export const unit = 20;\n" });
    expect(answer(folder, main)).toEqual([[["stale", "file model.mts changed"]], [41, 1]]);
  });

  it("brings the value of a local file's variable along as it is now", () => {
    const folder = project({ "settings.mts": "export const settings = { rate: 1 };\n" });
    const main = `import { settings } from "./settings.mts";
const step = () => settings.rate;
${ofStep()}
settings.rate = 7;
const answer = await ran();`;
    expect(answer(folder, main)).toBe(7);
  });

  it("imports a local module that is used as a value", () => {
    const folder = project({ "shapes.mts": "export const a = () => 1;\nexport const b = () => 2;\n" });
    const main = `import * as shapes from "./shapes.mts";
const step = ({ name }: { name: string }) => shapes[name]();
${ofStep('{ name: "b" }')}
const answer = await ran();`;
    expect(answer(folder, main)).toBe(2);
  });

  it("takes a variable of the function around for itself, not for the import of that name", () => {
    const main = `import { count } from "tiny";
const make = (count: () => number) => () => count();
const five = () => 5;
const step = make(five);
${ofStep()}
const answer = [await ran(), count()];`;
    expect(answer(project({}), main)).toEqual([5, 1]);
  });

  it("finds the export of a package that a value is", () => {
    const main = `import * as tiny from "tiny";
const all = [tiny, tiny.count];
const [whole, count] = all;
const step = () => [count(), Object.keys(whole).length];
${ofStep()}
const answer = await ran();`;
    expect(answer(project({}), main)).toEqual([1, 2]);
  });

  it("brings a class along whose base is a package's, or another file's", () => {
    const folder = project({
      "shape.mts": "let made = 0;\nexport class Shape { side = ++made; area(): number { return this.side; } }\n",
    });
    const main = `import { Parser } from "acorn"; import { Shape } from "./shape.mts";
class Two extends Parser { two(): number { return 2; } }
class Square extends Shape { twice(): number { return 2 * this.area(); } }
const step = () => [new Two({ ecmaVersion: 2020 }, "").two(), new Square().twice()];
${ofStep()}
const answer = await ran();`;
    expect(answer(folder, main)).toEqual([2, 2]);
  });

  it("refuses what a package does not export, in one sentence", () => {
    const main = `import { hidden } from "tiny";
const inner = hidden.inner;
const step = () => inner();
${ofStep()}
const answer = problems(defined);`;
    expect(answer(project({}), main)).toEqual([
      'step "step" cannot run by itself: it uses `inner`, a function inside the package tiny that the package does not export. Import it in the step with await import(), or pass plain data as an input, or mark the step { run: "inline" }.',
    ]);
  });

  it("refuses a module as a value that no import names, in one sentence", () => {
    const main = `const from = (name: string) => import(name);
const tiny = await from("./other.mts");
const step = () => Object.keys(tiny);
${ofStep()}
const answer = problems(defined);`;
    expect(answer(project({ "other.mts": "export const one = () => 1;\n" }), main)).toEqual([
      'step "step" cannot run by itself: it uses `tiny`, a module as a whole, which a thread cannot import. Import it in the step with await import(), or pass plain data as an input, or mark the step { run: "inline" }.',
    ]);
  });

  it("refuses to follow a local file that leads back to the program itself", () => {
    const folder = project({
      "model.mts":
        'import { base } from "./main.mts";\nlet calls = 0;\nexport const model = (): number => base + calls++;\n',
    });
    const main = `import { model } from "./model.mts";
export const base = 1;
const step = () => model();
${ofStep()}
const answer = problems(defined);`;
    expect(answer(folder, main)).toEqual([expect.stringContaining("it changes `calls`, a variable outside")]);
  });

  it("refuses a local file that was changed after the program had it", () => {
    const folder = project({ "model.mts": "let calls = 0;\nexport const model = (): number => ++calls;\n" });
    const main = `import { writeFileSync } from "node:fs"; import { model } from "./model.mts";
const step = () => model();
${ofStep()}
await ran();
writeFileSync("model.mts", "export const model = () => 9;\\n");
const answer = problems(defined);`;
    expect(answer(folder, main)).toEqual([
      'step "step" cannot run by itself: it needs model.mts, which was changed after this process had read it. Start the process again, or mark the step { run: "inline" }.',
    ]);
  });

  it("stops at 500 parts, in one sentence", () => {
    const chain = Array.from({ length: 900 }, (_, i) => `const f${i} = (x) => f${i + 1}(x) + 1;`).join("\n");
    const main = `${chain}\nconst f900 = (x) => x;\nconst step = () => f0(1);
${ofStep()}
const answer = problems(defined);`;
    expect(answer(project({}), main)).toEqual([
      'step "step" cannot run by itself: it leads to more than 500 functions and values, the last through f496() and f497() and f498(). Move them to a package that the step imports, or mark the step { run: "inline" }.',
    ]);
  });
});
