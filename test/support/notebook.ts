import { execFile, execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { root, tool } from "./tools.ts";

/** One output of a cell, as nbformat 4 keeps it. */
export interface CellOutput {
  readonly output_type: "stream" | "display_data" | "execute_result" | "error";
  readonly name?: string;
  readonly text?: string | readonly string[];
  readonly data?: Readonly<Record<string, unknown>>;
}

export interface NotebookCell {
  readonly id: string;
  readonly cell_type: "code" | "markdown" | "raw";
  readonly source: string | readonly string[];
  readonly outputs?: readonly CellOutput[];
}

export interface Notebook {
  readonly cells: readonly NotebookCell[];
}

/** A folder that finds the repository's packages, `stemma` among them; `remove()` deletes it. */
export interface Workspace {
  readonly folder: string;
  remove(): void;
}

/** An empty folder beside a link to the repository's node_modules. */
export function workspace(): Workspace {
  const top = mkdtempSync(join(tmpdir(), "stemma notebook-"));
  const folder = join(top, "notebooks");
  mkdirSync(folder);
  symlinkSync(join(root, "node_modules"), join(top, "node_modules"));
  return { folder, remove: () => rmSync(top, { recursive: true, force: true }) };
}

/** The example's folder as a fresh clone has it, with no store, data or cache of whoever runs the tests. */
export function copyNotebooks(target: string): void {
  // -o: also files that will be part of the next commit.
  const options = ["ls-files", "-z", "-co", "--exclude-standard", "--", "notebooks"];
  const paths = execFileSync("git", options, { cwd: root, encoding: "utf8" }).split("\0").filter(Boolean);
  for (const path of paths) {
    const copy = join(target, path.slice("notebooks/".length));
    mkdirSync(dirname(copy), { recursive: true });
    cpSync(join(root, path), copy);
  }
}

/** A notebook file with these code cells, for a kernel by name. */
export function writeNotebook(path: string, kernel: string, cells: readonly string[]): void {
  const codeCell = (source: string, index: number): object => ({
    cell_type: "code",
    id: `cell-${index + 1}`,
    metadata: {},
    execution_count: null,
    outputs: [],
    source,
  });
  const metadata = { kernelspec: { name: kernel, display_name: kernel, language: "typescript" } };
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata, cells: cells.map(codeCell) };
  writeFileSync(path, JSON.stringify(notebook));
}

export interface RunOptions {
  /** Kernel to run in, where it is not the notebook's own. */
  readonly kernel?: string;
  /** A folder with `kernels/`, beside those of .venv. */
  readonly jupyterPath?: string;
}

/**
 * Runs a notebook headless from top to bottom in its folder; the file stays as it is.
 *
 * @returns the notebook with its outputs
 * @throws {Error} a cell failed; the message holds its words
 */
export async function runNotebook(path: string, options: RunOptions = {}): Promise<Notebook> {
  const result = `${path}.result.json`;
  const script = join(root, "scripts", "run-notebook.py");
  const kernel = options.kernel === undefined ? [] : [options.kernel];
  const env = { ...process.env, ...(options.jupyterPath === undefined ? {} : { JUPYTER_PATH: options.jupyterPath }) };
  await promisify(execFile)(tool("python"), [script, path, result, ...kernel], { env, maxBuffer: 1 << 26 });
  const notebook = JSON.parse(readFileSync(result, "utf8")) as Notebook;
  rmSync(result);
  return notebook;
}

/** Writes the kernelspec "tslab" of stock tslab and gives the folder for `jupyterPath`; `packages` is a node_modules folder. */
export function stockTslab(folder: string, packages: string): string {
  const kernel = join(folder, "kernels", "tslab");
  mkdirSync(kernel, { recursive: true });
  const argv = [
    process.execPath,
    join(packages, "tslab", "bin", "tslab"),
    "kernel",
    "--config-path",
    "{connection_file}",
  ];
  writeFileSync(join(kernel, "kernel.json"), JSON.stringify({ argv, display_name: "tslab", language: "typescript" }));
  return folder;
}

/** All text that a cell shows: streams and text/plain of results. */
export function textOf(notebook: Notebook, cellId: string): string {
  const cell = notebook.cells.find(({ id }) => id === cellId);
  if (cell === undefined)
    throw new Error(`No cell "${cellId}"; there are ${notebook.cells.map(({ id }) => id).join(", ")}`);
  return (cell.outputs ?? []).map(({ text, data }) => joined(text ?? data?.["text/plain"])).join("\n");
}

/** What a cell shows in one MIME type, or null. */
export function dataOf(notebook: Notebook, cellId: string, mimeType: string): unknown {
  const outputs = notebook.cells.find(({ id }) => id === cellId)?.outputs ?? [];
  return outputs.findLast(({ data }) => data !== undefined && mimeType in data)?.data?.[mimeType] ?? null;
}

function joined(text: unknown): string {
  return Array.isArray(text) ? text.join("") : typeof text === "string" ? text : "";
}
