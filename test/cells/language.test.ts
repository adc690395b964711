import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type CellResult, type Kernel, startKernel } from "../support/kernel.ts";

const cwd = notebookFolder({
  "src/lib.ts":
    "export interface Point { a: number }\nexport const double = (n: number): number => n * 2;\nexport function fail(): never {\n  throw new Error('from the module');\n}\n",
  "src/reloaded.ts": "export const answer = 1;\n",
  "data.json": '{"k":[1,2,3]}',
  "node_modules/awaits/package.json":
    '{"name":"awaits","type":"module","exports":{"types":"./index.d.ts","default":"./index.js"}}',
  "node_modules/awaits/index.js":
    "export const ready = await Promise.resolve('ready');\nexport default function greet(name) { return 'hello ' + name; }\nexport const instance = {};\n",
  "node_modules/awaits/index.d.ts":
    "export const ready: string;\nexport default function greet(name: string): string;\nexport const instance: object;\n",
  "node_modules/esm-only/package.json":
    '{"name":"esm-only","type":"module","exports":{"import":{"types":"./index.d.ts","default":"./index.js"}}}',
  "node_modules/esm-only/index.js": "export const only = 'import';\n",
  "node_modules/esm-only/index.d.ts": "export const only: string;\n",
  "node_modules/hides/package.json": '{"name":"hides","main":"index.js","types":"index.d.ts"}',
  "node_modules/hides/index.js": "exports.make = () => ({ size: 3 });\n",
  "node_modules/hides/index.d.ts": "interface Hidden { size: number }\nexport declare function make(): Hidden;\n",
});

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd });
});
afterAll(() => kernel.stop());

/** The text of the last of some cells, all of which must succeed. */
async function shows(...sources: readonly string[]): Promise<string> {
  let last: CellResult | null = null;
  for (const source of sources) {
    last = await kernel.run(source);
    if (last.status !== "ok") throw new Error(`${source}\n${last.error?.traceback.join("\n")}`);
  }
  return last?.text ?? "";
}

describe("a cell", () => {
  it("shows the value of its last expression", async () => expect(await shows("1 + 1")).toBe("2"));
  it("shows nothing for null and undefined", async () => expect(await shows("null", "let nothing; nothing")).toBe(""));
  it("shows nothing for a declaration", async () => expect(await shows("const declared = 1")).toBe(""));
  it("is not strict", async () => expect(await shows("(function () { return typeof this })()")).toBe("'object'"));

  it("sees the variables, functions and classes of earlier cells", async () =>
    expect(
      await shows(
        'const a = 40; let b = { q: 1, s: "str" }; function add(n: number) { return n + a } class G<T> { constructor(public v: T) {} }',
        "[add(2) + b.q, new G(7).v]",
      ),
    ).toBe("[ 43, 7 ]"));

  it("takes a variable of an earlier cell into an object by its name", async () => {
    expect(await shows("const q = 1; import { join } from 'node:path'", "({ q, deep: { join } }).q")).toBe("1");
    expect(await shows("const shadowing = (q: number) => ({ q }); shadowing(5).q")).toBe("5");
  });

  it("assigns variables of an earlier cell by destructuring", async () =>
    expect(
      await shows("let d1 = 0, d2 = 0;", "({ d1, d2 = 9 } = { d1: 3 } as { d1: number; d2?: number });", "[d1, d2]"),
    ).toBe("[ 3, 9 ]"));

  it("declares a name again with another type", async () =>
    expect(await shows("const again = 1;", 'const again = "text";', "again.toUpperCase()")).toBe("'TEXT'"));

  it("keeps enums, namespaces, interfaces and global declarations for later cells", async () => {
    await shows("enum Colour { Red, Green } namespace Space { export const three = 3 } interface Sized { z: string }");
    await shows(
      "declare global { interface Array<T> { second(): T } }\nArray.prototype.second = function () { return this[1] };",
    );
    expect(
      await shows("0", 'const sized: Sized = { z: "x" }; [Colour.Green, Space.three, sized.z, [1, 2].second()]'),
    ).toBe("[ 1, 3, 'x', 2 ]");
  });

  it("awaits at its top level, with parentheses and in loops", async () => {
    expect(await shows("const seven = await Promise.resolve(7); seven", "await (Promise.resolve(seven + 1))")).toBe(
      "8",
    );
    expect(await shows("for await (const v of [Promise.resolve(1), 2]) console.log(v)")).toBe("1\n2\n");
  });

  it("has today's language and library", async () => {
    expect(await shows("[[3, 1].toSorted(), Object.groupBy([1, 2], (n) => (n > 1 ? 'b' : 'a')).b, /a/v.flags]")).toBe(
      "[ [ 1, 3 ], [ 2 ], 'v' ]",
    );
    expect(
      await shows("const closed: string[] = []; { using one = { [Symbol.dispose]() { closed.push('one') } }; } closed"),
    ).toBe("[ 'one' ]");
    expect(
      await shows("using top = { name: 'top', [Symbol.dispose]() { console.log('disposed') } }; top.name"),
    ).toContain("'top'");
  });

  it("runs legacy decorators", async () =>
    expect(
      await shows(
        'function log(_: any, key: string, d: PropertyDescriptor) { const of = d.value; d.value = function () { return key + of.apply(this) } } class D { @log hi() { return "!" } } new D().hi()',
      ),
    ).toBe("'hi!'"));

  it("uses a value whose type its package does not export", async () => {
    expect(await shows('import { make } from "hides"; const made = make();', "made.size")).toBe("3");
    const wrong = await kernel.run("made.nope");
    expect(wrong.error?.evalue).toContain("TS2339: Property 'nope' does not exist on type");
  });

  it("is rejected with all its type errors in one error, and declares nothing", async () => {
    const result = await kernel.run('const wrong: number = "s";\nlet other: string = 1;');
    expect(result.error).toEqual({
      ename: "TypeScriptError",
      evalue: "line 1:7 - TS2322: Type 'string' is not assignable to type 'number'.",
      traceback: [
        "line 1:7 - TS2322: Type 'string' is not assignable to type 'number'.",
        '  1 | const wrong: number = "s";',
        "    |       ^",
        "line 2:5 - TS2322: Type 'number' is not assignable to type 'string'.",
        "  2 | let other: string = 1;",
        "    |     ^",
      ],
    });
    expect((await kernel.run("wrong")).error?.evalue).toBe("line 1:1 - TS2304: Cannot find name 'wrong'.");
  });
});

describe("an import", () => {
  it("takes local TypeScript by every spelling, types included", async () => {
    expect(
      await shows(
        'import type { Point } from "./src/lib"; import { double } from "./src/lib.ts"; const point: Point = { a: double(4) }; point.a',
      ),
    ).toBe("8");
    expect(await shows('import { double as twice } from "./src/lib.js"; twice(5)')).toBe("10");
    expect(await shows('const lib = await import("./src/lib"); lib.double(6)')).toBe("12");
  });

  it("takes JSON", async () => expect(await shows('import data from "./data.json"; data.k.length')).toBe("3"));

  it("reloads a local module that has changed", async () => {
    expect(await shows('import { answer } from "./src/reloaded"; answer')).toBe("1");
    writeFileSync(join(cwd, "src/reloaded.ts"), "export const answer = 2;\n");
    const reload = async (): Promise<string> => shows('import { answer } from "./src/reloaded"; answer');
    await expect.poll(reload, { timeout: 20_000, interval: 300 }).toBe("2");
  });

  it("takes an ES module that awaits at its top level", async () => {
    expect(
      await shows(
        'import greet, { ready } from "awaits"; import * as all from "awaits"; [greet("you"), ready, all.ready]',
      ),
    ).toBe("[ 'hello you', 'ready', 'ready' ]");
    expect(await shows("greet('again')")).toBe("'hello again'");
  });

  it("gives one instance of a package, static or dynamic", async () =>
    expect(
      await shows(
        'import { instance } from "awaits"; const dynamic = await import("awaits"); dynamic.instance === instance',
      ),
    ).toBe("true"));

  it("takes a package that only import may load", async () =>
    expect(await shows('import { only } from "esm-only"; only')).toBe("'import'"));

  it("takes a module cell", async () =>
    expect(
      await shows("/** @module inner */\nexport const mm: number = 5;", 'import { mm } from "./inner"; mm * 2'),
    ).toBe("10"));

  it("finds a package that was installed after it was missed, and goes on whatever else is made in the folder", async () => {
    expect((await kernel.run('import { n } from "installed-later"; n')).status).toBe("error");
    await shows(
      `import { mkdirSync, writeFileSync as write } from "node:fs";
       mkdirSync("node_modules/installed-later", { recursive: true });
       write("node_modules/installed-later/package.json", '{"name":"installed-later","main":"index.js","types":"index.d.ts"}');
       write("node_modules/installed-later/index.js", "exports.n = 5;");
       write("node_modules/installed-later/index.d.ts", "export const n: number;");
       mkdirSync("stemma/tail", { recursive: true }); write("package.json", "{}");`,
    );
    for (let n = 0; n < 20; n++)
      expect(await shows(`await new Promise((resolve) => setTimeout(resolve, 25)); ${n}`)).toBe(`${n}`);
    const found = async (): Promise<string> => (await kernel.run('import { n } from "installed-later"; n')).text;
    await expect.poll(found, { timeout: 10_000, interval: 200 }).toBe("5");
  });

  it("names a package that is not there", async () =>
    expect((await kernel.run('import x from "not-installed-here";')).error?.evalue).toContain(
      "The package not-installed-here is not installed for this notebook. Run in its folder: npm i not-installed-here",
    ));
});

describe("a failed cell", () => {
  it("keeps what it assigned, and gives back what it did not reach", async () => {
    await shows("const later = 'earlier value';");
    const failed = await kernel.run(
      "import { basename } from 'node:path'; const first = 1; function used() { return first } class Early {}\nthrow new TypeError('boom'); const later = 2; const unreached = 3;",
    );
    expect(failed.error).toMatchObject({ ename: "TypeError", evalue: "boom" });
    expect(await shows("[first, used(), typeof Early, basename('/a/b'), later.length]")).toBe(
      "[ 1, 1, 'function', 'b', 13 ]",
    );
    expect((await kernel.run("unreached")).error?.evalue).toContain("Cannot find name 'unreached'");
  });

  it("keeps what it assigned before a rejected await", async () => {
    const failed = await kernel.run(
      "const before = await Promise.resolve(5); await Promise.reject(new RangeError('late'));",
    );
    expect(failed.error).toMatchObject({ ename: "RangeError", evalue: "late" });
    expect(await shows("before")).toBe("5");
  });

  it("is told with its cell, line and source, in functions of other cells too", async () => {
    await shows(
      "function outer(n: number): number {\n  if (n < 0) throw new RangeError('negative: ' + n);\n  return n;\n}",
    );
    const { error, count } = await kernel.run("const fine = 1;\n\nouter(-1);");
    expect(error?.ename).toBe("RangeError");
    expect(error?.traceback).toEqual([
      "RangeError: negative: -1",
      "  2 |   if (n < 0) throw new RangeError('negative: ' + n);",
      "    |                    ^",
      `    at outer (cell [${(count ?? 0) - 1}], line 2:20)`,
      `    at cell [${count}], line 3:1`,
    ]);
  });

  it("is told with the line of a local module", async () => {
    const { error } = await kernel.run('import { fail } from "./src/lib"; fail();');
    expect(error?.traceback.join("\n")).toMatch(/at fail \(src\/lib\.ts, line 4:\d+\)/);
  });

  it("is told with its line after the working folder has changed", async () => {
    await shows("const home = process.cwd(); process.chdir('/');");
    const { error, count } = await kernel.run("throw new Error('elsewhere')");
    expect(error?.traceback).toContain(`    at cell [${count}], line 1:7`);
    expect(await shows('process.chdir(home); import { double as again2 } from "./src/lib"; again2(4)')).toBe("8");
  });

  it("is told with the causes of its error", async () => {
    const { error } = await kernel.run("throw new Error('outer', { cause: new TypeError('inner') })");
    expect(error?.traceback).toContain("Caused by: TypeError: inner");
  });

  it("may throw anything", async () => {
    expect((await kernel.run("throw { code: 3 }")).error).toMatchObject({ ename: "Error", evalue: "{ code: 3 }" });
    expect((await kernel.run("throw undefined")).error?.evalue).toBe("undefined");
  });
});
