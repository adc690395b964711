import type { YamlValue } from "../../format/index.ts";

/**
 * The rows of a CSV or TSV text as Python's `csv.DictReader` reads them: values are texts, one that a row lacks is null.
 *
 * @param options.header without one, the columns are `0`, `1`, …
 */
export function parseSeparated(
  text: string,
  options: { readonly tabs: boolean; readonly header: boolean },
): readonly YamlValue[] {
  const rows = rowsOf(text, options.tabs ? "\t" : ",").filter((row) => row.length > 0);
  const [first = []] = rows;
  const names = options.header ? first : first.map((_, i) => String(i));
  const body = options.header ? rows.slice(1) : rows;
  return body.map((row) => new Map(names.map((name, i): [string, YamlValue] => [name, row[i] ?? null])));
}

function rowsOf(text: string, separator: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  let started = false;
  const endRow = (): void => {
    if (started || row.length > 0 || cell !== "") row.push(cell);
    rows.push(row);
    row = [];
    cell = "";
    started = false;
  };
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (quoted) {
      if (character !== '"') cell += character;
      else if (text[i + 1] === '"') {
        cell += '"';
        i += 1;
      } else quoted = false;
    } else if (character === '"' && cell === "") {
      quoted = true;
      started = true;
    } else if (character === separator) {
      row.push(cell);
      cell = "";
      started = true;
    } else if (character === "\n" || character === "\r") {
      if (character === "\r" && text[i + 1] === "\n") i += 1;
      endRow();
    } else cell += character;
  }
  if (started || row.length > 0 || cell !== "") endRow();
  return rows;
}
