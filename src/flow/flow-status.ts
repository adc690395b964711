import { errorFacts } from "../error.ts";
import type { StepCode } from "./code.ts";
import { type Evaluator, evaluator, find, type Known } from "./evaluate.ts";
import { taskKey } from "./key.ts";
import type { Binding, Plan, StepPlan } from "./plan.ts";
import { cachedReason, changeReason } from "./reason.ts";
import type { KeptResult, Results } from "./results.ts";
import type { FlowStatus, StepStatus } from "./status.ts";
import type { Value } from "./value.ts";

interface Looking {
  readonly plan: Plan;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly known: Omit<Known, "result">;
  readonly results: Results;
  readonly notes: readonly string[];
}

/** What a run would do now, without running: which steps are kept, and why the others are not. */
export function definedStatus(look: Looking): FlowStatus {
  const found = new Map<string, Value>();
  const key = (step: string, indices: readonly number[]): string => `${step} ${indices.join(" ")}`;
  const read = evaluator({ ...look.known, result: (step, indices) => found.get(key(step, indices)) ?? null });
  const steps = look.plan.steps.map((step) => {
    const seen = places(step.maps, look.plan, read);
    const tasks = seen?.map((indices) => {
      const task = taskState(step, indices, { ...look, read });
      if (task.kept !== null) found.set(key(step.id, indices), task.kept);
      return task;
    });
    return stepStatus(step, tasks ?? null, look);
  });
  const never = { startMs: null, endMs: null, runId: null, error: null };
  return { plan: look.plan, state: "defined", steps, tasks: [], ...never, notes: look.notes };
}

// The indices of every item that a step runs for; null where an outer list is not known yet.
function places(maps: readonly string[], plan: Plan, read: Evaluator): readonly (readonly number[])[] | null {
  let all: readonly (readonly number[])[] = [[]];
  for (const id of maps) {
    const next: (readonly number[])[] = [];
    for (const indices of all) {
      const items = attempt(() => read.items(find(plan.maps, id).id, indices), null);
      if (items === null) return null;
      for (const i of items.keys()) next.push([...indices, i]);
    }
    all = next;
  }
  return all;
}

interface TaskState {
  readonly kept: KeptResult | null;
  readonly reason: string;
}

type Reading = Looking & { readonly read: Evaluator };

function taskState(step: StepPlan, indices: readonly number[], look: Reading): TaskState {
  try {
    return keptOrNot(step, indices, look);
  } catch (error) {
    // A file that is not there, a part that a result does not have: the run would fail with the same words.
    return { kept: null, reason: errorFacts(error).message };
  }
}

function keptOrNot(step: StepPlan, indices: readonly number[], look: Reading): TaskState {
  const code = look.codes.get(step.id);
  const place = { maps: step.maps, indices };
  const key = code === undefined ? null : taskKey(step, { code: code.digest, place, read: look.read });
  const last = look.results.last({ flow: look.plan.name, step: step.id, indices });
  if (code === undefined || key === null)
    return { kept: null, reason: last === null ? "never ran" : `${firstMissing(step, look)} runs first` };
  if (code.loose !== null) return { kept: null, reason: `runs each time: ${code.loose}` };
  if (!step.cache) return { kept: null, reason: "runs each time (cache: false)" };
  const kept = look.results.find(key.key);
  if (kept !== null) return { kept, reason: cachedReason(kept.timeMs) };
  const now = { code: code.digest, parts: code.parts, sources: key.sources };
  return { kept: null, reason: last === null ? "never ran" : changeReason(last, now) };
}

function firstMissing(step: StepPlan, look: Reading): string {
  const needed = Object.values(step.inputs).flatMap(stepsOf);
  return (
    needed.find((id) => look.read.value({ from: "step", step: id, path: [] }, { maps: [], indices: [] }) === null) ??
    "a step"
  );
}

function stepsOf(binding: Binding): readonly string[] {
  if (binding.from === "step") return [binding.step];
  if (binding.from === "list") return binding.items.flatMap(stepsOf);
  if (binding.from === "map") return stepsOf(binding.each);
  return binding.from === "record" ? Object.values(binding.fields).flatMap(stepsOf) : [];
}

function stepStatus(step: StepPlan, tasks: readonly TaskState[] | null, look: Looking): StepStatus {
  if (tasks === null) {
    const last = look.results.last({ flow: look.plan.name, step: step.id, indices: [] });
    const reason = last === null ? "never ran" : "its list is not known yet";
    return { step: step.id, state: "stale", reason, done: 0, cached: 0, total: null, error: null };
  }
  const kept = tasks.filter((task) => task.kept !== null).length;
  const stale = tasks.find((task) => task.kept === null);
  const reason = (stale ?? tasks[0])?.reason ?? "an empty list";
  const state = stale === undefined ? "cached" : "stale";
  return { step: step.id, state, reason, done: kept, cached: kept, total: tasks.length, error: null };
}

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
