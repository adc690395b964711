import { stateWord } from "../../display/index.ts";
import type { FlowStatus, FlowWatch, RunView, StepStatus, WatchedRun } from "../../flow/index.ts";
import { print } from "../command.ts";
import { printable } from "../text.ts";
import { cut } from "../text-width.ts";
import { labelledPrints } from "./printed.ts";
import { flowLines, headFacts, stepTime, terminalOf } from "./table.ts";
import { whyOf } from "./words.ts";

type Begun = FlowWatch["begun"];
type Write = typeof process.stdout.write;

/** Time between two drawings. */
const betweenMs = 100;

/** How a run is shown: as a table that is drawn again, as lines, or as events for programs. */
export function liveView(how: { readonly json: boolean }): Begun {
  if (how.json) return (run) => labelled(jsonEvents(run));
  const view = process.stdout.isTTY ? liveTable : plainLines;
  return (run) => {
    for (const note of run.status.notes) process.stderr.write(`note: ${printable(note)}\n`);
    return labelled(view(run));
  };
}

function labelled(view: RunView): RunView {
  const { end, ...prints } = labelledPrints();
  return {
    ...view,
    ...prints,
    end() {
      end();
      view.end();
    },
  };
}

/** Calls `tell` soon after a change, at most ten times a second, and at the end. */
function paced(tell: (last: boolean) => void): ReturnType<Begun> {
  let timer: NodeJS.Timeout | null = null;
  return {
    changed() {
      timer ??= setTimeout(() => {
        timer = null;
        tell(false);
      }, betweenMs).unref();
    },
    end() {
      if (timer !== null) clearTimeout(timer);
      tell(true);
    },
  };
}

/** Draws in place; what steps print goes above. */
function liveTable(run: WatchedRun): ReturnType<Begun> {
  let height = 0;
  const stdout: Write = process.stdout.write;
  const stderr: Write = process.stderr.write;
  const out = (text: string): boolean => stdout.call(process.stdout, text);
  const erase = (): void => {
    if (height > 0) out(`\u001b[${height}A\u001b[J`);
    height = 0;
  };
  const draw = (): void => {
    const { rows = 24 } = process.stdout;
    // What is higher than the window cannot be drawn over.
    const lines = flowLines(run.status, terminalOf(process.stdout), Date.now()).slice(0, Math.max(1, rows - 1));
    erase();
    out(`${lines.join("\n")}\n`);
    height = lines.length;
  };
  let open = "";
  const above =
    (own: Write, stream: NodeJS.WriteStream): Write =>
    (chunk: Uint8Array | string, ...rest: never[]): boolean => {
      const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
      erase();
      // A line that is not ended yet must not have the table on it.
      const done = own.call(stream, open + text, ...rest);
      open = "";
      if (!text.endsWith("\n")) own.call(stream, "\n");
      draw();
      return done;
    };
  process.stdout.write = above(stdout, process.stdout);
  process.stderr.write = above(stderr, process.stderr);
  // Times go on while nothing changes.
  const clock = setInterval(draw, 1000).unref();
  const pace = paced((last) => {
    draw();
    if (!last) return;
    clearInterval(clock);
    process.stdout.write = stdout;
    process.stderr.write = stderr;
  });
  draw();
  return pace;
}

/** One line for each step that ended, for pipes and logs of CI; no colours. */
function plainLines(run: WatchedRun): ReturnType<Begun> {
  const told = new Set<string>();
  return paced((last) => {
    const { status } = run;
    for (const step of status.steps) {
      if (told.has(step.step) || !(isOver(step) || (last && isLeft(step, status)))) continue;
      told.add(step.step);
      print(`${stepLine(step, status)}\n`);
    }
    if (last) print(`${status.plan.name}: ${headFacts(status, Date.now()).join(", ")}\n`);
  });
}

function isOver({ state }: StepStatus): boolean {
  return state !== "waiting" && state !== "running" && state !== "stale";
}

// Of a run that is over.
function isLeft({ state }: StepStatus, run: FlowStatus): boolean {
  return run.state !== "done" && (state === "waiting" || state === "running");
}

function stepLine(step: StepStatus, status: FlowStatus): string {
  const items = step.total !== null && step.total !== 1 ? [`${step.done} of ${step.total} done`] : [];
  const cached = step.cached > 0 && step.state !== "cached" ? [`${step.cached} cached`] : [];
  const time = stepTime(step, status, Date.now());
  const why = whyOf(step, status);
  const facts = [stateWord(step, status), ...items, ...cached, ...(time === "" ? [] : [time])].join(", ");
  return `${step.step}: ${facts}${why === "" ? "" : ` (${cut(why, 300)})`}`;
}

/** An event a line on stdout; what steps print goes to stderr. */
function jsonEvents(run: WatchedRun): ReturnType<Begun> {
  const stdout: Write = process.stdout.write;
  const event = (name: string, facts: object): void => {
    stdout.call(process.stdout, `${JSON.stringify({ event: name, timeMs: Date.now(), ...facts })}\n`);
  };
  process.stdout.write = process.stderr.write.bind(process.stderr) as Write;
  const told = new Map<string, string>();
  let begun = false;
  return paced((last) => {
    const { status } = run;
    if (!begun && status.runId !== null) {
      begun = true;
      const { plan, runId: run, steps, notes } = status;
      event("run", { flow: plan.name, run, steps: steps.length, notes });
    }
    for (const { error, ...step } of status.steps) {
      const facts = { ...step, error: error?.message ?? null };
      const text = JSON.stringify(facts);
      if (told.get(step.step) === text || (!last && step.state === "waiting" && !told.has(step.step))) continue;
      told.set(step.step, text);
      event("step", facts);
    }
    if (!last) return;
    const { state, runId, startMs, endMs, error } = status;
    const elapsedMs = (endMs ?? Date.now()) - (startMs ?? Date.now());
    event("end", { state, run: runId, elapsedMs, output: shortOutput(run.output), error: error?.message ?? null });
    process.stdout.write = stdout;
  });
}

/** A value as JSON where that is short; the run has it anyway. */
function shortOutput(output: unknown): unknown {
  const text = JSON.stringify(output) ?? "null";
  return text.length <= 10_000 ? (output ?? null) : null;
}
