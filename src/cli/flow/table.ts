import { stripVTControlCharacters } from "node:util";
import { formatDuration, stateWord } from "../../display/index.ts";
import type { FlowStatus, StepState, StepStatus } from "../../flow/index.ts";
import { printable } from "../text.ts";
import { cut, textWidth } from "../text-width.ts";
import { whyOf } from "./words.ts";

/** How wide a line may be, and whether it may have colours. */
export interface Terminal {
  readonly width: number;
  readonly colours: boolean;
}

/** What a stream draws on; a pipe has no width and no colours. */
export function terminalOf({ columns = 1000, isTTY = false }: NodeJS.WriteStream): Terminal {
  return { width: isTTY ? columns - 1 : 999, colours: isTTY && (process.env["NO_COLOR"] ?? "") === "" };
}

const marks: Readonly<Record<StepState, string>> = {
  ...{ cached: "✓", done: "✓", running: "●", failed: "✗", stopped: "■", skipped: "-", stale: "○", waiting: "·" },
};

const colours: Partial<Record<StepState, number>> = {
  cached: 32,
  done: 32,
  running: 36,
  failed: 31,
  stopped: 33,
  stale: 33,
};
const dim = 2;

/** Steps in a live table at most: what runs or failed stays, what is done or waits is left out first. */
const shownSteps = 30;

interface Cell {
  readonly text: string;
  readonly colour?: number | undefined;
  readonly right?: boolean;
  /** Where it does not fit behind the others it gets a line of its own. */
  readonly below?: boolean;
}

/**
 * A flow as lines of a terminal: its steps, why they run, and the last lines of what runs or failed.
 *
 * @param nowMs Unix time, for what runs
 */
export function flowLines(status: FlowStatus, terminal: Terminal, nowMs: number): readonly string[] {
  const shown = shownOf(status.steps);
  const rows = shown.map((step) => row(step, status, nowMs));
  const left = status.steps.length - shown.length;
  return [
    headLine(status, terminal, nowMs),
    ...grid(rows, terminal),
    ...(left === 0 ? [] : [paint(`  … ${left} more steps`, dim, terminal)]),
    ...logLines(status, terminal),
  ];
}

/** "fit-seir  done · 7 of 7 done · 3 cached · 4.2 s · run a878bb39" */
function headLine(status: FlowStatus, terminal: Terminal, nowMs: number): string {
  const all = headFacts(status, nowMs);
  // How far it is matters more than the end of a long name; the run's id is told at its end again.
  const facts = [all, status.runId === null ? all : all.slice(0, -1)].map((some) => some.join(" · "));
  const text = facts.find((some) => textWidth(some) + shortestName + 2 <= terminal.width) ?? facts[1] ?? "";
  const name = cut(printable(status.plan.name), Math.max(shortestName, terminal.width - textWidth(text) - 2));
  const line = cut(`${name}  ${text}`, terminal.width);
  return line.startsWith(name) ? `${paint(name, 1, terminal)}${line.slice(name.length)}` : line;
}

/** Columns that a flow's name has at least. */
const shortestName = 8;

export function headFacts(status: FlowStatus, nowMs: number): readonly string[] {
  const sum = (of: (step: StepStatus) => number): number => status.steps.reduce((all, step) => all + of(step), 0);
  const [done, cached, total] = [
    sum(({ done: n }) => n),
    sum(({ cached: n }) => n),
    sum((step) => step.total ?? step.done),
  ];
  const open = status.steps.some((step) => step.total === null) ? " or more" : "";
  return [
    ...(status.state === "defined" ? [] : [status.state]),
    status.state === "defined" ? `${cached} of ${total}${open} cached` : `${done} of ${total}${open} done`,
    ...(cached === 0 || status.state === "defined" ? [] : [`${cached} cached`]),
    ...(status.startMs === null ? [] : [formatDuration((status.endMs ?? nowMs) - status.startMs)]),
    ...(status.runId === null ? [] : [`run ${status.runId.slice(0, 8)}`]),
  ];
}

function shownOf(steps: readonly StepStatus[]): readonly StepStatus[] {
  if (steps.length <= shownSteps) return steps;
  const isLive = ({ state }: StepStatus): boolean => state === "running" || state === "failed";
  const live = new Set(steps.filter(isLive).slice(0, shownSteps));
  // Beside what is live, what comes next.
  for (const step of steps) if (live.size < shownSteps && step.state === "waiting") live.add(step);
  for (const step of [...steps].reverse()) if (live.size < shownSteps) live.add(step);
  return steps.filter((step) => live.has(step));
}

function row(step: StepStatus, status: FlowStatus, nowMs: number): readonly Cell[] {
  const colour = colours[step.state];
  const failed = step.state === "failed";
  const quiet = step.state === "waiting" || step.state === "skipped";
  return [
    { text: `  ${marks[step.state]}`, colour: colour ?? dim },
    { text: step.step, ...(quiet ? { colour: dim } : {}) },
    { text: countOf(step), right: true },
    { text: stateWord(step, status), colour: colour ?? dim },
    { text: status.state === "defined" ? "" : stepTime(step, status, nowMs), right: true },
    { text: whyOf(step, status), colour: failed ? 31 : dim, below: step.state !== "cached" && step.state !== "done" },
  ];
}

function countOf({ done, total, state }: StepStatus): string {
  if (total === null) return done === 0 ? "" : `${done}/?`;
  if (total === 1 && state !== "running") return "";
  return total === 1 ? "" : `${done}/${total}`;
}

/** How long a step took: from its first task's start to its last one's end. */
export function stepTime({ step }: StepStatus, { tasks }: FlowStatus, nowMs: number): string {
  let start = Number.POSITIVE_INFINITY;
  let end = 0;
  for (const task of tasks) {
    if (task.step !== step || task.startMs === null) continue;
    start = Math.min(start, task.startMs);
    end = Math.max(end, task.endMs ?? nowMs);
  }
  return end === 0 ? "" : formatDuration(end - start);
}

function logLines(status: FlowStatus, terminal: Terminal): readonly string[] {
  return (status.logs ?? []).flatMap(({ step, indices, lines, state }) => {
    const task = [step, ...indices].join("/");
    const last = lines.slice(state === "failed" ? -8 : -2);
    return last.map((line) =>
      paint(cut(`    ${task} │ ${printable(stripVTControlCharacters(line))}`, terminal.width), dim, terminal),
    );
  });
}

// The last column takes the room that is left; where there is none, columns go from the right.
function grid(rows: readonly (readonly Cell[])[], terminal: Terminal): readonly string[] {
  const columns = rows[0]?.length ?? 0;
  const widest = Array.from({ length: columns }, (_, at) =>
    Math.max(0, ...rows.map((cells) => textWidth(printable(cells[at]?.text ?? "")))),
  );
  const name = Math.min(widest[1] ?? 0, Math.max(8, Math.floor(terminal.width / 3)));
  const widths = widest.map((one, at) => (at === 1 ? name : one));
  return rows.flatMap((cells) => gridLines(cells, widths, terminal));
}

function gridLines(cells: readonly Cell[], widths: readonly number[], terminal: Terminal): readonly string[] {
  let line = "";
  let used = 0;
  for (const [at, cell] of cells.entries()) {
    const wide = widths[at] ?? 0;
    if (wide === 0) continue;
    const gap = at === 0 ? 0 : at === 1 ? 1 : 2;
    const room = terminal.width - used - gap;
    const isLast = at === cells.length - 1;
    const text = printable(cell.text);
    if (cell.below && textWidth(text) > room)
      return [line.trimEnd(), `${below}${paint(cut(text, terminal.width - below.length), cell.colour, terminal)}`];
    if (room < Math.min(wide, 6)) {
      if (isLast) break;
      continue;
    }
    const shown = cut(text, isLast ? room : Math.min(wide, room));
    const space = " ".repeat(Math.max(0, Math.min(wide, room) - textWidth(shown)));
    line += " ".repeat(gap) + (cell.right ? space : "") + paint(shown, cell.colour, terminal);
    if (!cell.right && !isLast) line += space;
    used += gap + Math.min(wide, room);
  }
  return [line.trimEnd()];
}

/** Before what stands below its row. */
const below = "      ";

function paint(text: string, colour: number | undefined, { colours: allowed }: Terminal): string {
  return !allowed || colour === undefined || text === "" ? text : `\u001b[${colour}m${text}\u001b[0m`;
}
