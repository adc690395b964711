import { isFloat, isYamlMap, pythonFloat, pythonText, type YamlValue, yamlEntries } from "../../format/index.ts";
import type { ValueDiff } from "../../pipeline/index.ts";

/** A table as DVC prints it (tabulate): plain, two spaces between the columns, or for Markdown. */
export function printTable(titles: readonly string[], rows: readonly (readonly string[])[], markdown: boolean): string {
  const width = (text: string): number => [...text].length;
  const widths = titles.map((title, i) => Math.max(width(title) + 2, ...rows.map((row) => width(row[i] ?? ""))));
  const padded = (cells: readonly string[]): readonly string[] =>
    cells.map((cell, i) => cell + " ".repeat(Math.max(0, (widths[i] ?? 0) - width(cell))));
  if (!markdown) return [titles, ...rows].map((cells) => `${padded(cells).join("  ").trimEnd()}\n`).join("");
  const line = (cells: readonly string[]): string => `| ${padded(cells).join(" | ")} |\n`;
  const rule = `|${widths.map((columns) => "-".repeat(columns + 2)).join("|")}|\n`;
  return `${line(titles)}${rule}${rows.map(line).join("")}\n`;
}

/** A value in a table: floats rounded to so many digits behind the point, as Python rounds; `-` for none. */
export function tableValue(value: YamlValue | undefined, digits: number | null): string {
  if (value === null || value === undefined) return "-";
  return pythonText(digits === null ? value : rounded(value, digits));
}

function rounded(value: YamlValue, digits: number): YamlValue | string {
  if (isFloat(value)) return pythonFloat(pythonRound(Number(value), digits));
  if (!isYamlMap(value)) return value;
  return new Map(yamlEntries(value).map(([key, item]) => [key as string, rounded(item, digits) as YamlValue]));
}

// Halves go to the even digit, by the exact value: toFixed is exact, and its ties are those of Python but for the direction.
function pythonRound(value: number, digits: number): number {
  return Number.isFinite(value) ? Number(value.toFixed(Math.min(100, digits))) : value;
}

export interface DiffTable {
  readonly diff: ReadonlyMap<string, ReadonlyMap<string, ValueDiff>>;
  readonly title: string;
  readonly revisions: readonly [string, string];
  readonly path: boolean;
  readonly change: boolean;
  readonly digits: number | null;
  readonly markdown: boolean;
}

/** dvc/compare.py, diff_table */
export function printDiffTable(table: DiffTable): string {
  const { title, revisions, path, change, digits } = table;
  const titles = [...(path ? ["Path"] : []), title, ...revisions, ...(change ? ["Change"] : [])];
  const rows = [...table.diff].flatMap(([file, diffs]) =>
    [...diffs]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, diff]) => [
        ...(path ? [file] : []),
        key,
        tableValue(diff.old, digits),
        tableValue(diff.new, digits),
        ...(change ? [tableValue(diff.diff, digits)] : []),
      ]),
  );
  return printTable(titles, rows, table.markdown);
}
