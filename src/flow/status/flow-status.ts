import { errorFacts } from "../../error.ts";
import { withParams } from "../flow-params.ts";
import {
  cachedReason,
  changeReason,
  type Evaluator,
  evaluator,
  type KeptResult,
  type Known,
  type RanWith,
  type Results,
  type StepCode,
  taskKey,
} from "../keys/index.ts";
import {
  type BranchPlan,
  find,
  isLoop,
  type Place,
  type Plan,
  type Scope,
  type StepPlan,
  stepsOf,
  top,
} from "../plan/index.ts";
import type { Value } from "../values/index.ts";
import { failureReason, type LastFailure, lastFailures } from "./last-failures.ts";
import type { FlowStatus, StepStatus } from "./status.ts";

interface Looking {
  readonly plan: Plan;
  readonly codes: ReadonlyMap<string, StepCode>;
  readonly known: Omit<Known, "result">;
  readonly results: Results;
  readonly notes: readonly string[];
}

/** What a run would do now, without running: which steps are kept, and why the others are not. */
export function definedStatus(look: Looking): FlowStatus {
  const seen = new Looker(look);
  seen.level(top);
  const steps = look.plan.steps.map((step) => stepStatus(step, seen.tasks(step), look));
  const never = { startMs: null, endMs: null, runId: null, error: null };
  const plan = withParams(look.plan, look.known.params);
  return { plan, state: "defined", steps, tasks: [], ...never, notes: look.notes };
}

/** Goes through a plan as a run would, as far as the results are kept. */
class Looker {
  readonly #look: Reading;
  readonly #found = new Map<string, Value>();
  readonly #tasks = new Map<string, TaskState[]>();
  /** Steps of which it is not known how often they run. */
  readonly #open = new Set<string>();
  readonly #entries: ReadonlyMap<string, readonly (StepPlan | Scope)[]>;

  constructor(look: Looking) {
    const result = (step: string, indices: readonly number[]): Value | null =>
      this.#found.get(`${step} ${indices.join(" ")}`) ?? null;
    const failed = new Map<string, ReadonlyMap<string, LastFailure>>();
    const failures = (step: string): ReadonlyMap<string, LastFailure> => {
      const known = failed.get(step) ?? lastFailures(look.known.project, { flow: look.plan.name, step });
      failed.set(step, known);
      return known;
    };
    this.#look = { ...look, read: evaluator({ ...look.known, result }), failures };
    this.#entries = entriesOf(look.plan);
  }

  /** The items that a step runs for; null where that is not known. */
  tasks(step: StepPlan): readonly TaskState[] | null {
    const known = this.#tasks.get(step.id) ?? [];
    return this.#open.has(step.id) && known.every(({ kept }) => kept !== null) ? null : known;
  }

  /** Looks at all that stands directly in the map or loop of a place, in the order in which it was written. */
  level(place: Place): void {
    for (const entry of this.#entries.get(place.maps.at(-1) ?? "") ?? []) {
      if ("inputs" in entry) this.#step(entry, place);
      else this.#scope(entry, place);
    }
  }

  #step(step: StepPlan, { indices }: Place): void {
    const task = taskState(step, indices, this.#look);
    if (task.kept !== null) this.#found.set(`${step.id} ${indices.join(" ")}`, task.kept);
    const known = this.#tasks.get(step.id);
    if (known === undefined) this.#tasks.set(step.id, [task]);
    else known.push(task);
  }

  #scope(scope: Scope, { indices }: Place): void {
    const { read } = this.#look;
    const maps = [...scope.maps, scope.id];
    const taken = attempt(() => isTaken(scope.when, { maps: scope.maps, indices }, read), null);
    if (taken === false) return;
    if (taken === null) this.#leave(scope.id);
    else if (isLoop(scope)) this.#rounds(scope, indices);
    else {
      const items = attempt(() => read.items(scope.id, indices), null);
      if (items === null) this.#leave(scope.id);
      else for (const i of items.keys()) this.level({ maps, indices: [...indices, i] });
    }
  }

  #rounds(loop: Scope, indices: readonly number[]): void {
    const { read } = this.#look;
    for (let round = 0; ; round++) {
      const { count, ended } = attempt(() => read.rounds(loop.id, indices), { count: -1, ended: false });
      if (ended) return;
      const before = this.#found.size;
      if (count === round) this.level({ maps: [...loop.maps, loop.id], indices: [...indices, round] });
      // A round of which nothing is kept says all that can be said of those behind it.
      if (this.#found.size === before) {
        this.#leave(loop.id);
        return;
      }
    }
  }

  #leave(scope: string): void {
    for (const step of this.#look.plan.steps) if (step.maps.includes(scope)) this.#open.add(step.id);
  }
}

// A map or loop stands where its first step does: what its steps need stands before it.
function entriesOf({ steps, maps, loops }: Plan): ReadonlyMap<string, readonly (StepPlan | Scope)[]> {
  const first = (id: string): number => {
    const at = steps.findIndex((step) => step.maps.includes(id));
    return at === -1 ? steps.length : at - 0.5;
  };
  const scopes = [...maps, ...loops].map((scope) => ({ entry: scope, at: first(scope.id) }));
  const all = [...scopes, ...steps.map((entry, at) => ({ entry, at }))].sort((a, b) => a.at - b.at);
  const entries = new Map<string, (StepPlan | Scope)[]>();
  for (const { entry } of all) {
    const id = entry.maps.at(-1) ?? "";
    const known = entries.get(id);
    if (known === undefined) entries.set(id, [entry]);
    else known.push(entry);
  }
  return entries;
}

// Null while the value that decides is not known.
function isTaken(branches: readonly BranchPlan[], place: Place, read: Evaluator): boolean | null {
  for (const { when, is } of branches) {
    const branch = read.branch(when, place);
    if (branch === null) return null;
    if (branch !== is) return false;
  }
  return true;
}

interface TaskState {
  readonly kept: KeptResult | null;
  readonly reason: string;
  /** It failed in the last run. */
  readonly failed?: boolean;
  /** It stands in a branch that is not taken. */
  readonly skipped?: boolean;
}

const notTaken: TaskState = { kept: null, reason: "its branch is not taken", skipped: true };

interface Reading extends Looking {
  readonly read: Evaluator;
  failures(step: string): ReadonlyMap<string, LastFailure>;
}

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
  if (isTaken(step.when, place, look.read) === false) return notTaken;
  const key = code === undefined ? null : taskKey(step, { code: code.digest, place, read: look.read });
  const last = (): RanWith | null => look.results.last({ flow: look.plan.name, step: step.id, indices });
  if (code === undefined || key === null)
    return { kept: null, reason: last() === null ? "never ran" : `${firstMissing(step, look)} runs first` };
  if (code.loose !== null) return { kept: null, reason: `runs each time: ${code.loose}` };
  if (!step.cache) return { kept: null, reason: "runs each time (cache: false)" };
  const kept = look.results.find(key.key);
  if (kept !== null && code.usable(kept)) return { kept, reason: cachedReason(kept.timeMs) };
  const then = last();
  const failure = look.failures(step.id).get(indices.join(" "));
  const failed = failureReason(failure, { key: key.key, ranBefore: then !== null });
  if (failed !== null) return { kept: null, reason: failed, failed: true };
  const now = { code: code.digest, parts: code.parts, sources: key.sources };
  return { kept: null, reason: then === null ? "never ran" : changeReason(then, now) };
}

function firstMissing(step: StepPlan, look: Reading): string {
  const needed = Object.values(step.inputs).flatMap((binding) => stepsOf(binding, look.plan));
  const known = (id: string): boolean => {
    const { maps } = find(look.plan.steps, id);
    const binding = { from: "step", step: id, path: [] } as const;
    return maps.length === 0 && attempt(() => look.read.value(binding, top), null) !== null;
  };
  return needed.find((id) => !known(id)) ?? "a step";
}

function stepStatus(step: StepPlan, tasks: readonly TaskState[] | null, look: Looking): StepStatus {
  if (tasks === null) {
    const last = look.results.last({ flow: look.plan.name, step: step.id, indices: [] });
    const reason = last === null ? "never ran" : "its list is not known yet";
    return { step: step.id, state: "stale", reason, done: 0, cached: 0, total: null, error: null };
  }
  const here = tasks.filter((task) => task.skipped !== true);
  const kept = here.filter((task) => task.kept !== null).length;
  const stale = here.find((task) => task.failed) ?? here.find((task) => task.kept === null);
  const isSkipped = here.length === 0 && (tasks.length > 0 || step.when.length > 0);
  const reason = isSkipped ? notTaken.reason : ((stale ?? here[0])?.reason ?? "an empty list");
  const state = isSkipped ? "skipped" : stale === undefined ? "cached" : "stale";
  return { step: step.id, state, reason, done: kept, cached: kept, total: here.length, error: null };
}

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
