import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { exportNotebook } from "../../src/export/index.ts";
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

/** The first cell of the notebooks. */
export const stemma: string = 'import { flow, track, version } from "stemma";';

/** Step functions that the notebooks wire. */
export const steps: string = `const double = ({ x }: { x: number }) => 2 * x;
function range({ n }: { n: number }) { return Array.from({ length: n }, (_, i) => i); }
function total({ xs }: { xs: number[] }) { return xs.reduce((sum, x) => sum + x, 0); }`;

/** Path of a new notebook that imports the three verbs and has these cells. */
export function importingNotebook(cells: readonly string[], files: Readonly<Record<string, string>> = {}): string {
  return join(notebookFolder([stemma, ...cells], files), "test.ipynb");
}

/** The `dvc.yaml` that a notebook is exported to. */
export async function dvcYaml(notebook: string): Promise<string> {
  return (await exportNotebook(notebook)).files.get("dvc.yaml") ?? "";
}
