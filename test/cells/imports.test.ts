import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { rows, shown } from "./language-rows.ts";

const project = notebookFolder({
  "src/model.ts":
    'import { base } from "./base";\nimport data from "../data.json";\nexport const fit = (): number => base + data.n;\nexport function fail(): never {\n  throw new Error("from the module");\n}\n',
  "src/base.ts": "export const base = 1;\n",
  "data.json": '{"n":10}',
  "notebooks/near.ts": "export const near = () => import.meta.filename.split('/').at(-1);\n",
  "notebooks/plain.js": "export const plain = 4;\n",
  "notebooks/table.json": '{"k":[1,2,3]}',
  "package.json": '{"dependencies":{"dual":"1.0.0","cjs":"1.0.0"}}',
  "node_modules/cjs/package.json": '{"name":"cjs","main":"index.js","types":"index.d.ts"}',
  "node_modules/cjs/index.js": "module.exports = function twice(n) { return 2 * n }; module.exports.instance = {};\n",
  "node_modules/cjs/index.d.ts":
    "declare function twice(n: number): number;\ndeclare namespace twice { const instance: object; }\nexport = twice;\n",
  "node_modules/dual/package.json":
    '{"name":"dual","types":"./index.d.ts","exports":{"types":"./index.d.ts","import":"./index.mjs","require":"./index.cjs"}}',
  "node_modules/dual/index.mjs": "export const kind = 'import'; export const instance = {};\n",
  "node_modules/dual/index.cjs": "exports.kind = 'require'; exports.instance = {};\n",
  "node_modules/dual/index.d.ts":
    "/** Which of the two. */\nexport declare const kind: string;\nexport declare const instance: object;\n",
  "node_modules/awaits/package.json":
    '{"name":"awaits","type":"module","exports":{"types":"./index.d.ts","default":"./index.js"}}',
  "node_modules/awaits/index.js":
    "export const ready = await Promise.resolve('ready');\nexport default function greet(name) { return 'hello ' + name; }\nexport const instance = {};\n",
  "node_modules/awaits/index.d.ts":
    "export const ready: string;\nexport default function greet(name: string): string;\nexport const instance: object;\n",
  "node_modules/esm-only/package.json":
    '{"name":"esm-only","type":"module","exports":{"import":{"types":"./index.d.ts","default":"./index.js"}}}',
  "node_modules/esm-only/index.js": "export let only = 'import'; export const change = () => { only = 'changed' };\n",
  "node_modules/esm-only/index.d.ts": "export declare let only: string;\nexport declare function change(): void;\n",
  "node_modules/untyped/package.json": '{"name":"untyped","exports":{"import":"./index.js"},"type":"module"}',
  "node_modules/untyped/index.js": "export const any = { thing: 5 };\n",
  "node_modules/needy/package.json": '{"name":"needy","main":"index.js"}',
  "node_modules/needy/index.js": "require('not-there-either');\n",
});
const cwd = join(project, "notebooks");

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd });
});
afterAll(() => kernel.stop());

const path = (name: string): string => join(project, name);

describe("a package", () =>
  rows(
    () => kernel,
    [
      [
        "of CommonJS has a default and its members",
        "import twice, { instance as ofCjs } from 'cjs'; import * as cjs from 'cjs'; [twice(4), cjs.instance === ofCjs]",
        "[ 8, true ]",
      ],
      [
        "of CommonJS is one, however it is imported",
        "const dynamic = await import('cjs'); [dynamic.default === twice, require('cjs') === twice]",
        "[ true, true ]",
      ],
      [
        "with two kinds is one, however it is imported",
        "import { instance, kind } from 'dual'; const both = await import('dual'); [kind, both.instance === instance, require('dual').instance === instance]",
        "[ 'require', true, true ]",
      ],
      [
        "that awaits at its top level is one, static or dynamic",
        "import greet, { instance as waited, ready } from 'awaits'; import * as all from 'awaits'; [greet('you'), ready, all.ready, (await import('awaits')).instance === waited]",
        "[ 'hello you', 'ready', 'ready', true ]",
      ],
      ["that awaits is there in later cells", "greet('again')", "'hello again'"],
      ["that only import may load works", "import { only, change } from 'esm-only'; only", "'import'"],
      ["without types is any", "import { any as untyped } from 'untyped'; untyped.thing", "5"],
      [
        "by a computed name works",
        "const packageName = ['du', 'al'].join(''); (await import(packageName)).kind",
        "'require'",
      ],
      [
        "that is missing is told with the line to run",
        "import x from 'not-installed/sub'",
        "line 1:15 - TS2307: The package not-installed is not installed for this notebook. Run in its folder: npm i not-installed\n  1 | import x from 'not-installed/sub'\n    |               ^",
      ],
      [
        "that is missing while it runs, too",
        "const missing = '@scope/missing'; await import(missing)",
        "Error: The package @scope/missing is not installed for this notebook. Run in its folder: npm i @scope/missing\n  1 | const missing = '@scope/missing'; await import(missing)\n    |                                   ^\n    at cell [0], line 1:35",
      ],
      [
        "keeps a type error of its own use",
        "twice('four')",
        "line 1:7 - TS2345: Argument of type 'string' is not assignable to parameter of type 'number'.\n  1 | twice('four')\n    |       ^",
      ],
      [
        "whose name is not imported is told with the line",
        "readFileSync('x')",
        "line 1:1 - TS2304: Cannot find name 'readFileSync'. Did you forget: import { readFileSync } from \"node:fs\"?\n  1 | readFileSync('x')\n    | ^",
      ],
    ],
  ));

it("names the missing package of a package as Node does", async () => {
  const text = shown(await kernel.run("require('needy')"));
  expect(text).toContain("Cannot find module 'not-there-either'");
});

it("loads vega, whose modules await", async () => {
  const { symlinkSync } = await import("node:fs");
  symlinkSync(new URL("../../node_modules/vega", import.meta.url).pathname, path("node_modules/vega"));
  const source =
    "import * as vega from 'vega'; const svg = await new vega.View(vega.parse({ width: 9, height: 9, marks: [] })).toSVG(); svg.slice(0, 4)";
  expect(shown(await kernel.run(source))).toBe("'<svg'");
});

describe("a local module", () => {
  rows(
    () => kernel,
    [
      ["is imported with its ending", "import { near } from './near.ts'; near()", "'near.ts'"],
      ["may be JavaScript", "import { plain } from './plain.js'; plain", "4"],
      ["may be JSON", "import table from './table.json'; table.k.length", "3"],
      ["of a folder above is imported with what it imports", "import { fit, fail } from '../src/model'; fit()", "11"],
      [
        "is named in an error, with its line",
        "fail()",
        "Error: from the module\n  1 | fail()\n    | ^\n    at fail (../src/model.ts, line 5:9)\n    at cell [0], line 1:1",
      ],
      ["is there for import(), too", "(await import('../src/model.ts')).fit()", "11"],
    ],
  );

  it("has changed for the very next cell", async () => {
    writeFileSync(path("notebooks/near.ts"), "export const near = () => 'changed';\n");
    expect(shown(await kernel.run("import { near } from './near.ts'; near()"))).toBe("'changed'");
  });

  it("is run again when a module or a JSON file that it imports has changed", async () => {
    writeFileSync(path("src/base.ts"), "export const base: number = 5;\n");
    expect(shown(await kernel.run("import { fit } from '../src/model'; fit()"))).toBe("15");
    writeFileSync(path("data.json"), '{"n":100}');
    expect(shown(await kernel.run("import { fit } from '../src/model'; fit()"))).toBe("105");
  });

  it("that is new is found by the next cell", async () => {
    expect(shown(await kernel.run("import { fresh } from './made/fresh.ts'; fresh"))).toContain("TS2307");
    mkdirSync(path("notebooks/made"));
    writeFileSync(path("notebooks/made/fresh.ts"), "export const fresh = 1;\n");
    const found = async (): Promise<string> =>
      shown(await kernel.run("import { fresh } from './made/fresh.ts'; fresh"));
    await expect.poll(found, { timeout: 10_000, interval: 100 }).toBe("1");
  });

  it("with an error is told with its file", async () => {
    writeFileSync(path("notebooks/near.ts"), "export const near: string = 1;\n");
    expect(shown(await kernel.run("import { near } from './near.ts'; near"))).toBe(
      "near.ts line 1:14 - TS2322: Type 'number' is not assignable to type 'string'.",
    );
  });
});
