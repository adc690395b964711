import { changeReason, type Results, type StepCode, type TaskKey, type TaskNote } from "../keys/index.ts";
import type { Place, StepPlan } from "../plan/index.ts";
import { failureReason, type LastFailure } from "../status/index.ts";

/** A task that is known by its inputs: what the outside is told of it. */
export interface Task extends TaskKey {
  readonly step: StepPlan;
  readonly code: StepCode;
  readonly place: Place;
  /** Of its `ctx.random`. */
  readonly seed: number;
}

/** The environment that a step sees besides that of this process: what it names, as it is now, or what it gives. */
export function environmentOf({ env }: StepPlan): Readonly<Record<string, string>> {
  if (!isList(env)) return env;
  const known = env.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(known);
}

/** Whether a step names the variables of its environment only. */
export function isList(env: StepPlan["env"]): env is readonly string[] {
  return Array.isArray(env);
}

/** What is known of a task from before. */
export interface TaskPast {
  readonly last: ReturnType<Results["last"]>;
  /** How it failed in the last run. */
  readonly failure?: LastFailure | undefined;
}

/** Why a task runs that is not kept. */
export function runReason({ code, sources, key }: Task, { last, failure }: TaskPast, cached: boolean): string {
  if (code.loose !== null) return `runs each time: ${code.loose}`;
  if (!cached) return "runs each time (cache: false)";
  const failed = failureReason(failure, { key, ranBefore: last !== null });
  if (failed !== null) return failed;
  return last === null ? "never ran" : changeReason(last, { code: code.digest, parts: code.parts, sources });
}

/** What is noted of a task, but for its facts. */
export function noteOf(task: Task, flow: string): Omit<TaskNote, "facts"> {
  const { step, place, key, code, sources } = task;
  return { flow, step: step.id, indices: place.indices, key, code: code.digest, sources };
}
