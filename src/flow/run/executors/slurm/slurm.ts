import { existsSync } from "node:fs";
import { errorFrom, StemmaError } from "../../../../error.ts";
import { findProject } from "../../../../store/index.ts";
import { openResults } from "../../../keys/index.ts";
import { plainValue } from "../../../values/index.ts";
import type { Outcome, Try } from "../executor.ts";
import type { SpecOutcome, TaskSpec } from "../task-spec.ts";
import { submitFollowers } from "./ahead.ts";
import { arraySize, SlurmError } from "./commands.ts";
import { cancelJob, watchJob } from "./jobs.ts";
import { queueOf } from "./run-queue.ts";
import { type Submitted, submitBatch } from "./submit.ts";

interface Waiting {
  readonly attempt: Try;
  readonly spec: TaskSpec;
  readonly submitted: (job: Submitted) => void;
  readonly failed: (error: unknown) => void;
}

/** The items of a map become ready together; they are waited for so long to be one job array. */
const gatherMs = 50;

const gathering = new Map<string, Waiting[]>();

/**
 * Runs a step as a Slurm job, the items of a map as one job array. Code and inputs lie in the project's store, which the
 * machines of the cluster have to see; the result is kept there by the job itself. Steps that need nothing but these
 * results are submitted with it and wait in Slurm's queue.
 */
export async function runInSlurm(attempt: Try): Promise<Outcome> {
  attempt.signal.throwIfAborted();
  return (await submittedAhead(attempt)) ?? submittedNow(attempt);
}

async function submittedNow(attempt: Try): Promise<Outcome> {
  const spec = await specOf(attempt);
  const job = await new Promise<Submitted>((submitted, failed) => gather({ attempt, spec, submitted, failed }));
  return outcomeOf(await outcomeFile(job, attempt), attempt);
}

// Null where nothing was submitted ahead, or came of it: what it waited for was tried again, or it saw other inputs.
async function submittedAhead(attempt: Try): Promise<Outcome | null> {
  const job = queueOf(attempt).takeAhead(attempt.context.step, attempt.context.indices);
  if (job === null) return null;
  try {
    const outcome = await outcomeFile(job, attempt);
    if (outcome.state === "done" && outcome.key !== attempt.context.key) return null;
    return outcomeOf(outcome, attempt);
  } catch (error) {
    // One that never began was taken out of the queue with what it waited for.
    if (error instanceof SlurmError && error.code === "SLURM_JOB" && !existsSync(job.logPath)) return null;
    throw error;
  }
}

function gather(waiting: Waiting): void {
  const { step, context, folder, origin } = waiting.attempt;
  const kind = JSON.stringify([origin.runId, context.step, folder, step.resources, step.timeoutMs]);
  const others = gathering.get(kind);
  if (others !== undefined) {
    others.push(waiting);
    return;
  }
  gathering.set(kind, [waiting]);
  setTimeout(() => {
    const all = gathering.get(kind) ?? [];
    gathering.delete(kind);
    void submitAll(all);
  }, gatherMs);
}

async function submitAll(all: readonly Waiting[]): Promise<void> {
  const size = await arraySize();
  const sorted = [...all].sort((a, b) => compared(a.attempt.context.indices, b.attempt.context.indices));
  for (let i = 0; i < sorted.length; i += size) await submit(sorted.slice(i, i + size));
}

function compared(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((index, i) => index !== b[i]);
  return at === -1 ? 0 : (a[at] ?? 0) - (b[at] ?? 0);
}

async function submit(all: readonly Waiting[]): Promise<void> {
  const wanted = all.filter(({ attempt }) => !attempt.signal.aborted);
  for (const { attempt, failed } of all) if (attempt.signal.aborted) failed(attempt.signal.reason);
  const [first] = wanted;
  if (first === undefined) return;
  try {
    const specs = wanted.map(({ spec }) => spec);
    const { jobs } = await submitBatch(specs, { dependency: null, numbers: specs.map((_, i) => i) });
    const queue = queueOf(first.attempt);
    for (const job of jobs) queue.add(first.attempt.context.step, job, false);
    for (const [i, { submitted }] of wanted.entries()) submitted(jobs[i] as Submitted);
    await submitFollowers(first.attempt);
  } catch (error) {
    for (const { failed } of wanted) failed(error);
  }
}

function outcomeFile(job: Submitted, attempt: Try): Promise<SpecOutcome> {
  const { signal, sink, step } = attempt;
  return new Promise((ended, failed) => {
    const stop = (): void => {
      cancelJob(job.id, (text) => sink.print("stderr", text));
      failed(signal.reason);
    };
    const over = (settle: () => void): void => {
      signal.removeEventListener("abort", stop);
      settle();
    };
    watchJob({
      ...job,
      step,
      print: (text) => sink.print("stdout", text),
      ended: (outcome) => {
        if (outcome.state === "failed") queueOf(attempt).failed(step.id, job.indices);
        over(() => ended(outcome));
      },
      failed: (error) => {
        queueOf(attempt).failed(step.id, job.indices);
        over(() => failed(error));
      },
    });
    signal.addEventListener("abort", stop);
    if (signal.aborted) stop();
  });
}

async function specOf({ step, code, inputs, context, origin, env, folder }: Try): Promise<TaskSpec> {
  const results = openResults(findProject(folder));
  const [text, ...digests] = await Promise.all([
    code.runnable === null ? null : results.putValue(plainValue(code.runnable, "code")),
    ...Object.values(inputs).map((value) => results.putValue(value)),
  ]);
  return {
    ...{ format: 1, folder, context, env, late: null },
    runId: origin.runId,
    fresh: origin.isFresh(step.id),
    sources: origin.sources,
    step: { ...step, inputs: {} },
    code: { digest: code.digest, text },
    inputs: Object.fromEntries(Object.keys(inputs).map((name, i) => [name, digests[i] ?? ""])),
  };
}

// The job has kept its result under the task's key.
function outcomeOf(outcome: SpecOutcome, { folder, context }: Try): Outcome {
  if (outcome.state === "failed") throw errorFrom(outcome.error);
  const kept = openResults(findProject(folder)).find(outcome.key);
  if (kept !== null) return { text: kept.text(), digest: kept.digest };
  throw new StemmaError(
    "MISSING_RESULT",
    `The job of ${context.step} ended, and its result is not in the store of ${folder}. Do the machines of the cluster share that folder?`,
  );
}
