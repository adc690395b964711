import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { rows, shown } from "./language-rows.ts";

const cwd = notebookFolder({
  "node_modules/hides/package.json": '{"name":"hides","main":"index.js","types":"index.d.ts"}',
  "node_modules/hides/index.js":
    "exports.make = () => ({ size: 3 }); exports.Base = class {}; exports.sym = Symbol('s'); exports.keyed = () => ({ [exports.sym]: 1 });\n",
  "node_modules/hides/index.d.ts":
    "interface Hidden { size: number }\ndeclare class HiddenBase { protected inner: Hidden; go(): Hidden }\ndeclare const sym: unique symbol;\nexport declare function make(): Hidden;\nexport declare const Base: typeof HiddenBase;\nexport declare function keyed(): { [sym]: number };\n",
  "node_modules/deep/package.json": '{"name":"deep","exports":{".":{"types":"./index.d.ts","default":"./index.js"}}}',
  "node_modules/deep/index.js": "exports.f = () => ({ d: 1 }); exports.Mix = (B) => class extends B { z = 1 };\n",
  "node_modules/deep/index.d.ts":
    'import { Deep } from "./lib/deep";\nexport declare function f(): Deep;\nexport declare function Mix<T extends new (...a: any[]) => object>(b: T): T & (new (...a: any[]) => Deep);\n',
  "node_modules/deep/lib/deep.d.ts": "export interface Deep { d: number }\n",
});

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd });
});
afterAll(() => kernel.stop());

describe("a variable", () =>
  rows(
    () => kernel,
    [
      [
        "that a function has captured is the one that a later cell assigns",
        "let c = 0; function inc() { return ++c }",
        "c = 10; [inc(), c]",
        "[ 11, 11 ]",
      ],
      [
        "is seen by later cells when its own cell's timer has changed it",
        "let ticks = 0; await new Promise<void>((done) => setTimeout(() => { ticks = 5; done() }, 5))",
        "ticks",
        "5",
      ],
      ["of an arrow function, too", "let k = 1; const bump = () => ++k", "k = 7; [bump(), k]", "[ 8, 8 ]"],
      [
        "declared again is a new one; functions of its old cell keep theirs",
        "let twice = 1; const old = () => ++twice",
        "let twice = 100; [old(), twice]",
        "[ 2, 100 ]",
      ],
      ["is swapped with another over cells", "let s1 = 1, s2 = 2", "[s1, s2] = [s2, s1]; [s1, s2]", "[ 2, 1 ]"],
      [
        "is assigned by a pattern of an object, with a default",
        "let d1 = 0, d2 = 0",
        "({ d1, d2 = 9 } = { d1: 3 } as { d1: number; d2?: number }); [d1, d2]",
        "[ 3, 9 ]",
      ],
      [
        "goes into an object by its name",
        "const q = 1; import { join } from 'node:path'",
        "({ q, deep: { join } }).deep.join('a', 'b')",
        "'a/b'",
      ],
      ["called value or next is no other", "let value = 1, next = 2", "value = 3; next = 4; [value, next]", "[ 3, 4 ]"],
      [
        "of every pattern is there",
        "const { pa, pb: [pc = 5, ...pd], ...pe } = { pa: 1, pb: [undefined, 2, 3] as any[], pf: 6 }",
        "[pa, pc, pd, pe]",
        "[ 1, 5, [ 2, 3 ], { pf: 6 } ]",
      ],
      ["declared with var is there", "var v1 = 1; v1 += 1", "v1++; v1", "3"],
      [
        "that TypeScript is only told of is the global one",
        "declare const told: number; (globalThis as any).told = 5",
        "told + 1",
        "6",
      ],
      [
        "that is undefined is there all the same",
        "const nothing = undefined; let later: number",
        "[nothing, later]",
        "[ undefined, undefined ]",
      ],
      [
        "may be called require",
        "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url)",
        "require('node:path').sep",
        "'/'",
      ],
      [
        "cannot be called exports",
        "const exports = {}",
        "line 1:7 - TS2441: A cell cannot declare 'exports': the kernel keeps the cells' variables there. Take another name.\n  1 | const exports = {}\n    |       ^",
      ],
      [
        "of a million points is looped over at full speed",
        "const points = new Float64Array(1e6).fill(1); let sum = 0; for (let n = 0; n < 30; n++) for (let i = 0; i < points.length; i++) sum += points[i]; sum",
        "30000000",
      ],
    ],
  ));

describe("a declaration", () =>
  rows(
    () => kernel,
    [
      [
        "of a namespace, an enum, an abstract class lasts over cells",
        "namespace NS { export const q = 3 } enum E { A, B } const enum CE { X = 7 } abstract class Abs<T> { abstract m(): T }",
        "0",
        "[NS.q, E.B, E[0], CE.X, new (class extends Abs<number> { m() { return 2 } })().m()]",
        "[ 3, 1, 'A', 7, 2 ]",
      ],
      [
        "for all modules lasts over cells",
        "declare global { interface Array<T> { third(): T } var gg: number }\nArray.prototype.third = function () { return this[2] }; globalThis.gg = 4",
        "0",
        "0",
        "[[1, 2, 3].third(), gg]",
        "[ 3, 4 ]",
      ],
      [
        "of types lasts over cells",
        "type Pair<T> = [T, T]; interface Named { name: string } interface Aged extends Named { age: number }",
        "0",
        "const both: Pair<Aged> = [{ name: 'a', age: 1 }, { name: 'b', age: 2 }]; both[1].name",
        "'b'",
      ],
      ["may be exported", "export function ef() { return 3 }\nexport default ef() + 1", "4"],
      [
        "of a private member, a static block, an accessor works",
        "class A5 { static #p = 3; static get p() { return A5.#p } static { console.log('static') } accessor z = 3 }",
        "[A5.p, new A5().z]",
        "[ 3, 3 ]",
      ],
      [
        "may use satisfies, const type parameters, NoInfer",
        "const sat = { a: 1 } satisfies Record<string, number>; function one<const T>(x: T, y: NoInfer<T>) { return [x, y] } one('a', 'a')",
        "[ 'a', 'a' ]",
      ],
      ["of a function keeps its this", "function thisOf() { return this === globalThis }", "thisOf()", "true"],
      [
        "with using is disposed at the end of its cell",
        "using top = { name: 'top', [Symbol.dispose]() { console.log('disposed') } }; const inner = 4; top.name",
        "[top.name, inner]",
        "[ 'top', 4 ]",
      ],
      [
        "with await using is disposed",
        "await using at = { async [Symbol.asyncDispose]() { console.log('gone') } }",
        "gone",
      ],
    ],
  ));

describe("a top-level await", () =>
  rows(
    () => kernel,
    [
      ["may have parentheses", "await (Promise.resolve(3))", "3"],
      ["may loop", "async function* gen() { yield 1; yield 2 } for await (const v of gen()) console.log(v)", "1\n2"],
      [
        "may be in a block, a condition, a sum",
        "if (await Promise.resolve(true)) { console.log('' + (await Promise.resolve(4))) }",
        "4",
      ],
      ["may be in a pattern", "const { aw = await Promise.resolve(2) } = {} as { aw?: number }", "aw", "2"],
      [
        "is told apart from one in a function",
        "async function inner() { return await Promise.resolve(1) }\ntypeof inner",
        "'function'",
      ],
    ],
  ));

describe("a type that cannot be named", () =>
  rows(
    () => kernel,
    [
      [
        "blocks no variable, and is kept",
        "import { make, Base, keyed } from 'hides'; import { f, Mix } from 'deep'; const h = make(); const hs = [make()]; const fn = () => make(); const dk = keyed(); const ds = { d: f() }",
        "[h.size, hs[0].size, fn().size, ds.d.d]",
        "[ 3, 3, 3, 1 ]",
      ],
      [
        "is checked in later cells",
        "ds.d.nope",
        "line 1:6 - TS2339: Property 'nope' does not exist on type 'Deep'.\n  1 | ds.d.nope\n    |      ^",
      ],
      [
        "blocks no member of a class",
        "class Sub extends Base { own = make(); get it() { return make() } meth() { return f() } static st = f() }",
        "new Sub().own.size + Sub.st.d",
        "4",
      ],
      [
        "blocks no base of a class",
        "class M2 extends Mix(Object) { q = 1 } const Mixed = Mix(class { private p = 1 })",
        "[new M2().q, new M2().d, new Mixed()]",
        "[ 1, undefined, { p: 1, z: 1 } ]",
      ],
      [
        "blocks no class in a function",
        "function mixin<T extends new (...a: any[]) => {}>(B: T) { return class extends B { private z = 1; tag = 't' } } class M4 extends mixin(Base) {}",
        "new M4().tag",
        "'t'",
      ],
      [
        "may be a unique symbol's",
        "const us: unique symbol = Symbol(); class WithSym { [us] = 1 }",
        "new WithSym()[us]",
        "1",
      ],
    ],
  ));

describe("a cell that says so in its first line", () =>
  rows(
    () => kernel,
    [
      [
        "is checked strictly",
        "// @strict\nfunction loose(x) { return x }",
        "line 2:16 - TS7006: Parameter 'x' implicitly has an 'any' type.\n  2 | function loose(x) { return x }\n    |                ^",
      ],
      ["leaves the next one as it is", "function loose(x) { return x } loose(3)", "3"],
      [
        "is not checked, and may be JavaScript",
        "// @ts-nocheck\nimplicit = 3; const fs = require('fs'); var o = {}; o.x = implicit; class Foo { constructor() { this.a = 1 } }",
        "[o, new Foo(), typeof fs.readFileSync]",
        "[ { x: 3 }, Foo { a: 1 }, 'function' ]",
      ],
    ],
  ));

describe("the key `stemma` of package.json", () => {
  const set = (settings: unknown): void =>
    writeFileSync(join(cwd, "package.json"), JSON.stringify({ stemma: settings }));
  beforeEach(() => set({}));

  it("makes all cells strict", async () => {
    set({ strict: true });
    expect(shown(await kernel.run("let maybe: string | null = null as string | null; maybe.length"))).toContain(
      "TS18047: 'maybe' is possibly 'null'.",
    );
    set({});
    expect(shown(await kernel.run("let maybe: string | null = 'ab' as string | null; maybe.length"))).toBe("2");
  });

  it("chooses standard decorators", async () => {
    set({ decorators: "standard" });
    const source =
      "function named(_: Function, c: ClassMethodDecoratorContext) { return () => c.kind + ' ' + String(c.name) } function doubled(_: undefined, c: ClassFieldDecoratorContext) { return (x: number) => x * 2 } class DD { @named hi() { return '' } @doubled y = 3 } [new DD().hi(), new DD().y]";
    expect(shown(await kernel.run(source))).toBe("[ 'method hi', 6 ]");
    set({});
    expect(shown(await kernel.run("new DD().y"))).toBe("6");
    expect(shown(await kernel.run(source))).toContain("TS1241: Unable to resolve signature of method decorator");
  });

  it("makes all cells JavaScript, but for those that ask for checks", async () => {
    set({ check: false });
    expect(shown(await kernel.run("let js = 1; js = 'text'; js"))).toBe("'text'");
    expect(shown(await kernel.run("// @ts-check\nlet ts = 1; ts = 'text'"))).toContain("line 2:13 - TS2322");
  });

  it("with a value that is none is told", async () => {
    set({ strict: "yes" });
    expect(shown(await kernel.run("1"))).toContain('package.json: stemma.strict is "yes". It can be true or false.');
  });
});
