/** A Markdown table as DVC prints it (tabulate's "github" format): columns as wide as their longest cell. */
export function printGrid(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map((row) => [...(row[i] ?? "")].length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell + " ".repeat((widths[i] ?? 0) - [...cell].length)).join(" | ")} |\n`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|\n`;
  return `${line(titles)}${rule}${rows.map(line).join("")}\n`;
}
