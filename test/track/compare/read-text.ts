/** Readers that take nothing but what the formats allow. */

/** Rows of CSV as RFC 4180 has it, with \n at the ends of lines. */
export function parseCsv(text: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  const field = /("(?:[^"]|"")*"|[^",\n]*)(,|\n)/y;
  while (field.lastIndex < text.length) {
    const at = field.lastIndex;
    const found = field.exec(text);
    if (found === null) throw new Error(`no CSV at ${at}: ${text.slice(at, at + 20)}`);
    const [, value = "", end] = found;
    rows.at(-1)?.push(value.startsWith('"') ? value.slice(1, -1).replaceAll('""', '"') : value);
    if (end === "\n") rows.push([]);
  }
  return rows.slice(0, -1);
}

const commands: Readonly<Record<string, string>> = {
  "\\textbackslash{}": "\\",
  "\\textasciitilde{}": "~",
  "\\textasciicircum{}": "^",
  "\\textless{}": "<",
  "\\textgreater{}": ">",
  "\\textbar{}": "|",
  "$-$": "−",
  "$\\infty$": "∞",
  " $\\downarrow$": "",
  " $\\uparrow$": "",
};

const command =
  /\\text(backslash|asciitilde|asciicircum|less|greater|bar)\{\}|\$-\$|\$\\infty\$| \$\\(up|down)arrow\$/y;

/** Cells of a booktabs tabular, each as the text that LaTeX would set; throws at what LaTeX would stop at or read as a mark. */
export function parseLatex(text: string): readonly (readonly string[])[] {
  const frame =
    /^\\begin\{tabular\}\{([lr]+)\}\n {2}\\toprule\n([\s\S]*?) {2}\\midrule\n([\s\S]*?) {2}\\bottomrule\n\\end\{tabular\}\n$/;
  const [, columns = "", head = "", body = ""] = frame.exec(text) ?? [];
  if (columns === "") throw new Error(`no tabular: ${text}`);
  const lines = `${head}${body}`.split("\n").filter((line) => line !== "");
  return lines.map((line) => {
    if (!line.startsWith("  ") || !line.endsWith(" \\\\")) throw new Error(`no row: ${line}`);
    const cells = cellsOf(line.slice(2, -3));
    if (cells.length !== columns.length) throw new Error(`${cells.length} cells for ${columns}: ${line}`);
    return cells.map((cell) => setText(cell.trim()));
  });
}

function cellsOf(line: string): readonly string[] {
  return line.split(/(?<!\\)&/);
}

function setText(cell: string): string {
  const bold = /^\\textbf\{(.*)\}$/.exec(cell)?.[1];
  const source = bold ?? cell;
  let text = "";
  for (let at = 0; at < source.length; ) {
    command.lastIndex = at;
    const found = command.exec(source)?.[0];
    const escaped = /^\\[#$%&_{}]/.exec(source.slice(at))?.[0];
    if (found !== undefined) text += commands[found] ?? "";
    else if (escaped !== undefined) text += escaped.slice(1);
    else if (/[\\#$%&_{}~^<>|]/.test(source[at] ?? "")) throw new Error(`a bare ${source[at]} in ${cell}`);
    else text += source[at];
    at += (found ?? escaped ?? " ").length;
  }
  return text;
}
