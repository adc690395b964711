import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProject, writeDurable } from "../../../../store/index.ts";
import { ownerId } from "../../../keep/index.ts";
import type { TaskSpec } from "../task-spec.ts";
import { sbatch } from "./batch-script.ts";
import { slurm } from "./commands.ts";
import { findOrphans, identityOf } from "./orphans.ts";
import { refusal } from "./refusal.ts";

/** A job that Slurm has taken. */
export interface Submitted {
  /** "12", or of an array "12_3". */
  readonly id: string;
  readonly indices: readonly number[];
  readonly specPath: string;
  readonly logPath: string;
  /** Jobs of its array; 1: it is in none. */
  readonly together: number;
}

/** Jobs that were submitted together: one job, or one job array. */
export interface SubmittedBatch {
  readonly jobs: readonly Submitted[];
}

/** How a batch stands to others. */
export interface BatchPlace {
  /** Of sbatch: "afterok:12", "aftercorr:12"; null: it may start at once. */
  readonly dependency: string | null;
  /** Of each task in its array, where another array is waited for item by item. */
  readonly numbers: readonly number[];
}

/**
 * Submits tasks of one step as one job or job array; one that a process which is gone has submitted, and that may still
 * end, is taken over instead.
 *
 * @param specs at least one
 * @returns a job for each, in their order
 * @throws {SlurmError} in words
 */
export async function submitBatch(specs: readonly TaskSpec[], place: BatchPlace): Promise<SubmittedBatch> {
  const orphans = await findOrphans(specs);
  const known = specs.map((spec) => orphans.get(identityOf(spec)) ?? null);
  const isNew = <T>(_: T, i: number): boolean => known[i] === null;
  const left = specs.filter(isNew);
  const made = left.length === 0 ? [] : await submitNew(left, { ...place, numbers: place.numbers.filter(isNew) });
  let next = 0;
  return {
    jobs: specs.map((spec, i) => ({ ...(known[i] ?? (made[next++] as Submitted)), indices: spec.context.indices })),
  };
}

async function submitNew(
  specs: readonly TaskSpec[],
  { dependency, numbers }: BatchPlace,
): Promise<readonly Submitted[]> {
  const [first] = specs;
  if (first === undefined) throw new RangeError("A batch of no tasks");
  const { step, context, folder: workingFolder, runId } = first;
  const name = `${context.step}-${randomBytes(4).toString("hex")}`;
  const folder = join(findProject(workingFolder).stemmaFolder, "slurm", runId, name);
  mkdirSync(folder, { recursive: true });
  const at = (i: number): string => join(folder, `spec-${numbers[i] ?? i}.json`);
  for (const [i, spec] of specs.entries()) writeFileSync(at(i), JSON.stringify(spec));
  const batch = {
    ...{ name: `${context.flow}/${context.step}`, folder, workingFolder, step, dependency },
    numbers: specs.map((_, i) => numbers[i] ?? i),
  };
  const { args, script } = sbatch({ ...batch, exec: execCommand() });
  const said = await slurm("sbatch", args, { input: script, env: first.env }).catch((error: unknown) =>
    refusal(error, step),
  );
  const id = said.trim().split(";")[0] ?? "";
  const jobs = specs.map(({ context: { indices } }, i) => ({
    id: specs.length === 1 ? id : `${id}_${numbers[i] ?? i}`,
    indices,
    specPath: at(i),
    logPath: join(folder, `log-${numbers[i] ?? i}.txt`),
    together: specs.length,
  }));
  // For a process that comes after this one has died.
  writeDurable(join(folder, "batch.json"), JSON.stringify({ owner: ownerId, jobs }));
  return jobs;
}

function execCommand(): readonly string[] {
  const own = import.meta.url.endsWith(".ts") ? "../../../../cli/main.ts" : "../../../../cli/main.js";
  return [process.execPath, fileURLToPath(new URL(own, import.meta.url)), "exec"];
}
