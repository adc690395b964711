import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// Steps of programs that plain Node runs: what they import is known from their files, not from a kernel.

const root = fileURLToPath(new URL("../..", import.meta.url));
const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

type Files = Readonly<Record<string, string>>;

const own = `import { flow } from "${new URL("../../src/flow/index.ts", import.meta.url).href}";`;

/** A package of its own making. */
const inner: Files = {
  "package.json": '{ "name": "home", "type": "module", "imports": { "#units": "./units.mts" } }',
  "node_modules/tiny/package.json":
    '{ "name": "tiny", "version": "1.0.0", "type": "module", "exports": { ".": { "import": "./index.js" } } }',
  "node_modules/tiny/index.js":
    "import { state } from './state.js';\nexport const count = () => ++state.n;\nexport const hidden = { inner: () => state.n };\n",
  "node_modules/tiny/state.js": "export const state = { n: 0, at: new WeakMap() };\n",
};

/** A project with that package, and all that the repository has. */
function project(files: Files): string {
  const folder = mkdtempSync(join(tmpdir(), "stemma-files-"));
  folders.push(folder);
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

/** What the program `main.mts` of a folder prints as its last line, which is JSON. */
function printed(folder: string): unknown {
  const { stdout, stderr, status } = spawnSync(process.execPath, ["main.mts"], { cwd: folder, encoding: "utf8" });
  if (status !== 0) throw new Error(`${stderr}\n${stdout}`);
  return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
}

/** What `main.mts` leaves in `answer`. */
function answer(folder: string, main: string): unknown {
  write(folder, { "main.mts": `${own}\n${main}\nprocess.stdout.write("\\n" + JSON.stringify(answer ?? null));\n` });
  return printed(folder);
}

/** The output of a flow of one step, and the problems or reasons that it tells. */
const ofStep = (inputs = "{}"): string => `
const problems = (make) => { try { make(); return []; } catch (error) { return error.problems; } };
const defined = () => flow("one", ${inputs}, (f, p) => f.step(step, p));
const ran = async () => (await defined().run()).output;`;

type Told = { readonly answer: unknown } | { readonly failed: string };

/** Modules that leave an `answer`, each in a folder of its own: one program runs them all, and each test looks at its own. */
const modules: { readonly main: string; readonly files: Files; told: Told | null }[] = [];

function told(title: string, { main, files = {} }: { main: string; files?: Files }, expected: unknown): void {
  const at = modules.push({ main, files, told: null }) - 1;
  it(title, () => expect(modules[at]?.told).toEqual({ answer: expected }));
}

/** Runs them; a module that fails does not keep the next from running. */
function runModules(): void {
  const files = modules.flatMap(({ main, files }, i) => [
    ...Object.entries({ ...inner, ...files }).map(([path, text]) => [`m${i}/${path}`, text] as const),
    [`m${i}/main.mts`, `${own}\n${main}\nexport const told = answer ?? null;\n`] as const,
  ]);
  const main = `const all = [];
for (let i = 0; i < ${modules.length}; i++) {
  all.push(await import("./m" + i + "/main.mts").then(({ told }) => ({ answer: told }), (error) => ({ failed: String(error.stack) })));
}
process.stdout.write("\\n" + JSON.stringify(all));
`;
  const all = printed(project({ ...Object.fromEntries(files), "main.mts": main })) as readonly Told[];
  for (const [i, one] of modules.entries()) one.told = all[i] ?? null;
}

describe("a step in a file that Node runs", () => {
  beforeAll(runModules, 60_000);

  const imported: readonly (readonly [how: string, imports: string, expression: string])[] = [
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
  ];
  for (const [how, imports, expression] of imported) {
    const main = `${imports}\nconst step = ({ n }: { n: number }) => ${expression};\n${ofStep("{ n: 3 }")}
const [inThread, here] = [JSON.stringify(await ran()), JSON.stringify(step({ n: 3 }))];
const answer = inThread !== undefined && inThread === here ? "the same" : { inThread, here };`;
    told(`imports a package ${how}`, { main }, "the same");
  }

  {
    const main = `import * as fs from "fs"; import path from "node:path"; import process from "node:process";
const step = () => [fs.existsSync("main.mts"), path.basename("a/b"), process.listenerCount("none")];
${ofStep()}
const answer = await ran();`;
    told("imports what is built into Node, with or without node:", { main }, [true, "b", 0]);
  }

  {
    const main = `import { rows } from "./lib/rows.mts"; import { count } from "tiny";
const step = ({ n }: { n: number }) => [rows(n), count()];
${ofStep("{ n: 1 }")}
const answer = await ran();`;
    told(
      "finds the imports of a helper in that helper's own file",
      {
        main,
        files: {
          "lib/rows.mts":
            'import { table } from "tiny";\nimport { size } from "./size.mts";\nexport const rows = (n: number): number => table(n) * size;\n',
          "lib/size.mts": "export const size = 2;\n",
          "lib/node_modules/tiny/package.json": '{ "name": "tiny", "version": "2.0.0", "exports": "./index.mjs" }',
          "lib/node_modules/tiny/index.mjs":
            "const state = new WeakMap();\nexport const table = (n) => (state.has({}) ? 0 : n + 100);\n",
        },
      },
      [202, 1],
    );
  }

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

  {
    const main = `import { settings } from "./settings.mts";
const step = () => settings.rate;
${ofStep()}
settings.rate = 7;
const answer = await ran();`;
    told(
      "brings the value of a local file's variable along as it is now",
      { main, files: { "settings.mts": "export const settings = { rate: 1 };\n" } },
      7,
    );
  }

  {
    const main = `import * as shapes from "./shapes.mts";
const step = ({ name }: { name: string }) => shapes[name]();
${ofStep('{ name: "b" }')}
const answer = await ran();`;
    told(
      "imports a local module that is used as a value",
      { main, files: { "shapes.mts": "export const a = () => 1;\nexport const b = () => 2;\n" } },
      2,
    );
  }

  {
    const main = `import { count } from "tiny";
const make = (count: () => number) => () => count();
const five = () => 5;
const step = make(five);
${ofStep()}
const answer = [await ran(), count()];`;
    told("takes a variable of the function around for itself, not for the import of that name", { main }, [5, 1]);
  }

  {
    const main = `import * as tiny from "tiny";
const all = [tiny, tiny.count];
const [whole, count] = all;
const step = () => [count(), Object.keys(whole).length];
${ofStep()}
const answer = await ran();`;
    told("finds the export of a package that a value is", { main }, [1, 2]);
  }

  {
    const main = `import { Parser } from "acorn"; import { Shape } from "./shape.mts";
class Two extends Parser { two(): number { return 2; } }
class Square extends Shape { twice(): number { return 2 * this.area(); } }
const step = () => [new Two({ ecmaVersion: 2020 }, "").two(), new Square().twice()];
${ofStep()}
const answer = await ran();`;
    told(
      "brings a class along whose base is a package's, or another file's",
      {
        main,
        files: {
          "shape.mts": "let made = 0;\nexport class Shape { side = ++made; area(): number { return this.side; } }\n",
        },
      },
      [2, 2],
    );
  }

  {
    const main = `import { hidden } from "tiny";
const inner = hidden.inner;
const step = () => inner();
${ofStep()}
const answer = problems(defined);`;
    told("refuses what a package does not export, in one sentence", { main }, [
      'step "step" cannot run by itself: it uses `inner`, a function inside the package tiny that the package does not export. Import it in the step with await import(), or pass plain data as an input, or mark the step { run: "inline" }.',
    ]);
  }

  {
    const main = `const from = (name: string) => import(name);
const tiny = await from("./other.mts");
const step = () => Object.keys(tiny);
${ofStep()}
const answer = problems(defined);`;
    told(
      "refuses a module as a value that no import names, in one sentence",
      { main, files: { "other.mts": "export const one = () => 1;\n" } },
      [
        'step "step" cannot run by itself: it uses `tiny`, a module as a whole, which a thread cannot import. Import it in the step with await import(), or pass plain data as an input, or mark the step { run: "inline" }.',
      ],
    );
  }

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

  {
    const main = `import { writeFileSync } from "node:fs"; import { model } from "./model.mts";
const step = () => model();
${ofStep()}
await ran();
writeFileSync(new URL("model.mts", import.meta.url), "export const model = () => 9;\\n");
const answer = problems(defined);`;
    told(
      "refuses a local file that was changed after the program had it",
      { main, files: { "model.mts": "let calls = 0;\nexport const model = (): number => ++calls;\n" } },
      [
        expect.stringMatching(
          /^step "step" cannot run by itself: it needs m\d+\/model\.mts, which was changed after this process had read it\. Start the process again, or mark the step \{ run: "inline" \}\.$/,
        ),
      ],
    );
  }

  {
    const chain = Array.from({ length: 900 }, (_, i) => `const f${i} = (x) => f${i + 1}(x) + 1;`).join("\n");
    const main = `${chain}\nconst f900 = (x) => x;\nconst step = () => f0(1);
${ofStep()}
const answer = problems(defined);`;
    told("stops at 500 parts, in one sentence", { main }, [
      'step "step" cannot run by itself: it leads to more than 500 functions and values, the last through f496() and f497() and f498(). Move them to a package that the step imports, or mark the step { run: "inline" }.',
    ]);
  }
});
