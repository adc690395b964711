import { findProject } from "../../../../store/index.ts";
import { openResults, type Results } from "../../../keys/index.ts";
import type { Place, StepPlan } from "../../../plan/index.ts";
import { plainValue } from "../../../values/index.ts";
import { environmentOf } from "../../task.ts";
import type { Try } from "../executor.ts";
import { seededInputs } from "../seed.ts";
import type { LateInputs, TaskSpec } from "../task-spec.ts";
import { batchesOf, type LateTask } from "./batches.ts";
import { SlurmError } from "./commands.ts";
import { LateReader } from "./late-reader.ts";
import { queueOf, type RunQueue, taskName } from "./run-queue.ts";
import { type Submitted, submitBatch } from "./submit.ts";

/**
 * Submits all that can be known: every task whose inputs are there or are made by jobs that are in the queue, with
 * Slurm's dependencies for its edges. What depends on a result that only the flow itself can read (which branch, how many
 * items, whether one more round) is submitted when that is there: this is called again behind each batch.
 */
export function submitFollowers(first: Try): Promise<void> {
  const queue = queueOf(first);
  // One after the other: each sees what the one before has submitted.
  queue.pass = queue.pass.then(() => pass(queue, first));
  return queue.pass;
}

async function pass(queue: RunQueue, first: Try): Promise<void> {
  // The plan's order has each step behind those that it needs; rounds of a loop go around it.
  for (let more = true; more; ) {
    more = false;
    for (const step of first.origin.sight.known.plan.steps) {
      if (first.signal.aborted || queue.over) return;
      if (mayWait(step, queue, first) && (await submitted(step, queue, first))) more = true;
    }
    // Only a loop has steps that need later ones.
    if (first.origin.sight.known.plan.loops.length === 0) return;
  }
}

function mayWait({ id, run, cache }: StepPlan, queue: RunQueue, { origin }: Try): boolean {
  const code = origin.sight.codes.get(id);
  // The key of what is never kept is known to nobody before.
  if (run !== "slurm" || !cache || queue.refused.has(id)) return false;
  return code !== undefined && code.loose === null;
}

/** @returns whether something was */
async function submitted(step: StepPlan, queue: RunQueue, first: Try): Promise<boolean> {
  const results = openResults(findProject(first.folder));
  const puts: Promise<string>[] = [];
  const reader = new LateReader({
    sight: first.origin.sight,
    job: (id, indices) => queue.jobs.get(taskName(id, indices)) ?? null,
    put: (value) => {
      puts.push(results.putValue(value));
      return value.digest;
    },
  });
  const tasks = lateTasks(step, queue, reader);
  await Promise.all(puts);
  if (tasks.length === 0) return false;
  try {
    for (const { tasks: some, dependency } of await batchesOf(tasks)) {
      const specs = await specsOf(step, some, { first, results });
      const batch = await submitBatch(specs, { dependency, numbers: some.map(({ number }) => number) });
      for (const job of batch.jobs) queue.add(step.id, job, true);
    }
  } catch (error) {
    if (!(error instanceof SlurmError)) throw error;
    // Told when its turn comes, as the error of this step.
    queue.refused.add(step.id);
    return false;
  }
  return true;
}

function lateTasks(step: StepPlan, queue: RunQueue, reader: LateReader): readonly LateTask[] {
  let places: readonly Place[] | null;
  try {
    places = reader.places(step);
  } catch {
    // A list or branch that is none: the flow itself reads it next, and fails by it.
    return [];
  }
  return (places ?? []).flatMap((place) => {
    if (queue.seen.has(taskName(step.id, place.indices))) return [];
    const task = lateTask(step, place, reader);
    return task === null ? [] : [task];
  });
}

function lateTask(step: StepPlan, place: Place, reader: LateReader): LateTask | null {
  const inputs: Record<string, LateTask["inputs"][string]> = {};
  const jobs = new Set<Submitted>();
  try {
    for (const [name, binding] of Object.entries(step.inputs)) {
      const input = reader.input(binding, place);
      if (input === null) return null;
      inputs[name] = input.late;
      for (const job of input.jobs) jobs.add(job);
    }
  } catch {
    // A part that a value does not have: as above.
    return null;
  }
  // What waits for nothing is submitted by the flow itself, under its key.
  return jobs.size === 0 ? null : { indices: place.indices, inputs, jobs: [...jobs], number: 0 };
}

interface From {
  readonly first: Try;
  readonly results: Results;
}

async function specsOf(
  step: StepPlan,
  tasks: readonly LateTask[],
  { first, results }: From,
): Promise<readonly TaskSpec[]> {
  const { sight } = first.origin;
  const put = async (value: unknown, name: string): Promise<string> => results.putValue(plainValue(value, name));
  const code = sight.codes.get(step.id);
  const text = code?.runnable == null ? null : await put(code.runnable, "code");
  const [plan, params] = [await put(sight.known.plan, "plan"), await put(sight.known.params, "params")];
  const seeded = seededInputs(step);
  return Promise.all(
    tasks.map(async ({ indices, inputs }): Promise<TaskSpec> => {
      const known: Record<string, string> = {};
      const later: Record<string, string> = {};
      for (const [name, late] of Object.entries(inputs)) {
        if ("digest" in late && late.portable === undefined) known[name] = late.digest;
        else later[name] = await put(late, name);
      }
      const late: LateInputs = { plan, params, inputs: later, seeded };
      return {
        ...{ format: 1, folder: first.folder, runId: first.origin.runId, sources: [], late },
        fresh: first.origin.isFresh(step.id),
        context: { flow: first.context.flow, step: step.id, indices, key: "", seed: 0, attempt: 1 },
        env: environmentOf(step),
        step: { ...step, inputs: {} },
        code: { digest: code?.digest ?? "", text },
        inputs: known,
      };
    }),
  );
}
