import { expect, it } from "vitest";
import { parseNotebook } from "../../src/format/index.ts";

const code = (source: unknown): object => ({ cell_type: "code", id: "a", metadata: {}, outputs: [], source });
const notebook = (cells: readonly unknown[], metadata: object = {}): string =>
  JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells });

it("numbers the code cells that hold something, as a fresh run does", () => {
  const text = { cell_type: "markdown", id: "m", metadata: {}, source: ["# Title"] };
  const { cells } = parseNotebook(notebook([code("1"), code(" \n"), text, code("2")]), "a.ipynb");
  expect(cells.map(({ number }) => number)).toEqual([1, 0, 0, 2]);
});

it("joins a source that is a list of lines", () => {
  const { cells } = parseNotebook(notebook([code(["const a = 1;\n", "a"])]), "a.ipynb");
  expect(cells[0]?.source).toBe("const a = 1;\na");
});

it("gives the cells of files before nbformat 4.5 ids by place", () => {
  const { cells } = parseNotebook(notebook([{ ...code("1"), id: undefined }]), "a.ipynb");
  expect(cells[0]?.id).toBe("cell-1");
});

it.each([
  ["", "a.ipynb: the file is empty. Save the notebook first."],
  ["not json", "a.ipynb: this is no notebook: it is not JSON. Give the path of an .ipynb file."],
  ['{"a":1}', "a.ipynb: this is no notebook: it has no `cells`. Give the path of an .ipynb file."],
  ['{"nbformat":3,"worksheets":[]}', "a.ipynb: nbformat 3 is not read, want 4: "],
  [notebook([code(7)]), "a.ipynb: cells[0].source is no list. Save the notebook again."],
  [notebook([{ cell_type: "odd" }]), 'a.ipynb: cells[0].cell_type is "odd", want code, markdown or raw.'],
  [notebook([], { language_info: { name: "python" } }), "a.ipynb: this is a notebook in python; only TypeScript"],
])("says what is wrong with %j", (text, message) => {
  expect(() => parseNotebook(text, "a.ipynb")).toThrow(message);
});
