import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { errorFrom, StemmaError } from "../../../../error.ts";
import { findProject } from "../../../../store/index.ts";
import { openResults } from "../../../results.ts";
import { plainValue } from "../../../value.ts";
import type { Executor, Outcome, Try } from "../executor.ts";
import type { SpecOutcome, TaskSpec } from "../task-spec.ts";
import { sbatch } from "./batch-script.ts";
import { slurm } from "./commands.ts";
import { cancelJob, watchJob } from "./jobs.ts";

interface Waiting {
  readonly attempt: Try;
  readonly spec: TaskSpec;
  readonly submitted: (job: Submitted) => void;
  readonly failed: (error: unknown) => void;
}

interface Submitted {
  readonly id: string;
  readonly specPath: string;
  readonly logPath: string;
}

/** The items of a map become ready together; they are waited for so long to be one job array. */
const gatherMs = 50;
/** Jobs of one array: Slurm's own limit, where nobody changed it, is 1,001. */
const arraySize = 1000;

const gathering = new Map<string, Waiting[]>();

/**
 * Runs a step as a Slurm job, the items of a map as one job array. Code and inputs lie in the project's store, which the
 * machines of the cluster have to see; the result is kept there by the job itself.
 */
export const runInSlurm: Executor = async (attempt) => {
  const { signal } = attempt;
  signal.throwIfAborted();
  const spec = await specOf(attempt);
  const job = await new Promise<Submitted>((submitted, failed) => gather({ attempt, spec, submitted, failed }));
  return outcomeOf(await outcomeFile(job, attempt), attempt);
};

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
    for (let i = 0; i < all.length; i += arraySize) void submit(all.slice(i, i + arraySize));
  }, gatherMs);
}

async function submit(all: readonly Waiting[]): Promise<void> {
  const wanted = all.filter(({ attempt }) => !attempt.signal.aborted);
  for (const { attempt, failed } of all) if (attempt.signal.aborted) failed(attempt.signal.reason);
  const [first] = wanted;
  if (first === undefined) return;
  try {
    const { step, context, folder } = first.attempt;
    const specs = join(findProject(folder).stemmaFolder, "slurm", first.spec.runId, batchName(context.step));
    mkdirSync(specs, { recursive: true });
    for (const [i, { spec }] of wanted.entries()) writeFileSync(join(specs, `spec-${i}.json`), JSON.stringify(spec));
    const name = `${context.flow}/${context.step}`;
    const batch = { name, folder: specs, workingFolder: folder, count: wanted.length, step, exec: execCommand() };
    const { args, script } = sbatch(batch);
    const id = (await slurm("sbatch", args, script)).trim().split(";")[0] ?? "";
    for (const [i, { submitted }] of wanted.entries()) {
      const job = wanted.length === 1 ? id : `${id}_${i}`;
      submitted({ id: job, specPath: join(specs, `spec-${i}.json`), logPath: join(specs, `log-${i}.txt`) });
    }
  } catch (error) {
    for (const { failed } of wanted) failed(error);
  }
}

function batchName(step: string): string {
  return `${step}-${randomBytes(4).toString("hex")}`;
}

function execCommand(): readonly string[] {
  const own = import.meta.url.endsWith(".ts") ? "../../../../cli/main.ts" : "../../../../cli/main.js";
  return [process.execPath, fileURLToPath(new URL(own, import.meta.url)), "exec"];
}

function outcomeFile(job: Submitted, { signal, sink }: Try): Promise<SpecOutcome> {
  return new Promise((ended, failed) => {
    const stop = (): void => {
      cancelJob(job.id);
      failed(signal.reason);
    };
    const over = (settle: () => void): void => {
      signal.removeEventListener("abort", stop);
      settle();
    };
    watchJob({
      ...job,
      print: (text) => sink.print("stdout", text),
      ended: (outcome) => over(() => ended(outcome)),
      failed: (error) => over(() => failed(error)),
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
    ...{ format: 1, folder, context, env, ...origin },
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
