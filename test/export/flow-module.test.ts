import { join } from "node:path";
import { expect, it } from "vitest";
import { flowModule } from "../../src/export/index.ts";
import { notebookFolder } from "./notebooks.ts";

const start = 'import { flow } from "stemma";';
const cases = "const cases: number[] = [1, 2, 3];";
const base = 'const base = flow("base", {}, (f) => f.step(({ xs }: { xs: number[] }) => xs.length, { xs: cases }));';

function moduleOf(cells: readonly string[], name?: string): ReturnType<typeof flowModule> {
  return flowModule(join(notebookFolder(cells), "test.ipynb"), name);
}

it.each([
  ["%matplotlib inline", "line 1, `%matplotlib inline`"],
  ["console.log(cases);\n!ls data", "line 2, `!ls data`"],
  ["const half = base.run(\n", "line 2"],
])("leaves out a cell that is no TypeScript where no flow needs it, and says so: %j", (broken, place) => {
  const { text, notes } = moduleOf([start, cases, broken, base]);
  expect(text).toContain('$flow("base"');
  expect(notes).toEqual([expect.stringContaining(`cell 3 is left out: ${place}, is no TypeScript (`)]);
  expect(notes[0]).toMatch(/\)\. No flow needs it\.$/);
});

it.each([
  ["defines", [start, `%time\n${cases}`, base]],
  ["changes", [start, cases, "!ls data\ncases.push(4);", base]],
])("refuses a cell that is no TypeScript and %s what a flow uses, in words of a run", (_, cells) => {
  const refused =
    /test\.ipynb cannot be run: cell \d, line 1: `(%time|!ls data)` is no TypeScript \(.*\), and a flow may need `cases` of this cell\. Mend the line, or take it out\.$/;
  expect(() => moduleOf(cells)).toThrow(refused);
});

it("refuses a cell that may define a flow, unless another one is asked for", () => {
  const cells = [start, cases, base, '!ls data\nconst twice = flow("twice", {}, (f) => 1);'];
  expect(() => moduleOf(cells)).toThrow(
    "is no TypeScript (Missing semicolon), and it may define a flow. Mend the line",
  );
  expect(() => moduleOf(cells, "twice")).toThrow("cell 4, line 1");
  expect(moduleOf(cells, "base").notes).toHaveLength(1);
});

it("tells of a notebook without a flow which cell may have hidden it", () => {
  expect(() => moduleOf([`%time\n${start}`, cases, base])).toThrow(
    /cannot be run: cell 1, line 1: `%time` is no TypeScript/,
  );
  expect(() => moduleOf([cases])).toThrow(/test\.ipynb cannot be run: it defines no flow\.$/);
});
