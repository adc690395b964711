import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Notebook, parseNotebook } from "../../src/format/index.ts";
import { root } from "../support/tools.ts";

/** The text of a notebook with these code cells; their ids are `c1`, `c2` … */
export function notebookText(cells: readonly string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { language_info: { name: "typescript" } },
    cells: cells.map((source, place) => ({
      cell_type: "code",
      id: `c${place + 1}`,
      metadata: {},
      execution_count: null,
      outputs: [],
      source,
    })),
  });
}

export function notebookOf(...cells: readonly string[]): Notebook {
  return parseNotebook(notebookText(cells), "test.ipynb");
}

/** A new folder with a notebook `test.ipynb`, other files, and the repository's packages. */
export function notebookFolder(cells: readonly string[], files: Readonly<Record<string, string>> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "stemma-export-test-"));
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "junction");
  for (const [path, text] of Object.entries({ "test.ipynb": notebookText(cells), ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}
