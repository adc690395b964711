import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProject } from "../../../../store/index.ts";
import type { TaskSpec } from "../task-spec.ts";
import { sbatch } from "./batch-script.ts";
import { slurm } from "./commands.ts";

/** A job that Slurm has taken. */
export interface Submitted {
  readonly id: string;
  readonly indices: readonly number[];
  readonly specPath: string;
  readonly logPath: string;
}

/** Jobs that were submitted together: one job, or one job array. */
export interface SubmittedBatch {
  /** Of the job or the array. */
  readonly id: string;
  readonly jobs: readonly Submitted[];
}

/**
 * Submits tasks of one step as one job or job array.
 *
 * @param specs at least one
 * @param dependency of sbatch: "afterok:12", "aftercorr:12"; null: it may start at once
 */
export async function submitBatch(specs: readonly TaskSpec[], dependency: string | null): Promise<SubmittedBatch> {
  const [first] = specs;
  if (first === undefined) throw new RangeError("A batch of no tasks");
  const { step, context, folder: workingFolder, runId } = first;
  const name = `${context.step}-${randomBytes(4).toString("hex")}`;
  const folder = join(findProject(workingFolder).stemmaFolder, "slurm", runId, name);
  mkdirSync(folder, { recursive: true });
  const at = (i: number): string => join(folder, `spec-${i}.json`);
  for (const [i, spec] of specs.entries()) writeFileSync(at(i), JSON.stringify(spec));
  const batch = {
    name: `${context.flow}/${context.step}`,
    folder,
    workingFolder,
    count: specs.length,
    step,
    dependency,
  };
  const { args, script } = sbatch({ ...batch, exec: execCommand() });
  const id = (await slurm("sbatch", args, script)).trim().split(";")[0] ?? "";
  const jobs = specs.map(({ context: { indices } }, i) => ({
    id: specs.length === 1 ? id : `${id}_${i}`,
    indices,
    specPath: at(i),
    logPath: join(folder, `log-${i}.txt`),
  }));
  return { id, jobs };
}

function execCommand(): readonly string[] {
  const own = import.meta.url.endsWith(".ts") ? "../../../../cli/main.ts" : "../../../../cli/main.js";
  return [process.execPath, fileURLToPath(new URL(own, import.meta.url)), "exec"];
}
