import type { MimeBundle } from "../../host/index.ts";
import { method } from "./method.ts";

/** Rows of a frame that are shown as HTML, and as text. */
const mostRows = { html: 100, text: 10 } as const;

/** A frame of arquero's or danfo's, known by its shape; a line below says how many of its rows are shown. */
export function frameBundle(value: object): MimeBundle | null {
  return arqueroBundle(value) ?? danfoBundle(value);
}

function arqueroBundle(value: object): MimeBundle | null {
  const [html, text, count] = [method(value, "toHTML"), method(value, "toMarkdown"), method(value, "numRows")];
  if (html === null || text === null || count === null) return null;
  const rows = Number(count());
  return {
    "text/html": withNote(String(html({ limit: mostRows.html })), rows, "toHTML({ limit: Infinity })"),
    "text/plain": `${String(text({ limit: mostRows.text })).trimEnd()}${rowsNote(rows, mostRows.text, "\n")}`,
  };
}

// danfo prints the first rows of its frames and series as a table, by its own setting.
function danfoBundle(value: object): MimeBundle | null {
  const head = method(value, "head");
  if (head === null || !("$data" in value && "$columns" in value && "shape" in value && "$isSeries" in value))
    return null;
  const rows = Number(Object(value.shape)[0]);
  const text = String(value).trimEnd();
  const shown = head(Math.min(rows, mostRows.html)) as Frame;
  return { "text/html": withNote(danfoTable(shown), rows, "head(n)"), "text/plain": text };
}

/** The parts of danfo's frames that are drawn. */
interface Frame {
  readonly columns: readonly unknown[];
  readonly index: readonly unknown[];
  readonly values: readonly unknown[];
}

function danfoTable({ columns, index, values }: Frame): string {
  const head = ["", ...columns].map((name) => `<th>${escaped(name)}</th>`).join("");
  const rows = values.map((row, at) => {
    const cells = (Array.isArray(row) ? row : [row]).map((cell) => `<td>${escaped(cell)}</td>`).join("");
    return `<tr><th>${escaped(index[at])}</th>${cells}</tr>`;
  });
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}

function withNote(html: string, rows: number, all: string): string {
  const note = rowsNote(rows, mostRows.html, "");
  return note === "" ? html : `${html}<div style="opacity:0.7">${note} More: <code>${all}</code></div>`;
}

function rowsNote(rows: number, shown: number, before: string): string {
  return rows <= shown ? "" : `${before}${shown} of ${rows.toLocaleString("en")} rows.`;
}

function escaped(value: unknown): string {
  return String(value).replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
