import { StemmaError } from "../../error.ts";
import type { Project } from "../../store/index.ts";
import { didYouMean } from "../near-name.ts";
import { type Plan, stepsBelow, stepsNamed } from "../plan/index.ts";
import { type FlowRunRecord, finishedKey, flowRun, flowRuns } from "./runs.ts";

/** What a run goes on with. */
export interface Resumption {
  /** Id of the parent run. */
  readonly origin: string;
  readonly params: FlowRunRecord["params"];
  /** Steps that run again although their results are kept. */
  readonly fresh: ReadonlySet<string>;
  /** The key under which the origin kept what a task made that is never taken from the cache; null: it did not finish it. */
  finished(task: { readonly step: string; readonly indices: readonly number[]; readonly key: string }): string | null;
}

/** A run cannot be gone on with. */
export class ResumeError extends StemmaError {
  constructor(message: string) {
    super("FLOW_RESUME", message);
  }
}

/**
 * What to go on with after an earlier run of this flow.
 *
 * @param id of the parent run
 * @param from a step or sub-flow that runs again, with all that is below it; null: only what is not finished runs
 * @throws {ResumeError} no such run, one of another flow, one that still runs; no such step
 */
export function resumption(
  project: Project,
  plan: Plan,
  { id, from }: { readonly id: string; readonly from: string | null },
): Resumption {
  const run = runThatBegins(project, id);
  if (run.flow !== plan.name) throw new ResumeError(`Run ${run.id} is of flow "${run.flow}", not of "${plan.name}".`);
  if (run.state === "running") throw new ResumeError(`Run ${run.id} still runs. Wait for its end, or stop it.`);
  const fresh = from === null ? new Set<string>() : stepsBelow(plan, stepsFrom(plan, from));
  return { origin: run.id, params: run.params, fresh, finished: (task) => finishedKey(project, run.id, task) };
}

/** The run of that id, or the only one whose id begins so. @throws {ResumeError} */
function runThatBegins(project: Project, id: string): FlowRunRecord {
  const exact = flowRun(project, id);
  if (exact !== null) return exact;
  const [run, other] = id.length >= shortestId ? flowRuns(project, { id }) : [];
  if (run !== undefined && other === undefined) return run;
  const what = other === undefined ? `No flow had a run ${JSON.stringify(id)}.` : `Several runs begin with ${id}.`;
  throw new ResumeError(`${what} flow.runs() lists them.`);
}

/** Of an id's beginning; what is shorter may be a slip. */
const shortestId = 4;

function stepsFrom(plan: Plan, from: string): readonly string[] {
  const found = stepsNamed(plan, from);
  if (found.length > 0) return found;
  const known = plan.steps.map(({ id }) => id);
  const about = `flow "${plan.name}" has no step ${JSON.stringify(from)}.${didYouMean(from, known)}`;
  throw new ResumeError(`${about} It has ${known.join(", ")}.`);
}
