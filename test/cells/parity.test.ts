import { afterAll, beforeAll, describe } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { type Row, rows } from "./language-rows.ts";

// The cells with which the kernel's TypeScript was compared with stock tslab's, and what each shows.
const cells: readonly Row[] = [
  ["shows a sum", "1+1", "2"],
  [
    "rejects a wrong type",
    'const x: number = "s";',
    "line 1:7 - TS2322: Type 'string' is not assignable to type 'number'.\n  1 | const x: number = \"s\";\n    |       ^",
  ],
  [
    "declares variables and a function",
    'const a = 40; let b = { q: 1, s: "str" }; function add(n: number) { return n + a }',
    "",
  ],
  ["uses them in the next cell", "add(2) + b.q", "43"],
  [
    "imports in three ways",
    'import { join } from "node:path"; import * as fs from "fs"; import os from "os";',
    '[join("a","b"), typeof fs.readFileSync, typeof os.cpus]',
    "[ 'a/b', 'function', 'function' ]",
  ],
  ["awaits", "const t = await Promise.resolve(7); t", "7"],
  ["uses what was awaited", "t + 1", "8"],
  ["loops over promises", 'for await (const v of [Promise.resolve(1), 2]) console.log("v", v)', "v 1\nv 2"],
  [
    "decorates a method",
    'function log(target: any, key: string, d: PropertyDescriptor) { const o = d.value; d.value = function (...r: any[]) { return "<" + o.apply(this, r) + ">" } } class D { @log hi() { return "hi" } } new D().hi()',
    "'<hi>'",
  ],
  ["keeps the decorated class", "new D().hi()", "'<hi>'"],
  ["imports a type", 'import type { P } from "./src/lib"; const p1: P = { a: 1 }; p1', "{ a: 1 }"],
  ["imports a local module", 'import { dbl } from "./src/lib"; dbl(4)', "8"],
  [
    "imports a type and a value by the name of the script",
    'import { type P as PP, dbl as dd } from "./src/lib.js"; const pp: PP = dd(5); pp',
    "line 1:63 - TS2322: Type 'number' is not assignable to type 'P'.\n" +
      '  1 | import { type P as PP, dbl as dd } from "./src/lib.js"; const pp: PP = dd(5); pp\n' +
      "    |                                                               ^",
  ],
  ["imports JSON", 'import data from "./data.json"; data.k.length', "3"],
  [
    "keeps an imported type",
    'const p2: P = { a: "x" }',
    "line 1:17 - TS2322: Type 'string' is not assignable to type 'number'.\n  1 | const p2: P = { a: \"x\" }\n    |                 ^",
  ],
  [
    "declares types, enums, classes and namespaces",
    'enum E1 { A, B } type U = "x" | "y"; interface I1 { z: U } class G<T> { constructor(public v: T) {} } namespace NS { export const q = 3 }',
    "",
  ],
  ["uses them", 'const g = new G<I1>({ z: "x" }); [g.v.z, E1.B, NS.q]', "[ 'x', 1, 3 ]"],
  ["declares a name again", 'const a = "redeclared"; a.length', "10"],
  ["knows the new type", "a.toUpperCase()", "'REDECLARED'"],
  [
    "rejects await in a function that is not async",
    "async function bad() { return 1 } function nota() { await bad() }",
    "line 1:53 - TS1308: 'await' expressions are only allowed within async functions and at the top levels of modules.\n" +
      "  1 | async function bad() { return 1 } function nota() { await bad() }\n" +
      "    |                                                     ^",
  ],
  [
    "shows an error with its place",
    'throw new TypeError("boom")',
    'TypeError: boom\n  1 | throw new TypeError("boom")\n    |       ^\n    at cell [0], line 1:7',
  ],
  ["takes a value apart", "const { m1, m2: [m3] } = { m1: 1, m2: [2] }; m1 + m3", "3"],
  ["imports while it runs", 'const mod = await import("node:os"); typeof mod.cpus', "'function'"],
  ["rejects an unknown name", "zzz = 3", "line 1:1 - TS2304: Cannot find name 'zzz'.\n  1 | zzz = 3\n    | ^"],
  ["shows tslab's display", 'import { display } from "tslab"; display.html("<b>x</b>")', ""],
  ["shows nothing for null", "let n = null; n", ""],
  ["has a this", "this === undefined", "false"],
  ["takes an export for a declaration", "export const ex = 1", "ex", "1"],
  ["takes a module cell", "/** @module mymod */\nexport const mm: number = 5;", ""],
  ["imports the module cell", 'import { mm } from "./mymod"; mm * 2', "10"],
  ["imports for the effect alone", 'import "./src/lib.ts"', ""],
];

const cwd = notebookFolder({
  "src/lib.ts": "export interface P { a: number }\nexport const dbl = (n: number): number => n * 2;\n",
  "data.json": '{"k":[1,2,3]}',
});
let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd });
});
afterAll(() => kernel.stop());

describe("a cell of the comparison with stock tslab", () => rows(() => kernel, cells));
