import type { PlainCell, PlainColumn } from "./html.ts";

/** Letters of a cell at most; a longer text ends in "…". */
const widest = 48;

/** Columns in line, two spaces between them, no spaces at the end of a line; line breaks in a cell become spaces. */
export function textTable(columns: readonly PlainColumn[], rows: readonly (readonly PlainCell[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows.map((row) => row.map((cell) => cell.text))].map(
    (line) => line.map((text) => shortened(text)),
  );
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => letters(line[index] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((text, index) => padded(text, widths[index] ?? 0, columns[index]?.right === true))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A text cut to `limit` letters, with "…" as the last when something was cut. */
export function shortened(text: string, limit: number = widest): string {
  const line = text.replace(/\s+/g, " ");
  const all = [...line];
  return all.length <= limit ? line : `${all.slice(0, limit - 1).join("")}…`;
}

function letters(text: string): number {
  return [...text].length;
}

function padded(text: string, width: number, right: boolean): string {
  const space = " ".repeat(Math.max(0, width - letters(text)));
  return right ? space + text : text + space;
}
