import { expect, it } from "vitest";
import { moduleText } from "../../src/export/module-text.ts";
import { programOf } from "../../src/export/program.ts";
import { sliceOf } from "../../src/export/slice.ts";
import { notebookOf } from "./notebooks.ts";

/** What a module needs for a name as the last cell sees it. */
function need(name: string, ...cells: readonly string[]) {
  const program = programOf(notebookOf(...cells));
  const from = program.statements.at(-1);
  if (from === undefined) throw new Error("no statement");
  const slice = sliceOf(program, { name: "step", uses: [{ name, type: false }], from, wayOut: "Pass it." });
  const { imports, code } = moduleText(program, slice, { specifier: (at) => ({ from: at, attributes: "" }) });
  return { imports, code, problems: slice.problems.map(({ cell, line, message }) => `${cell}:${line} ${message}`) };
}

it("takes a function with its helpers, constants and types from other cells, and no more", () =>
  expect(
    need(
      "fit",
      "const rate = 0.3;\nconst unused = 1;",
      "type Row = { a: number };\n/** Twice. */\nfunction twice(x: number) { return 2 * x; } // done\nconsole.log(rate);",
      "const fit = (row: Row) => twice(row.a) * rate;",
      "fit",
    ).code,
  ).toBe(
    "// %% cell 1 (c1)\nconst rate = 0.3;\n\n// %% cell 2 (c2)\ntype Row = { a: number };\n/** Twice. */\n" +
      "function twice(x: number) { return 2 * x; }\n\n// %% cell 3 (c3)\nconst fit = (row: Row) => twice(row.a) * rate;",
  ));

it("imports what is used, and as a type what is used in types only", () =>
  expect(
    need(
      "f",
      'import aq, { Table, type Row, op } from "arquero";',
      "const f = (t: Table, r: Row) => op.mean(t, r);",
      "f",
    ).imports,
  ).toEqual(['import { type Table, type Row, op } from "arquero";']));

it("takes the loop that fills a list", () =>
  expect(need("grid", "const grid: number[] = [];", "for (const a of [1, 2]) grid.push(a);", "grid").code).toContain(
    "for (const a of [1, 2]) grid.push(a);",
  ));

it("leaves out what is changed below the cell that needs it", () => {
  const program = programOf(notebookOf("const list = [1];", "list.push(2);", "list", "list.push(3);"));
  const [, , from] = program.statements;
  if (from === undefined) throw new Error("no statement");
  const uses = [{ name: "list", type: false }];
  const { statements } = sliceOf(program, { name: "step", uses, from, wayOut: "" });
  expect(statements.map(({ cell }) => cell.number)).toEqual([1, 2]);
});

it("keeps both versions of a name that a later cell declares again", () =>
  expect(
    need("g", "const k = 1;", "const f = () => k;", "const k = 10;\nconst g = () => ({ k, old: f() });", "g").code,
  ).toBe(
    "// %% cell 1 (c1)\nconst k_cell1 = 1;\n\n// %% cell 2 (c2)\nconst f = () => k_cell1;\n\n" +
      "// %% cell 3 (c3)\nconst k = 10;\nconst g = () => ({ k, old: f() });",
  ));

it("writes a renamed name out where it was short", () =>
  expect(
    need("g", "const k = 1;", "const f = () => ({ k });", "const k = 2;\nconst g = () => [k, f()];", "g").code,
  ).toContain("const f = () => ({ k: k_cell1 });"));

it.each([
  ["const model = await fit();", "it awaits"],
  ["const model = Math.random();", "it calls Math.random()"],
  ["const model = new Date();", "it reads the clock"],
  ["const roll = () => Math.random();\nconst model = roll();", "it calls Math.random()"],
  ['import { readFileSync } from "node:fs";\nconst model = readFileSync("a");', "it calls readFileSync() of node:fs"],
  ['import { track } from "stemma";\nconst model = track.runs("a");', "track() gives it"],
  ["const model = process.env.HOME;", "it uses process"],
])("refuses the value of %j, which only running the cell gives", (cell, reason) => {
  const { problems } = need("step", cell, "const step = () => model;", "step");
  const line = cell.split("\n").length;
  expect(problems).toEqual([`1:${line} step uses \`model\`, made by running cell 1 (${reason}). Pass it.`]);
});

it("takes values that are computed from constants", () =>
  expect(
    need(
      "grid",
      "const product = (a: number[], b: number[]) => a.flatMap((x) => b.map((y) => [x, y]));",
      "const grid = product([1], [2]);",
      "grid",
    ).problems,
  ).toEqual([]));

it("refuses a variable that another cell assigns anew", () =>
  expect(need("f", "let seed = 1;", "seed = 7;", "const f = () => seed;", "f").problems).toEqual([
    "2:1 `seed`, which step uses, is assigned anew here; kernels disagree on which value it then sees. Make it a const, or an input.",
  ]));

it("needs no value for typeof in a type", () => {
  const { problems, code } = need("f", "const live = await fetch('a');", "const f = (x: typeof live) => x;", "f");
  expect(problems).toEqual([]);
  expect(code).not.toContain("fetch");
});
