import { findProject } from "../../../../store/index.ts";
import type { Binding, StepPlan } from "../../../plan.ts";
import { type Place, top } from "../../../plan-place.ts";
import { openResults } from "../../../results.ts";
import { plainValue } from "../../../value.ts";
import { environmentOf } from "../../task.ts";
import type { Try, TryOrigin } from "../executor.ts";
import { seededInputs } from "../seed.ts";
import { outcomePath, type TaskSpec } from "../task-spec.ts";
import { cancelJob } from "./jobs.ts";
import { type Submitted, type SubmittedBatch, submitBatch } from "./submit.ts";

/** Jobs that wait in Slurm's queue for others of their run, by run, step and item. */
const ahead = new Map<string, Submitted>();

function nameOf(runId: string, step: string, indices: readonly number[]): string {
  return `${runId} ${step} ${indices.join(" ")}`;
}

/** Whether a task of a run was submitted before its inputs were there. */
export function isAhead(runId: string, step: string, indices: readonly number[]): boolean {
  return ahead.has(nameOf(runId, step, indices));
}

/** The job that was submitted ahead for a task, once. */
export function takeAhead({ origin, context }: Try): Submitted | null {
  const name = nameOf(origin.runId, context.step, context.indices);
  const job = ahead.get(name) ?? null;
  ahead.delete(name);
  return job;
}

/** The run is over: what was submitted ahead and nobody asked for is taken back. */
export function cancelAhead(runId: string): void {
  for (const [name, { id }] of ahead) {
    if (!name.startsWith(`${runId} `)) continue;
    ahead.delete(name);
    cancelJob(id);
  }
}

/** A step with all its tasks in Slurm's queue. */
interface Queued {
  readonly step: StepPlan;
  readonly batch: SubmittedBatch;
}

/**
 * Submits the steps that need nothing but what a batch makes and what is known already, with Slurm's dependencies: a join
 * after all items of its map, a step in the same map item by item. Then those that need these.
 */
export async function submitFollowers(batch: SubmittedBatch, first: Try): Promise<void> {
  const { sight } = first.origin;
  const queued = new Map<string, Queued>();
  const { step } = sight.codes.get(first.context.step) ?? { step: null };
  if (step === null || !isWhole(step, batch, sight)) return;
  queued.set(step.id, { step, batch });
  // The plan's order has each step behind those that it needs.
  for (const next of sight.known.plan.steps) {
    if (first.signal.aborted) return;
    const specs = queued.has(next.id) ? null : await followerSpecs(next, queued, first);
    if (specs === null || isAhead(first.origin.runId, next.id, specs[0]?.context.indices ?? [])) continue;
    const submitted = await submitBatch(specs, dependencyOf(next, queued));
    queued.set(next.id, { step: next, batch: submitted });
    for (const job of submitted.jobs) ahead.set(nameOf(first.origin.runId, next.id, job.indices), job);
  }
}

// All items of the one map that the step is in: a join can wait for the whole of it.
function isWhole({ maps }: StepPlan, { jobs }: SubmittedBatch, { read, known }: TryOrigin["sight"]): boolean {
  const [map] = maps;
  if (map === undefined) return true;
  if (maps.length > 1 || known.plan.loops.some(({ id }) => id === map)) return false;
  return read.items(map, [])?.length === jobs.length;
}

function dependencyOf(next: StepPlan, queued: ReadonlyMap<string, Queued>): string {
  const needed = [...queued.values()].filter(({ step }) => needs(next, step.id));
  const [one] = needed;
  const itemwise = needed.length === 1 && one !== undefined && next.maps.length > 0 && one.batch.jobs.length > 1;
  return `${itemwise ? "aftercorr" : "afterok"}:${needed.map(({ batch }) => batch.id).join(":")}`;
}

function needs(next: StepPlan, step: string): boolean {
  return Object.values(next.inputs).some((binding) => stepsIn(binding)?.has(step));
}

/** The steps that a binding reads; null where it reads what only the flow itself can tell (branches, loops, items). */
function stepsIn(binding: Binding): ReadonlySet<string> | null {
  switch (binding.from) {
    case "value":
    case "given":
    case "param":
    case "file":
      return new Set();
    case "step":
      return new Set([binding.step]);
    case "list":
      return union(binding.items);
    case "record":
      return union(Object.values(binding.fields));
    case "map":
      return stepsIn(binding.each);
    default:
      return null;
  }
}

function union(bindings: readonly Binding[]): ReadonlySet<string> | null {
  const all = bindings.map(stepsIn);
  return all.includes(null) ? null : new Set(all.flatMap((steps) => [...(steps ?? [])]));
}

type Queue = ReadonlyMap<string, Queued>;

async function followerSpecs(next: StepPlan, queued: Queue, first: Try): Promise<readonly TaskSpec[] | null> {
  const { sight } = first.origin;
  const code = sight.codes.get(next.id);
  if (next.run !== "slurm" || !next.cache || next.when.length > 0 || next.command !== null) return null;
  if (code === undefined || code.runnable === null || code.loose !== null) return null;
  const late = Object.entries(next.inputs).filter(([, binding]) => isLate(binding, queued));
  if (late.length === 0 || !sitsRight(next, queued, sight)) return null;
  const places = placesOf(next, sight);
  const known = Object.entries(next.inputs).filter(([, binding]) => !isLate(binding, queued));
  const values = places?.map((place) =>
    known.map(([name, binding]) => [name, sight.read.value(binding, place)] as const),
  );
  if (places === null || values === undefined || values.flat().some(([, value]) => value === null)) return null;
  const results = openResults(findProject(first.folder));
  const put = async (value: unknown, name: string): Promise<string> => results.putValue(plainValue(value, name));
  const lateOf = {
    plan: await put(sight.known.plan, "plan"),
    params: await put(sight.known.params, "params"),
    bindings: Object.fromEntries(late),
    seeded: seededInputs(next),
    outcomes: outcomesOf(queued),
  };
  const text = await put(code.runnable, "code");
  const specs = places.map(async (place, i): Promise<TaskSpec> => {
    const given = (values[i] ?? []).flatMap(([name, value]) => (value === null ? [] : [[name, value] as const]));
    const digests = given.map(async ([name, value]) => [name, await results.putValue(value)] as const);
    const { flow } = first.context;
    return {
      ...{ format: 1, folder: first.folder, runId: first.origin.runId, sources: [], late: lateOf },
      fresh: first.origin.isFresh(next.id),
      context: { flow, step: next.id, indices: place.indices, key: "", seed: 0, attempt: 1 },
      env: environmentOf(next),
      step: { ...next, inputs: {} },
      code: { digest: code.digest, text },
      inputs: Object.fromEntries(await Promise.all(digests)),
    };
  });
  return Promise.all(specs);
}

function isLate(binding: Binding, queued: Queue): boolean {
  const steps = stepsIn(binding);
  return steps !== null && [...steps].some((step) => queued.has(step));
}

// What it needs is all in the queue, and either in the same map or outside of all.
function sitsRight(next: StepPlan, queued: Queue, { known }: TryOrigin["sight"]): boolean {
  const [map] = next.maps;
  if (next.maps.length > 1 || known.plan.loops.some(({ id }) => id === map)) return false;
  const lateSteps = Object.values(next.inputs).flatMap((binding) =>
    isLate(binding, queued) ? [...(stepsIn(binding) ?? [])] : [],
  );
  return lateSteps.every((id) => {
    const step = queued.get(id)?.step;
    return step !== undefined && (map === undefined || step.maps.length === 0 || step.maps[0] === map);
  });
}

function placesOf({ maps }: StepPlan, { read }: TryOrigin["sight"]): readonly Place[] | null {
  const [map] = maps;
  if (map === undefined) return [top];
  const items = read.items(map, []);
  return items === null || items.length === 0 ? null : items.map((_, i) => ({ maps: [map], indices: [i] }));
}

function outcomesOf(queued: Queue): Readonly<Record<string, Readonly<Record<string, string>>>> {
  return Object.fromEntries(
    [...queued].map(([step, { batch }]) => [
      step,
      Object.fromEntries(batch.jobs.map(({ indices, specPath }) => [indices.join(" "), outcomePath(specPath)])),
    ]),
  );
}
