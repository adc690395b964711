import { resolve } from "node:path";
import { attemptsOf, type FlowRunRecord, type KeptAttempt, planOf } from "../keep/index.ts";
import { type Evaluator, evaluator, type Known, knownOf, openResults, type Results } from "../keys/index.ts";
import { type FlowPlace, type Place, type Plan, type StepPlan, top } from "../plan/index.ts";
import { caughtValue, type Value } from "../values/index.ts";

/** What a run left of one task: its tries, the last of which has the result. */
export interface KeptTries {
  /** How the task stands: its last try, and `running` where that failed and another one comes. */
  readonly last: KeptAttempt;
  readonly all: readonly KeptAttempt[];
}

/** A run as the store has it, read at one moment: its tasks, and the values that its plan makes of their results. */
export class KeptValues {
  readonly plan: Plan;
  readonly results: Results;
  readonly #tries: ReadonlyMap<string, KeptTries>;
  readonly #read: Evaluator;
  #byStep: ReadonlyMap<string, readonly KeptTries[]> | null = null;

  constructor(place: FlowPlace, run: FlowRunRecord) {
    this.plan = planOf(place.project, run) ?? { ...unknownPlan, name: run.flow };
    this.results = openResults(place.project);
    const attempts = attemptsOf(place.project, run.id);
    this.#tries = triesOf(attempts, run.state === "running" ? this.plan.steps : []);
    this.#read = evaluator(this.knownWith(this.plan, place, run.params));
  }

  /** All that is known of the run, for a plan that may be a newer one. */
  knownWith(plan: Plan, place: FlowPlace, params: FlowRunRecord["params"]): Known {
    // A file is asked for its place only: what its bytes were then is in the keys.
    const file: Known["file"] = (path) => ({ path, absolutePath: resolve(place.folder, path), md5: "", bytes: 0 });
    return { ...knownOf(plan, params, place), file, result: (step, indices) => this.result(step, indices) };
  }

  /** The tasks of a step, by item; those only of which the run has kept something. */
  tasks(step: string): readonly KeptTries[] {
    this.#byStep ??= Map.groupBy(this.#tries.values(), ({ last }) => last.step);
    return this.#byStep.get(step) ?? [];
  }

  tries(step: string, indices: readonly number[]): KeptTries | null {
    return this.#tries.get(nameOf(step, indices)) ?? null;
  }

  get read(): Evaluator {
    return this.#read;
  }

  /** What a task gave in that run; null where it gave nothing, or that is not kept any more. */
  result(step: string, indices: readonly number[]): Value | null {
    const last = this.tries(step, indices)?.last;
    if (last === undefined || (last.state !== "done" && last.state !== "cached")) return null;
    if (last.digest === null) return this.#caught(step);
    const kept = this.results.find(last.key);
    return kept === null || kept.digest !== last.digest ? null : kept;
  }

  /** The places of a step, outermost index first; null while they are not known. */
  places(step: StepPlan): readonly Place[] | null {
    return placesOf(step, this.plan, this.#read);
  }

  #caught(id: string): Value | null {
    const caught = this.plan.steps.find((step) => step.id === id)?.catch ?? null;
    return caught === null ? null : caughtValue(caught.value);
  }
}

/** The places that a step has in its maps and loops, outermost index first; null while they are not known. */
export function placesOf(step: StepPlan, plan: Plan, read: Evaluator): readonly Place[] | null {
  let places: readonly Place[] = [top];
  for (const [depth, scope] of step.maps.entries()) {
    const maps = step.maps.slice(0, depth + 1);
    const sizes = places.map(({ indices }) => sizeOf(scope, indices, { plan, read }));
    if (sizes.some((size) => size === null)) return null;
    places = places.flatMap(({ indices }, at) =>
      Array.from({ length: sizes[at] ?? 0 }, (_, i) => ({ maps, indices: [...indices, i] })),
    );
  }
  return places;
}

interface Reading {
  readonly plan: Plan;
  readonly read: Evaluator;
}

function sizeOf(scope: string, indices: readonly number[], { plan, read }: Reading): number | null {
  try {
    const isLoop = plan.loops.some(({ id }) => id === scope);
    return isLoop ? read.rounds(scope, indices).count : (read.items(scope, indices)?.length ?? null);
  } catch {
    // What the plan asks of a value that is no such value is what the run failed with.
    return null;
  }
}

// Of a run whose plan was taken away, no step is known.
const unknownPlan: Omit<Plan, "name"> = {
  format: 1,
  params: {},
  ...{ steps: [], maps: [], loops: [], whens: [], notes: [] },
  schedule: null,
  tags: {},
  project: null,
  output: { from: "value", value: null },
};

/** @param running the steps of a run that may try again */
function triesOf(attempts: readonly KeptAttempt[], running: readonly StepPlan[]): ReadonlyMap<string, KeptTries> {
  const all = Map.groupBy(attempts, ({ step, indices }) => nameOf(step, indices));
  const tries = new Map(running.map(({ id, retry }) => [id, retry.attempts]));
  const found = new Map<string, KeptTries>();
  for (const [name, of] of all) {
    const last = of.at(-1);
    if (last !== undefined) found.set(name, { last: standing(last, tries), all: of });
  }
  return found;
}

// Between two tries a task waits; who looks from outside would take it for failed.
function standing(last: KeptAttempt, tries: ReadonlyMap<string, number>): KeptAttempt {
  const all = tries.get(last.step) ?? 0;
  if (last.state !== "failed" || last.attempt >= all) return last;
  const reason = `try ${last.attempt + 1} of ${all} comes; the last one failed: ${last.error?.message ?? "in silence"}`;
  return { ...last, state: "running", reason, error: null, endMs: null };
}

function nameOf(step: string, indices: readonly number[]): string {
  return `${step} ${indices.join(" ")}`;
}
