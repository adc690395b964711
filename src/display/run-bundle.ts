import type { MimeBundle } from "../host/index.ts";
import { type RunView, runMimeType, type TableTop } from "./bundle.ts";
import { escapeHtml, htmlHeader, htmlNote, htmlTable, type PlainCell, type PlainColumn } from "./html.ts";
import { formatColumn, formatDuration } from "./numbers.ts";
import { shortened, textTable } from "./plain-text.ts";
import { type RunParts, runView } from "./run-view.ts";

/** One run, as our view with its params, metrics, pictures and tables in HTML and in text beside it. */
export function runBundle(parts: RunParts): MimeBundle {
  const view = runView(parts);
  return { [runMimeType]: view, "text/html": runHtml(view), "text/plain": runText(view) };
}

/** The facts beside a run's name: "seir", "finished", "3.2 s". */
function headFacts({ run, experiment }: RunView): readonly string[] {
  const spent = run.endMs === null ? [] : [formatDuration(run.endMs - run.startMs)];
  return [experiment, run.state.toLowerCase(), ...spent];
}

const values: readonly PlainColumn[] = [
  { title: "", right: false },
  { title: "Name", right: false },
  { title: "Value", right: true },
];

/** Params, metrics and data below each other: one run is read down, not across. */
function valueRows({ run, datasets, models }: RunView): readonly (readonly PlainCell[])[] {
  const metrics = Object.entries(run.metrics);
  const params = Object.entries(run.params).map(([name, text]) => row("param", name, text));
  const numbers = metrics.map(([name, value]) => row("metric", name, formatColumn([value])[0] ?? ""));
  const data = datasets.map(({ name, digest, rows }) =>
    row("data", name, `${rows === null ? "" : `${rows} rows, `}${digest.slice(0, 8)}`),
  );
  const kept = models.map(({ id, name, versions }) => row("model", name, versions.join(", ") || id));
  return [...params, ...numbers, ...data, ...kept];
}

function row(kind: string, name: string, text: string): readonly PlainCell[] {
  return [
    { text: kind, quiet: true },
    { text: name },
    { text: shortened(text, 60), title: text, strong: kind === "metric" },
  ];
}

function runHtml(view: RunView): string {
  const rows = valueRows(view);
  return [
    htmlHeader(view.run.name, headFacts(view)),
    htmlNote(view.error ?? ""),
    ...(view.note === null ? [] : [`<div style="white-space:pre-wrap">${escapeHtml(view.note)}</div>`]),
    rows.length === 0 ? "" : htmlTable(values, rows),
    ...view.images.map(imageHtml),
    ...view.tables.map(
      (table) => `${htmlHeader(table.path, [tableFact(table)])}${htmlTable(topColumns(table), topRows(table))}`,
    ),
    htmlNote(artifactsText(view)),
  ].join("");
}

/** The last picture of a series that came along. */
function imageHtml({ key, images }: RunView["images"][number]): string {
  const last = images.findLast(({ data }) => data !== null);
  const facts =
    images.length === 1 ? [] : [`${images.length} pictures`, ...(last === undefined ? [] : [`step ${last.step}`])];
  const picture = last?.data == null ? "" : `<img src="${last.data}" alt="${escapeHtml(key)}" style="max-width:256px">`;
  return `${htmlHeader(key, facts)}${picture}`;
}

function runText(view: RunView): string {
  const rows = valueRows(view);
  return [
    [view.run.name, ...headFacts(view)].join(" · "),
    ...(view.error === null ? [] : [shortened(view.error, 200)]),
    ...(view.note === null ? [] : [view.note.trimEnd()]),
    ...(rows.length === 0
      ? []
      : [
          textTable(
            values.slice(1),
            rows.map((cells) => cells.slice(1)),
          ),
        ]),
    ...view.images.map(
      ({ key, images }) => `${key} · ${images.length} ${images.length === 1 ? "picture" : "pictures"}`,
    ),
    ...view.tables.flatMap((table) => [
      `${table.path} · ${tableFact(table)}`,
      textTable(topColumns(table), topRows(table)),
    ]),
    ...[artifactsText(view)].filter((text) => text !== ""),
  ].join("\n");
}

/** "1,000 rows, 3 columns" */
export function tableFact({ rows, columns }: TableTop): string {
  const count = rows === null ? [] : [`${rows.toLocaleString("en-US")} ${rows === 1 ? "row" : "rows"}`];
  return [...count, `${columns.length} ${columns.length === 1 ? "column" : "columns"}`].join(", ");
}

function topColumns({ columns, top }: TableTop): readonly PlainColumn[] {
  const width = top[0]?.length ?? columns.length;
  return columns
    .slice(0, width)
    .map((title, at) => ({ title, right: top.some((cells) => typeof cells[at] === "number") }));
}

function topRows(table: TableTop): readonly (readonly PlainCell[])[] {
  const { top } = table;
  const columns = topColumns(table).map(({ right }, at) => {
    const cells = top.map((one) => one[at] ?? null);
    return right
      ? formatColumn(cells.map((cell) => (typeof cell === "boolean" ? String(cell) : cell)))
      : cells.map(plain);
  });
  return top.map((_, at) => columns.map((column) => ({ text: column[at] ?? "" })));
}

function plain(cell: string | number | boolean | null): string {
  return cell === null ? "–" : String(cell);
}

function artifactsText({ artifacts }: RunView): string {
  const names = artifacts
    .filter(({ path }) => path !== "images")
    .map(({ path, folder }) => (folder ? `${path}/` : path));
  return names.length === 0 ? "" : `Artifacts: ${shortened(names.join(", "), 300)}`;
}
