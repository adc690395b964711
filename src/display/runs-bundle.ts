import type { MimeBundle } from "../host/index.ts";
import type { ComparisonRecord } from "../track/index.ts";
import { type RunsTable, type RunsView, runsMimeType, runsTable } from "./bundle.ts";
import { htmlHeader, htmlNote, htmlTable, type PlainCell } from "./html.ts";
import { shortened, textTable } from "./plain-text.ts";
import { runsView } from "./runs-view.ts";

/** Rows of a fallback; the rest is counted below it. */
const fallbackRows = 50;

/** Runs side by side, as our view with a table in HTML and in text beside it. */
export function runsBundle(comparison: ComparisonRecord): MimeBundle {
  const view = runsView(comparison);
  return { [runsMimeType]: view, "text/html": runsHtml(view), "text/plain": runsText(view) };
}

/** The facts beside a comparison's name: "5 of 12 runs", "2 of 6 params differ". */
export function runsFacts(view: RunsView): readonly string[] {
  const runs = view.total === view.runs.length ? `${view.total}` : `${view.runs.length} of ${view.total}`;
  const differing = view.params.filter((param) => param.differs).length;
  const params = view.runs.length < 2 ? [] : [`${differing} of ${view.columns.params} params differ`];
  return [`${runs} ${view.total === 1 ? "run" : "runs"}`, ...(view.columns.params === 0 ? [] : params)];
}

const dots = ["#0072b2", "#d55e00", "#009e73", "#b5558b", "#c98500", "#5c677d"];

function runsHtml(view: RunsView): string {
  const header = htmlHeader(view.experiment, runsFacts(view));
  if (view.runs.length === 0) return `${header}${htmlNote(noRuns)}`;
  const table = runsTable(view);
  return `${header}${htmlTable(table.columns, plainRows(table, true))}${notes(table).map(htmlNote).join("")}`;
}

function runsText(view: RunsView): string {
  const header = [view.experiment, ...runsFacts(view)].join(" · ");
  if (view.runs.length === 0) return `${header}\n${noRuns}`;
  const table = runsTable(view);
  return [header, textTable(table.columns, plainRows(table, false)), ...notes(table)].join("\n");
}

const noRuns = "No runs yet: track() makes one.";

function notes(table: RunsTable): readonly string[] {
  const same = table.same.length === 0 ? [] : [`Equal in all: ${shortened(table.same.join(", "), 300)}`];
  const more = table.rows.length - fallbackRows;
  return [...same, ...(more > 0 ? [`${more} more runs are not shown here.`] : [])];
}

function plainRows(table: RunsTable, html: boolean): readonly (readonly PlainCell[])[] {
  return table.rows.slice(0, fallbackRows).map((row) =>
    row.cells.map((cell, index) => ({
      text: !html && cell.mark === "best" ? `*${cell.text}` : cell.text,
      title: cell.title,
      strong: cell.mark === "best",
      quiet: cell.mark === "quiet",
      ...(html && index === 0 ? { dot: dots[row.run.colour] ?? "#5c677d" } : {}),
    })),
  );
}
