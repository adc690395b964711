import { StemmaError } from "../../error.ts";
import type { Project } from "../../store/index.ts";
import type { Plan } from "../plan.ts";
import { stepsBelow } from "../plan-graph.ts";
import { type FlowRunRecord, finishedKey, flowRun } from "./runs.ts";

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
 * @param from a step that runs again, with all that is below it; null: only what is not finished runs
 * @throws {ResumeError} no such run, one of another flow, one that still runs; no such step
 */
export function resumption(
  project: Project,
  plan: Plan,
  { id, from }: { readonly id: string; readonly from: string | null },
): Resumption {
  const run = flowRun(project, id);
  if (run === null) throw new ResumeError(`No flow had a run ${id}. flow.runs() lists them.`);
  if (run.flow !== plan.name) throw new ResumeError(`Run ${id} is of flow "${run.flow}", not of "${plan.name}".`);
  if (run.state === "running") throw new ResumeError(`Run ${id} still runs. Wait for its end, or stop it.`);
  if (from !== null && !plan.steps.some((step) => step.id === from)) {
    const known = plan.steps.map((step) => step.id).join(", ");
    throw new ResumeError(`flow "${plan.name}" has no step ${JSON.stringify(from)}. It has ${known}.`);
  }
  const fresh = from === null ? new Set<string>() : stepsBelow(plan, [from]);
  return { origin: id, params: run.params, fresh, finished: (task) => finishedKey(project, id, task) };
}
