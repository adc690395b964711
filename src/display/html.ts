/** HTML that survives Jupyter's sanitiser and says the same on GitHub, which drops every style: tables, no scripts, no colours of text. */

/** Text as HTML shows it literally. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

export interface PlainCell {
  readonly text: string;
  readonly title?: string | null;
  readonly strong?: boolean;
  readonly quiet?: boolean;
  /** Colour of a dot before the text, `#rrggbb`. */
  readonly dot?: string;
}

export interface PlainColumn {
  readonly title: string;
  readonly right: boolean;
  /** Its cells stay on one line. */
  readonly line?: boolean;
}

/** A table; header and cells are escaped here. */
export function htmlTable(columns: readonly PlainColumn[], rows: readonly (readonly PlainCell[])[]): string {
  const align = (index: number): string => {
    const column = columns[index];
    return `${column?.right === true ? "right" : "left"}${column?.line === true ? ";white-space:nowrap" : ""}`;
  };
  const head = columns.map(
    (column, index) => `<th style="text-align:${align(index)};padding:2px 10px">${escapeHtml(column.title)}</th>`,
  );
  const body = rows.map((row) => `<tr>${row.map((cell, index) => htmlCell(cell, align(index))).join("")}</tr>`);
  return `<table><thead><tr>${head.join("")}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

function htmlCell(cell: PlainCell, align: string): string {
  const text = cell.strong === true ? `<b>${escapeHtml(cell.text)}</b>` : escapeHtml(cell.text);
  const dot = cell.dot === undefined ? "" : `<span style="color:${cell.dot}">●</span> `;
  const title = cell.title === undefined || cell.title === null ? "" : ` title="${escapeHtml(cell.title)}"`;
  const quiet = cell.quiet === true ? ";opacity:0.6" : "";
  return `<td style="text-align:${align};padding:2px 10px${quiet}"${title}>${dot}${text}</td>`;
}

/** The line above a view: its name, then facts beside it. */
export function htmlHeader(name: string, facts: readonly string[]): string {
  const rest = facts.map((fact) => ` · <span style="opacity:0.7">${escapeHtml(fact)}</span>`).join("");
  return `<div><b>${escapeHtml(name)}</b>${rest}</div>`;
}

/** A quiet line below a view; nothing for an empty text. */
export function htmlNote(text: string): string {
  return text === "" ? "" : `<div style="opacity:0.7">${escapeHtml(text)}</div>`;
}
