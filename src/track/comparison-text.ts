import type { ComparisonColumns, ComparisonValue } from "./comparison-columns.ts";

/** A table that is to be printed: its columns, and the row with the best value of some of them. */
export interface PrintedTable {
  readonly columns: ComparisonColumns;
  /** Rows by column. */
  readonly best: ReadonlyMap<string, number>;
  /** Which way columns are better. */
  readonly goals: ReadonlyMap<string, "min" | "max">;
}

/** CSV of RFC 4180, numbers in full, times ISO 8601, nothing for a missing value. */
export function csvText(columns: ComparisonColumns): string {
  const lines = [Object.keys(columns), ...rowsOf(columns).map((row) => row.map(plain))];
  return lines.map((line) => `${line.map(csvField).join(",")}\n`).join("");
}

function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function plain(value: ComparisonValue): string {
  if (value === null) return "";
  if (value instanceof Date) return value.toISOString();
  return Object.is(value, -0) ? "-0" : String(value);
}

/** A Markdown table as GitHub and Jupyter read it; numbers to the right, the best of a column bold. */
export function markdownText({ columns, best, goals }: PrintedTable): string {
  const names = Object.keys(columns);
  const head = names.map(
    (name) => `${markdownCell(name)}${{ min: " ↓", max: " ↑", none: "" }[goals.get(name) ?? "none"]}`,
  );
  const rule = names.map((name) => (isRight(columns[name]) ? "--:" : ":--"));
  const cells = printedCells(columns).map((column, at) =>
    column.map((text, row) =>
      emphasised(markdownCell(text), best.get(names[at] ?? "") === row, (bold) => `**${bold}**`),
    ),
  );
  return table([head, rule, ...turned(cells)], (line) => `| ${line.join(" | ")} |`);
}

// What Markdown or HTML would read as marks of their own.
function markdownCell(text: string): string {
  return text.replace(/[\\`*_[\]<>|~]/g, "\\$&").replace(/\s+/g, " ");
}

/** A LaTeX `tabular` with the rules of the booktabs package; the best of a column bold. */
export function latexText({ columns, best, goals }: PrintedTable): string {
  const names = Object.keys(columns);
  const arrows = { min: " $\\downarrow$", max: " $\\uparrow$", none: "" };
  const head = names.map((name) => `${latexCell(name)}${arrows[goals.get(name) ?? "none"]}`);
  const cells = printedCells(columns).map((column, at) =>
    column.map((text, row) =>
      emphasised(latexCell(text), best.get(names[at] ?? "") === row, (bold) => `\\textbf{${bold}}`),
    ),
  );
  const body = table(turned(cells), (line) => `  ${line.join(" & ")} \\\\`);
  return [
    `\\begin{tabular}{${names.map((name) => (isRight(columns[name]) ? "r" : "l")).join("")}}`,
    "  \\toprule",
    `  ${head.join(" & ")} \\\\`,
    "  \\midrule",
    ...(body === "" ? [] : [body.trimEnd()]),
    "  \\bottomrule",
    "\\end{tabular}\n",
  ].join("\n");
}

const latexMarks: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "<": "\\textless{}",
  ">": "\\textgreater{}",
  "|": "\\textbar{}",
  "−": "$-$",
  "∞": "$\\infty$",
};

function latexCell(text: string): string {
  return text.replace(/\s+/g, " ").replace(/[\\~^<>|−∞#$%&_{}]/g, (mark) => latexMarks[mark] ?? `\\${mark}`);
}

function emphasised(text: string, isBest: boolean, bold: (text: string) => string): string {
  return isBest ? bold(text) : text;
}

function table(lines: readonly (readonly string[])[], line: (cells: readonly string[]) => string): string {
  return lines.map((cells) => `${line(cells)}\n`).join("");
}

function rowsOf(columns: ComparisonColumns): readonly (readonly ComparisonValue[])[] {
  const lists = Object.values(columns);
  return Array.from({ length: lists[0]?.length ?? 0 }, (_, row) => lists.map((list) => list[row] ?? null));
}

function turned(columns: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => columns.map((column) => column[row] ?? ""));
}

function isRight(column: readonly ComparisonValue[] = []): boolean {
  return column.some((value) => typeof value === "number");
}

function printedCells(columns: ComparisonColumns): readonly (readonly string[])[] {
  return Object.values(columns).map((column) => {
    const print = numberPrinter(column.filter((value) => typeof value === "number"));
    return column.map((value) => {
      if (value === null) return "–";
      if (typeof value === "number") return Number.isFinite(value) ? print(value).replace("-", "−") : shownOdd(value);
      return value instanceof Date ? value.toISOString().slice(0, 16).replace("T", " ") : String(value);
    });
  });
}

function shownOdd(value: number): string {
  return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
}

/** Whole numbers as they are; others with as many decimals as give the greatest of the column four digits. */
function numberPrinter(values: readonly number[]): (value: number) => string {
  const finite = values.filter(Number.isFinite);
  const greatest = Math.max(0, ...finite.slice(0, 10_000).map(Math.abs));
  if (finite.every(Number.isInteger) && greatest < 1e15) return String;
  const power = Math.floor(Math.log10(greatest));
  if (power < -4 || power > 8) return (value) => (value === 0 ? "0" : value.toExponential(3));
  const decimals = Math.max(0, 3 - power);
  return (value) => value.toFixed(decimals);
}
