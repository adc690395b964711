import { type CellSource, host } from "../host/index.ts";
import { md5, openDatabase, type Project, type Sql } from "../store/index.ts";

interface ListedCell {
  readonly id: string | null;
  readonly count: number | null;
  readonly md5: string;
}

/**
 * Keeps the sources of the cells run so far with a run, each text once in the store.
 *
 * @returns a note for a tag where the host does not know all cells; null where it does, and outside notebooks
 */
export function keepSources(sql: Sql, run: number): string | null {
  const place = host();
  const cells = place.cellSources();
  if (cells.length > 0) {
    const list = JSON.stringify(cells.map(listed));
    const key = md5(list);
    // The list names each text: where it is known, so are they.
    if (sql.first("SELECT md5 FROM cell_list WHERE md5 = ?", key) === null) keepTexts(sql, cells, { key, list });
    sql.run("UPDATE run SET sources = ? WHERE id = ?", key, run);
  }
  if (place.keepsSources || place.kind === "node") return null;
  return cells.length === 0
    ? "none: this kernel keeps no sources of cells"
    : `${cells.length} cells: this kernel keeps no sources of the cells before Stemma was imported`;
}

function listed({ id, count, source }: CellSource): ListedCell {
  return { id, count, md5: md5(source) };
}

function keepTexts(
  sql: Sql,
  cells: readonly CellSource[],
  { key, list }: { readonly key: string; readonly list: string },
): void {
  for (const { source } of cells)
    sql.run("INSERT INTO cell_source (md5, text) VALUES (?, ?) ON CONFLICT DO NOTHING", md5(source), source);
  sql.run("INSERT INTO cell_list (md5, cells) VALUES (?, ?)", key, list);
}

/** The sources of the cells that ran before a run ended, in the order they ran; none where none were kept. */
export function sourcesOf(project: Project, run: string): readonly CellSource[] {
  const database = openDatabase(project);
  const row = database.first<{ readonly cells: string }>(
    "SELECT cells FROM run JOIN cell_list ON cell_list.md5 = run.sources WHERE run.uuid = ?",
    run,
  );
  if (row === null) return [];
  const cells = JSON.parse(row.cells) as readonly ListedCell[];
  return cells.map(({ id, count, md5: key }) => {
    const text = database.first<{ readonly text: string }>("SELECT text FROM cell_source WHERE md5 = ?", key);
    return { id, count, source: text?.text ?? "" };
  });
}
