import { FormatError } from "./format-error.ts";

export interface NotebookCell {
  /** nbformat 4.5's id; in older files `cell-1`, `cell-2` … by place. */
  readonly id: string;
  readonly kind: "code" | "markdown" | "raw";
  readonly source: string;
  /** Number among the code cells that hold something, from 1: what `[n]` shows after "restart and run all". 0 for all others. */
  readonly number: number;
  readonly tags: readonly string[];
}

export interface Notebook {
  readonly path: string;
  readonly language: "typescript" | "javascript";
  readonly cells: readonly NotebookCell[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The cells of a notebook file.
 *
 * @param text nbformat 4 JSON
 * @param path named in errors
 * @throws {FormatError} no JSON, no notebook, nbformat 3 or older, a language other than TypeScript and JavaScript
 * @see https://nbformat.readthedocs.io/en/latest/format_description.html
 */
export function parseNotebook(text: string, path: string): Notebook {
  const fields = notebookFields(text, path);
  const language = languageOf(fields, path);
  let number = 0;
  const cells = list(fields["cells"], path, "cells").map((cell, index) => {
    const read = readCell(cell, index, path);
    return read.kind === "code" && read.source.trim() !== "" ? { ...read, number: ++number } : read;
  });
  return { path, language, cells };
}

function notebookFields(text: string, path: string): Fields {
  if (text.trim() === "") throw bad(path, "the file is empty. Save the notebook first.");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const problem = "this is no notebook: it is not JSON. Give the path of an .ipynb file.";
    throw new FormatError(`${path}: ${problem}`, { cause });
  }
  if (!isFields(value) || !("cells" in value || "worksheets" in value)) {
    throw bad(path, "this is no notebook: it has no `cells`. Give the path of an .ipynb file.");
  }
  if (typeof value["nbformat"] === "number" && value["nbformat"] < 4) {
    const way = "`jupyter nbconvert --to notebook --nbformat 4` makes it a current one.";
    throw bad(path, `nbformat ${value["nbformat"]} is not read, want 4: ${way}`);
  }
  return value;
}

function languageOf(fields: Fields, path: string): Notebook["language"] {
  const metadata = isFields(fields["metadata"]) ? fields["metadata"] : {};
  const info = isFields(metadata["language_info"]) ? metadata["language_info"] : {};
  const spec = isFields(metadata["kernelspec"]) ? metadata["kernelspec"] : {};
  // A notebook that never ran has only the kernelspec; one made by a script may have neither.
  const name = String(info["name"] ?? spec["language"] ?? "typescript").toLowerCase();
  if (name === "typescript" || name === "javascript") return name;
  throw bad(path, `this is a notebook in ${name}; only TypeScript and JavaScript ones are read.`);
}

function readCell(value: unknown, index: number, path: string): NotebookCell {
  const place = `cells[${index}]`;
  if (!isFields(value)) throw bad(path, `${place} is no cell. Save the notebook again.`);
  const kind = value["cell_type"];
  if (kind !== "code" && kind !== "markdown" && kind !== "raw") {
    const want = "want code, markdown or raw. Save the notebook again.";
    throw bad(path, `${place}.cell_type is ${JSON.stringify(kind)}, ${want}`);
  }
  const metadata = isFields(value["metadata"]) ? value["metadata"] : {};
  const tags = Array.isArray(metadata["tags"]) ? metadata["tags"].filter((tag) => typeof tag === "string") : [];
  const id = typeof value["id"] === "string" ? value["id"] : `cell-${index + 1}`;
  return { id, kind, source: sourceText(value["source"], path, place), number: 0, tags };
}

function sourceText(source: unknown, path: string, place: string): string {
  if (typeof source === "string") return source;
  return list(source, path, `${place}.source`).map(String).join("");
}

function list(value: unknown, path: string, place: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw bad(path, `${place} is no list. Save the notebook again.`);
}

function bad(path: string, problem: string): FormatError {
  return new FormatError(`${path}: ${problem}`);
}

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
