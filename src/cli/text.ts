import { textWidth } from "./text-width.ts";

/** A column of a text table. */
export interface Column {
  readonly title: string;
  readonly right?: boolean;
}

/**
 * Rows under their titles, two spaces between columns; nothing behind the last text of a line.
 *
 * @param rows one text a column
 */
export function printTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const lines = [columns.map((column) => column.title), ...rows.map((row) => row.map(printable))];
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => textWidth(line[i] ?? ""))));
  const cell = (text: string, i: number): string => {
    const gap = " ".repeat((widths[i] ?? 0) - textWidth(text));
    return columns[i]?.right === true ? gap + text : text + gap;
  };
  return `${lines.map((line) => line.map(cell).join("  ").trimEnd()).join("\n")}\n`;
}

/** Names with their texts, one a line, the texts below each other. */
export function printPairs(pairs: readonly (readonly [string, string])[], indent = ""): string {
  const longest = Math.max(0, ...pairs.map(([name]) => textWidth(printable(name))));
  return pairs
    .map(([name, value]) => {
      const shown = printable(name);
      return `${indent}${shown}${" ".repeat(longest - textWidth(shown))}  ${printable(value)}`.trimEnd();
    })
    .map((line) => `${line}\n`)
    .join("");
}

/** A text that cannot steer the terminal: control characters, which a run's name may hold, as `\x1b`. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) =>
    c === "\n" ? "\\n" : `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** "2026-11-21 12:08:32", in the time of this machine. */
export function printTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${date} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
