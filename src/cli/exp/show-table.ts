import { printTable } from "../pipeline/index.ts";
import { printable } from "../text.ts";
import type { ExperimentTable } from "./show-rows.ts";

/** A column with its texts, top to bottom. */
export interface TableColumn {
  readonly name: string;
  readonly right: boolean;
  readonly cells: readonly string[];
}

export interface ColumnChoice {
  /** Name, commit and place in the tree are one column. */
  readonly merged: boolean;
  readonly onlyChanged: boolean;
  /** Patterns for the beginning of a column's name. */
  readonly keep: readonly string[];
  readonly drop: readonly string[];
}

/** The columns to show (dvc/commands/experiments/show.py, show_experiments). */
export function chosenColumns(table: ExperimentTable, choice: ColumnChoice): readonly TableColumn[] {
  const { keep, drop } = choice;
  const kept = keep.length === 0 ? null : beginning(keep);
  const dropped = drop.length === 0 ? null : beginning(drop);
  const merged = new Set(choice.merged ? ["rev", "typ", "parent"] : []);
  const columns = table.columns.flatMap(({ name, kind }) => {
    const cells = table.rows.map((row) => row.get(name) ?? table.fill);
    const empty = cells.every((cell) => cell === table.fill);
    if ((name === "State" || name === "Executor") && empty && kept?.test(name) !== true) return [];
    if (merged.has(name)) return [];
    const own = choice.merged && name === "Experiment" ? table.rows.map(treeCell) : cells;
    return [{ name, right: kind === "metric", cells: own }];
  });
  return columns.filter(({ name, cells }) => {
    if (kept?.test(name) === true) return true;
    return !(choice.onlyChanged && new Set(cells).size === 1) && dropped?.test(name) !== true;
  });
}

function beginning(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.map((pattern) => `(?:${pattern})`).join("|")})`);
}

const branches: ReadonlyMap<string, string> = new Map([
  ["branch_commit", "├── "],
  ["branch_base", "└── "],
]);

function treeCell(row: ReadonlyMap<string, string>): string {
  const cell = (name: string): string => row.get(name) ?? "";
  const [name, revision] = [cell("Experiment"), cell("rev")];
  const branch = branches.get(cell("typ")) ?? "";
  return branch === "" || name === "" ? `${branch}${name || revision}` : `${branch}${revision} [${name}]`;
}

/** Between lines, as DVC's. */
export function printBoxed(columns: readonly TableColumn[]): string {
  const shown = columns.map(({ name, right, cells }) => {
    const texts = [name, ...cells].map(printable);
    const width = Math.max(...texts.map(widthOf));
    const gap = (text: string): string => " ".repeat(width - widthOf(text));
    return texts.map((text) => (right ? ` ${gap(text)}${text} ` : ` ${text}${gap(text)} `));
  });
  const [first = []] = shown;
  const lines = first.map((_, i) => ` ${shown.map((texts) => texts[i] ?? "").join(" ")} \n`);
  const rule = ` ${"─".repeat(Math.max(0, widthOf(lines[0] ?? "") - 3))} \n`;
  const [head = "", ...rest] = lines;
  return rule + head + rule + rest.join("") + rule;
}

/** How many cells of a terminal a text takes. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += wide.test(character) ? 2 : combining.test(character) ? 0 : 1;
  return width;
}

const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const combining = /[\p{Mn}\p{Me}\u200b-\u200d]/u;

export function printMarkdown(columns: readonly TableColumn[]): string {
  const [first] = columns;
  const rows = (first?.cells ?? []).map((_, i) => columns.map(({ cells }) => printable(cells[i] ?? "")));
  return printTable(
    columns.map(({ name }) => name),
    rows,
    true,
  );
}

/** As Python's csv module: quotes where they are needed, lines end with CR LF. */
export function printCsv(columns: readonly TableColumn[]): string {
  const [first] = columns;
  const rows = (first?.cells ?? []).map((_, i) => columns.map(({ cells }) => cells[i] ?? ""));
  const lines = [columns.map(({ name }) => name), ...rows];
  return lines.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("");
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
