import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { notebookFolder } from "../support/cells.ts";
import { type Kernel, startKernel } from "../support/kernel.ts";
import { rows, shown } from "./language-rows.ts";

const cwd = notebookFolder({
  "node_modules/throws/package.json": '{"name":"throws","main":"index.js","types":"index.d.ts"}',
  "node_modules/throws/index.js": "throw new Error('at load');\n",
  "node_modules/throws/index.d.ts": "export declare const imported: number;\n",
});

let kernel: Kernel;
beforeAll(async () => {
  kernel = await startKernel({ kind: "stemma", cwd });
});
afterAll(() => kernel.stop());

/** Runs a cell that must fail, then shows another. */
async function afterFailure(failing: string, then: string): Promise<string> {
  const { status } = await kernel.run(failing);
  expect(status).toBe("error");
  return shown(await kernel.run(then));
}

describe("after a failed cell", () => {
  it("has what was assigned, each for itself in one statement", async () => {
    const failing = "const a1 = 1, b1 = boom(); function boom(): never { throw new Error('b') }";
    expect(await afterFailure(failing, "a1")).toBe("1");
    expect(shown(await kernel.run("b1"))).toContain("TS2304: Cannot find name 'b1'.");
  });

  it("has what was assigned undefined, and nothing of what was not reached", async () => {
    const failing =
      "const u1 = undefined; let u2; function hoisted() { return 3 } class Made {}\nthrow 1; const u3 = 1;";
    expect(await afterFailure(failing, "[u1, u2, hoisted(), typeof Made]")).toBe(
      "[ undefined, undefined, 3, 'function' ]",
    );
    expect(shown(await kernel.run("u3"))).toContain("Cannot find name 'u3'");
  });

  it("has the earlier value and type of what was not reached, also while the cell ran", async () => {
    await kernel.run("const later = 'text'; let lets = [1]; function readLater() { return later }");
    const failing = "const seen = readLater();\nthrow new Error('stop'); const later = 5; let lets = 'x';";
    expect(await afterFailure(failing, "[seen, later.toUpperCase(), lets.length, readLater()]")).toBe(
      "[ 'text', 'TEXT', 1, 'text' ]",
    );
  });

  it("has its types, and the earlier import where the new one failed", async () => {
    await kernel.run("import { join as imported } from 'node:path'");
    expect(await afterFailure("import { imported } from 'throws'; const after1 = 1;", "imported('a', 'b')")).toBe(
      "'a/b'",
    );
    expect(await afterFailure("type Half = { h: 1 }; throw 1", "const half: Half = { h: 1 }; half.h")).toBe("1");
  });

  it("has the `var` of a block that was assigned, and the earlier one of a block that was not reached", async () => {
    await kernel.run("var notReached = 'earlier';");
    const failing = "{ var inBlock = 1; if (inBlock) throw 1 } for (var notReached of [1]);";
    expect(await afterFailure(failing, "[inBlock.toFixed(), notReached.length]")).toBe("[ '1', 7 ]");
  });

  it("has what was assigned before a rejected await, and nothing that comes after its end", async () => {
    const failing =
      "let before = 1; let goOn = () => {}; const gate = new Promise<void>((open) => { goOn = open }); const lateWork = (async () => { await gate; before = 2; return 'done' })(); await Promise.reject(new RangeError('late')); const after = 3;";
    expect(await afterFailure(failing, "const first = before; goOn(); [first, await lateWork, before]")).toBe(
      "[ 1, 'done', 2 ]",
    );
    expect(shown(await kernel.run("after"))).toContain("Cannot find name 'after'");
  });

  it("has what was assigned before it was stopped", async () => {
    await kernel.run("const kept = 'earlier';");
    const stopped = kernel.run("const si = 11; console.log('loops'); while (true) {} const kept = 1;");
    await kernel.until(({ content }) => String(content["text"]).includes("loops"));
    kernel.interrupt();
    expect((await stopped).error?.ename).toBe("KeyboardInterrupt");
    expect(shown(await kernel.run("[si, kept.length]"))).toBe("[ 11, 7 ]");
  });
});

it("of a chain that TypeScript cannot follow says what to do; the next cells go on", async () => {
  await kernel.run("class Chain<X> { n = 0; to<Y>(f: (x: X) => Y): Chain<Y> { return this as any } }");
  const chain = (length: number): string => `new Chain<number>()${".to((x) => x)".repeat(length)}.n`;
  expect(shown(await kernel.run(chain(200)))).toBe("0");
  expect(shown(await kernel.run(chain(5000)))).toContain("TypeScript cannot follow this cell: a chain of calls");
  expect(shown(await kernel.run("new Chain<number>().n + 1"))).toBe("1");
});

describe("an error", () =>
  rows(
    () => kernel,
    [
      [
        "names the cells and lines of all functions it came through",
        "function outer(n: number): number {\n  // 😀 a comment\n  if (n < 0) throw new RangeError('negative: ' + n);\n  return n;\n}",
        "const fine = 1;\n\nouter(-1);",
        "RangeError: negative: -1\n  3 |   if (n < 0) throw new RangeError('negative: ' + n);\n    |                    ^\n    at outer (cell [-1], line 3:20)\n    at cell [0], line 3:1",
      ],
      [
        "of a method names its class",
        "class Model { fit() { throw new Error('no data') } }\nnew Model().fit()",
        "Error: no data\n  1 | class Model { fit() { throw new Error('no data') } }\n    |                             ^\n    at Model.fit (cell [0], line 1:29)\n    at cell [0], line 2:13",
      ],
      [
        "after an await has its line",
        "await Promise.resolve();\nthrow new Error('later')",
        "Error: later\n  2 | throw new Error('later')\n    |       ^\n    at cell [0], line 2:7",
      ],
      [
        "tells its causes",
        "throw new Error('outer', { cause: new TypeError('middle', { cause: 'inner' }) })",
        "Error: outer\n  1 | throw new Error('outer', { cause: new TypeError('middle', { cause: 'inner' }) })\n    |       ^\n    at cell [0], line 1:7\nCaused by: TypeError: middle\n  1 | throw new Error('outer', { cause: new TypeError('middle', { cause: 'inner' }) })\n    |                                   ^\n    at cell [0], line 1:35\nCaused by: 'inner'",
      ],
      [
        "of Promise.any tells each that it holds, with its place",
        "const failing = async (what: string) => { throw new TypeError(what) };\nawait Promise.any([failing('a'), Promise.reject(2)])",
        "AggregateError: All promises were rejected\nCaused by (1 of 2): TypeError: a\n    1 | const failing = async (what: string) => { throw new TypeError(what) };\n      |                                                 ^\n      at failing (cell [0], line 1:49)\n      at cell [0], line 2:20\nCaused by (2 of 2): 2",
      ],
      [
        "of many errors tells eight and counts the rest; one within another is further in",
        "const many = (n: number) => Array.from({ length: n }, (_, at) => 'e' + at);\nconst inner = Object.assign(new AggregateError(['deep'], 'inner'), { stack: '' });\nthrow Object.assign(new AggregateError([inner, ...many(14)], 'many', { cause: 'why' }), { stack: '' })",
        "AggregateError: many\nCaused by: 'why'\nCaused by (1 of 15): AggregateError: inner\n  Caused by (1 of 1): 'deep'\nCaused by (2 of 15): 'e0'\nCaused by (3 of 15): 'e1'\nCaused by (4 of 15): 'e2'\nCaused by (5 of 15): 'e3'\nCaused by (6 of 15): 'e4'\nCaused by (7 of 15): 'e5'\nCaused by (8 of 15): 'e6'\n… 7 more",
      ],
      [
        "that holds itself is told once",
        "const self = new AggregateError([], 'self'); self.stack = '';\nconst held = Object.assign(new Error('held', { cause: self }), { stack: '' });\nself.errors.push(self, held); throw self",
        "AggregateError: self\nCaused by (1 of 2): AggregateError: self (told above)\nCaused by (2 of 2): Error: held\n  Caused by: AggregateError: self (told above)",
      ],
      [
        "of Node shows the line of the cell only",
        "import { readFileSync } from 'node:fs'; readFileSync('/not/there')",
        "Error: ENOENT: no such file or directory, open '/not/there'\n  1 | import { readFileSync } from 'node:fs'; readFileSync('/not/there')\n    |                                                     ^\n    at cell [0], line 1:53",
      ],
      [
        "of syntax has its place",
        "const broken = ;",
        "line 1:16 - TS1109: Expression expected.\n  1 | const broken = ;\n    |                ^",
      ],
      [
        "in a name says which one was meant",
        "const colours = ['red']; coulours.length",
        "line 1:26 - TS2552: Cannot find name 'coulours'. Did you mean 'colours'?\n  1 | const colours = ['red']; coulours.length\n    |                          ^",
      ],
      [
        "in a property says which one was meant",
        "[1].lenght",
        "line 1:5 - TS2551: Property 'lenght' does not exist on type 'number[]'. Did you mean 'length'?\n  1 | [1].lenght\n    |     ^",
      ],
      [
        "of types says all of a cell in one, with details",
        "const point: { x: number } = { x: 'a' };\nconst f: (n: number) => string = (n: string) => n;",
        "line 1:32 - TS2322: Type 'string' is not assignable to type 'number'.\n  1 | const point: { x: number } = { x: 'a' };\n    |                                ^\nline 2:7 - TS2322: Type '(n: string) => string' is not assignable to type '(n: number) => string'.\n  2 | const f: (n: number) => string = (n: string) => n;\n    |       ^\n  Types of parameters 'n' and 'n' are incompatible.\n  Type 'number' is not assignable to type 'string'.",
      ],
      ["that is a value is shown", "throw { code: 3 }", "Error: a value was thrown that is no Error: { code: 3 }"],
    ],
  ));
