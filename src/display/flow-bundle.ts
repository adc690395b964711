import type { FlowStatus, StepStatus } from "../flow/index.ts";
import type { MimeBundle } from "../host/index.ts";
import { type FlowView, flowMimeType } from "./bundle.ts";
import { flowView } from "./flow-view.ts";
import { failureOf, nameOf, stateWord } from "./flow-words.ts";
import { htmlHeader, htmlNote, htmlTable, type PlainCell } from "./html.ts";
import { formatDuration } from "./numbers.ts";
import { textTable } from "./plain-text.ts";

/** A flow, as our view with its steps as a table in HTML and in text beside it. */
export function flowBundle(status: FlowStatus): MimeBundle {
  const view = flowView(status);
  const facts = flowFacts(view);
  const rows = stepRows(status);
  return {
    [flowMimeType]: view,
    "text/html": `${htmlHeader(view.name, facts)}${htmlNote(view.sentence)}${htmlTable(columns, rows)}`,
    "text/plain": [
      [view.name, ...facts].join(" · "),
      ...(view.sentence === "" ? [] : [view.sentence]),
      textTable(columns, rows),
      ...(view.notes ?? []).map((note) => `note: ${note}`),
      ...(status.endMs === null || view.state === "failed" ? logTexts(view) : []),
      ...cardTexts(view),
    ].join("\n"),
  };
}

function logTexts({ logs = [] }: FlowView): readonly string[] {
  return logs.flatMap(({ task, lines }) => lines.map((line) => `${task} │ ${line}`));
}

function cardTexts({ cards = [] }: FlowView): readonly string[] {
  return cards.flatMap(({ task, parts }) =>
    parts.flatMap((part) => (part.kind === "markdown" ? [`${task}: ${part.text}`] : [])),
  );
}

const columns = [
  { title: "Step", right: false },
  { title: "State", right: false },
  { title: "Done", right: true },
  { title: "Time", right: true },
  { title: "Why", right: false },
];

function flowFacts(view: FlowView): readonly string[] {
  const cached = view.cached === 0 ? [] : [`${view.cached} cached`];
  const time = view.elapsedMs === 0 ? [] : [formatDuration(view.elapsedMs)];
  return [view.state, `${view.done} of ${view.total} done`, ...cached, ...time];
}

function stepRows(status: FlowStatus): readonly (readonly PlainCell[])[] {
  return status.steps.map((step) => {
    const done = step.total === null ? `${step.done}` : `${step.done}/${step.total}`;
    return [
      { text: nameOf(step, status), strong: true },
      { text: stateWord(step, status) },
      { text: done },
      { text: stepTime(status, step.step), quiet: true },
      { text: whyText(step, status), quiet: step.error === null && step.caught === undefined },
    ];
  });
}

// The step's name stands beside it.
function whyText(step: StepStatus, status: FlowStatus): string {
  if (step.error === null) return step.reason;
  const { item, text } = failureOf(step, status);
  return item === "" ? text : `${item}: ${text}`;
}

function stepTime(status: FlowStatus, step: string): string {
  const tasks = status.tasks.filter((task) => task.step === step && task.startMs !== null && task.endMs !== null);
  if (tasks.length === 0) return "";
  const starts = tasks.map((task) => task.startMs ?? 0);
  const ends = tasks.map((task) => task.endMs ?? 0);
  return formatDuration(ends.reduce((a, b) => Math.max(a, b)) - starts.reduce((a, b) => Math.min(a, b)));
}
