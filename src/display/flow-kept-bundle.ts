import type { FlowRunList, FlowTask } from "../flow/index.ts";
import type { MimeBundle } from "../host/index.ts";
import { htmlHeader, htmlNote, htmlTable, type PlainCell } from "./html.ts";
import { formatAge, formatDuration } from "./numbers.ts";
import { shortened, textTable } from "./plain-text.ts";

/** Rows of a list that are drawn. */
const rowLimit = 50;

const runColumns = [
  { title: "Run", right: false, line: true },
  { title: "Flow", right: false, line: true },
  { title: "State", right: false, line: true },
  { title: "Began", right: false, line: true },
  { title: "Time", right: true, line: true },
  { title: "Params", right: false },
  { title: "Tags", right: false },
];

// As the nodes of a graph: red for what failed, blue for what runs.
const dots = { done: "#009e73", running: "#0072b2", failed: "#d55e00", lost: "#d55e00", stopped: "#5c677d" } as const;

/** Runs of flows as a table, the newest first. */
export function flowRunsBundle(runs: FlowRunList, nowMs: number = Date.now()): MimeBundle {
  const flows = new Set([...runs].map(({ flow }) => flow));
  const title = flows.size === 1 ? ([...flows][0] ?? "") : "Runs of flows";
  const facts = [`${runs.length} ${runs.length === 1 ? "run" : "runs"}`];
  const rows = [...runs].slice(0, rowLimit).map((run): readonly PlainCell[] => {
    const { state, startMs, endMs } = run;
    return [
      { text: run.id.slice(0, 8), strong: true },
      { text: run.flow },
      { text: state, dot: dots[state], ...(run.error === null ? {} : { title: run.error.message }) },
      { text: formatAge(startMs, nowMs), quiet: true },
      { text: state === "lost" ? "" : formatDuration((endMs ?? nowMs) - startMs), quiet: true },
      { text: recordText(run.params) },
      { text: tagsText(run.tags.all()) },
    ];
  });
  // What stands in the title, or nowhere, needs no column.
  const has = runColumns.map(({ title: name }, at) =>
    name === "Flow" ? flows.size > 1 : rows.some((row) => row[at]?.text !== ""),
  );
  const columns = runColumns.filter((_, at) => has[at]);
  const cells = rows.map((row) => row.filter((_, at) => has[at]));
  const more = runs.length > rowLimit ? `and ${runs.length - rowLimit} more` : "";
  return {
    "text/html": `${htmlHeader(title, facts)}${rows.length === 0 ? "" : htmlTable(columns, cells)}${htmlNote(more)}`,
    "text/plain": [[title, ...facts].join(" · "), ...(rows.length === 0 ? [] : [textTable(columns, cells)]), more]
      .join("\n")
      .trimEnd(),
  };
}

function tagsText(tags: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(tags)
    .map(([name, value]) => (value === true ? name : `${name}=${value}`))
    .join(" ");
}

function recordText(record: Readonly<Record<string, unknown>>): string {
  const parts = Object.entries(record).map(([name, value]) => `${name}=${shortened(JSON.stringify(value) ?? "", 24)}`);
  return parts.join(" ");
}

const factColumns = [
  { title: "Fact", right: false },
  { title: "Value", right: false },
];

/** Lines of a log that are drawn. */
const logLines = 20;

/** One task of a run: how it went, and the end of its log. */
export function flowTaskBundle(task: FlowTask): MimeBundle {
  const { step, indices, state, reason, startMs, endMs, seed, attempts, error } = task;
  const title = indices.length === 0 ? step : `${step} ${indices.join(".")}`;
  const time = startMs === null || endMs === null || task.cached ? [] : [formatDuration(endMs - startMs)];
  const tries = attempts.length > 1 ? [["tries", String(attempts.length)]] : [];
  const facts = [
    ["why", reason],
    ...tries,
    ["key", task.key.slice(0, 12)],
    ...(seed === null ? [] : [["seed", String(seed)]]),
    ...(error === null ? [] : [["error", error.message]]),
  ];
  const rows = facts.map(([name = "", text = ""]) => [{ text: name, quiet: true }, { text }]);
  const log = task.log.trimEnd().split("\n").slice(-logLines).join("\n");
  const plain = facts.map(([name = "", text = ""]) => `${name.padEnd(6)} ${text}`);
  return {
    "text/html": `${htmlHeader(title, [state, ...time])}${htmlTable(factColumns, rows)}${log === "" ? "" : htmlLog(log)}`,
    "text/plain": [[title, state, ...time].join(" · "), ...plain, ...(log === "" ? [] : [log])].join("\n"),
  };
}

function htmlLog(log: string): string {
  return `<pre>${log.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</pre>`;
}
