import { expect, it } from "vitest";
import { analyzeCell } from "../../src/export/cells.ts";

function facts(source: string) {
  return analyzeCell(source).statements.map(({ defines, uses, assigns, mutates }) => ({
    defines: defines.map(({ name }) => name),
    values: [...new Set(uses.filter(({ type }) => !type).map(({ name }) => name))],
    types: [...new Set(uses.filter(({ type }) => type).map(({ name }) => name))].sort(),
    assigns,
    mutates,
  }));
}

const nothing = { defines: [], values: [], types: [], assigns: [], mutates: [] };

it("tells names in types from names in values", () =>
  expect(facts("const a: Row = b as Cell; type Q = typeof c;")).toEqual([
    { ...nothing, defines: ["a"], values: ["b"], types: ["Cell", "Row"] },
    { ...nothing, defines: ["Q"], types: ["c"] },
  ]));

it("finds what closures use and leaves out what is local to them", () =>
  expect(facts("function f(x: number) { const y = x + a; return () => y + b; }")).toEqual([
    { ...nothing, defines: ["f"], values: ["a", "b"] },
  ]));

it("takes patterns apart", () =>
  expect(facts("const { a, b: [c = d], ...e } = f;")).toEqual([
    { ...nothing, defines: ["a", "c", "e"], values: ["d", "f"] },
  ]));

it("sees what a running statement assigns and changes in place", () =>
  expect(
    facts("[a, o.p] = f(); for (const x of xs) { list.push(x); count++; } Object.assign(q.r, {}); delete d.e;"),
  ).toEqual([
    { ...nothing, values: ["a", "o", "f"], assigns: ["a"], mutates: ["o"] },
    { ...nothing, values: ["xs", "list", "count"], assigns: ["count"], mutates: ["list"] },
    { ...nothing, values: ["Object", "q"], mutates: ["q"] },
    { ...nothing, values: ["d"], mutates: ["d"] },
  ]));

it("doesn't count what code would change that is only defined", () =>
  expect(facts("const add = () => list.push(1); function set() { seed = 2; }")).toEqual([
    { ...nothing, defines: ["add"], values: ["list"] },
    { ...nothing, defines: ["set"], values: ["seed"] },
  ]));

it("reads all forms of import", () =>
  expect(
    analyzeCell(
      'import d, { type T, q as r } from "m"; import * as n from "n"; import "s"; import type U from "u";',
    ).statements.map((statement) => statement.import),
  ).toEqual([
    {
      from: "m",
      names: [
        { local: "d", imported: "default", type: false },
        { local: "T", imported: "T", type: true },
        { local: "r", imported: "q", type: false },
      ],
      attributes: "",
    },
    { from: "n", names: [{ local: "n", imported: "*", type: false }], attributes: "" },
    { from: "s", names: [], attributes: "" },
    { from: "u", names: [{ local: "U", imported: "default", type: true }], attributes: "" },
  ]));

it("gives the line of what cannot be read", () =>
  expect(analyzeCell("const a = 1;\nconst b = ;").problems).toMatchObject([{ line: 2 }]));

it("lists a name that is declared twice, and reads on", () => {
  const { problems, statements } = analyzeCell("const a = 1;\nconst a = 2;");
  expect(problems).toMatchObject([{ line: 2 }]);
  expect(statements).toHaveLength(2);
});
