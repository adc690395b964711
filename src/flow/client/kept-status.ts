import type { ErrorFacts } from "../../error.ts";
import type { Project } from "../../store/index.ts";
import { failureHead } from "../flow-error.ts";
import { withParams } from "../flow-params.ts";
import { type FlowRunRecord, visibleCards } from "../keep/index.ts";
import { caughtItems, failureCause, notRun, type StepPlan } from "../plan/index.ts";
import type { FlowStatus, LogTail, StepState, StepStatus, TaskRecord } from "../status/index.ts";
import type { KeptTries, KeptValues } from "./kept-values.ts";

/** Cards of a run that are drawn with it, logs, and lines of each. */
const shownCards = 12;
const shownLogs = 3;
const shownLines = 8;

/** How a kept run stands, as if it were drawn while it ran. */
export function keptStatus(project: Project, run: FlowRunRecord, values: KeptValues): FlowStatus {
  const { plan } = values;
  const tries = plan.steps.map((step) => values.tasks(step.id));
  const failed = tries.flat().filter(({ last }) => last.state === "failed");
  const cause = run.state === "failed" ? failureCause(failed.map(({ last }) => last)) : null;
  const steps = plan.steps.map((step, at) => stepStatus(step, tries[at] ?? [], { run, values, cause }));
  const lost = run.state === "lost";
  return {
    plan: withParams(plan, run.params),
    state: lost ? "failed" : run.state,
    steps,
    tasks: tries.flat().map(({ last, all }) => taskRecord(last, all)),
    startMs: run.startMs,
    endMs: run.endMs ?? (lost ? lastEnd(tries.flat()) : null),
    runId: run.id,
    error: lost ? lostError : run.error,
    notes: [],
    logs: logTails(tries.flat()),
    cards: visibleCards(project, run.id).slice(-shownCards),
  };
}

const lostError: ErrorFacts = {
  name: "Error",
  code: "FLOW_LOST",
  message: "The process that ran it is gone. resume() goes on with what it finished.",
};

function lastEnd(tries: readonly KeptTries[]): number | null {
  const ends = tries.flatMap(({ last }) => (last.endMs === null ? [] : [last.endMs]));
  return ends.length === 0 ? null : ends.reduce((a, b) => Math.max(a, b));
}

function taskRecord(last: KeptTries["last"], all: KeptTries["all"]): TaskRecord {
  const { step, indices, state, endMs } = last;
  return { step, item: indices.at(-1) ?? null, state, startMs: all[0]?.startMs ?? null, endMs };
}

// Of a run of another process, and of one that was killed, what it was at; of what failed, why.
function logTails(tries: readonly KeptTries[]): readonly LogTail[] {
  const failed = tries.filter(({ last }) => last.state === "failed");
  const running = tries.filter(({ last }) => last.state === "running" && last.hasLog);
  return [...failed, ...running].slice(0, shownLogs).flatMap(({ last }) => {
    const lines = last
      .log()
      .trimEnd()
      .split("\n")
      .slice(-shownLines)
      .filter((line) => line !== "");
    return lines.length === 0 ? [] : [{ step: last.step, indices: last.indices, state: last.state, lines }];
  });
}

interface Around {
  readonly run: FlowRunRecord;
  readonly values: KeptValues;
  /** Of a run that failed: why the rest of it did not run. */
  readonly cause: string | null;
}

function stepStatus(step: StepPlan, tries: readonly KeptTries[], { run, values, cause }: Around): StepStatus {
  const all = tries.map((one) => one.last);
  const last = all.filter(({ state }) => state !== "skipped");
  const count = (...states: readonly StepState[]): number => last.filter(({ state }) => states.includes(state)).length;
  const cached = count("cached");
  const done = cached + count("done");
  const failed = last.find(({ state }) => state === "failed");
  const places = values.places(step)?.length ?? null;
  // A run that is over has done all that it had to: the rest stood in branches that were not taken.
  const total = run.state === "done" ? last.length : places === null ? null : places - (all.length - last.length);
  const over = run.state === "done" && (step.when.length > 0 || (places ?? 0) > 0);
  const skipped = last.length === 0 && (all.length > 0 || over);
  const state = skipped
    ? "skipped"
    : stateOf({ run, done, cached, total, running: count("running"), failed: failed !== undefined });
  const told = last.find((one) => one.state !== "cached" && one.reason !== "") ?? last[0];
  const isLeft = cause !== null && (state === "waiting" || state === "stopped");
  const left = isLeft ? notRun(cause, { done, total }) : null;
  const caught = last.filter((one) => one.state === "done" && one.digest === null);
  const used = caughtItems(
    caught.map((one) => one.reason),
    Math.max(last.length, total ?? 0),
  );
  const reason = skipped ? "its branch was not taken" : (left ?? used ?? told?.reason ?? "");
  return {
    step: step.id,
    state,
    reason,
    done,
    cached,
    total,
    ...(caught.length === 0 ? {} : { caught: caught.length }),
    error: failed === undefined ? null : placedError(failed, run),
  };
}

// A try keeps what its step threw; where that was is told as it was while the run was live.
function placedError({ step, indices, error }: KeptTries["last"], { flow }: FlowRunRecord): ErrorFacts | null {
  return error === null ? null : { ...error, message: `${failureHead(flow, step, indices)}${error.message}` };
}

interface Counts {
  readonly run: FlowRunRecord;
  readonly done: number;
  readonly cached: number;
  readonly running: number;
  readonly failed: boolean;
  readonly total: number | null;
}

function stateOf({ run, done, cached, total, running, failed }: Counts): StepState {
  if (failed) return "failed";
  if (total !== null && done === total) return cached === total && total > 0 ? "cached" : "done";
  if (run.state === "running") return running > 0 || done > 0 ? "running" : "waiting";
  return running > 0 || done > 0 ? "stopped" : "waiting";
}
