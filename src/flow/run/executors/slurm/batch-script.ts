import type { Resources, StepPlan } from "../../../plan.ts";

/** Jobs that differ in their number only: one job, or one job array. */
export interface Batch {
  /** Shown by squeue. */
  readonly name: string;
  /** Specs and logs of the jobs: `spec-0.json`, `log-0.txt`. */
  readonly folder: string;
  readonly workingFolder: string;
  readonly count: number;
  readonly step: Pick<StepPlan, "resources" | "timeoutMs">;
  /** Command that runs a spec: program and arguments before its path. */
  readonly exec: readonly string[];
  /** What it waits for, as sbatch names it; null: nothing. */
  readonly dependency: string | null;
}

/** Arguments of sbatch, and the script that it reads from its stdin. Everything else is the user's: SBATCH_PARTITION, SBATCH_ACCOUNT, … */
export function sbatch(batch: Batch): { readonly args: readonly string[]; readonly script: string } {
  const { name, folder, workingFolder, count, step } = batch;
  const args = [
    "--parsable",
    `--job-name=${name}`,
    `--chdir=${workingFolder}`,
    `--output=${folder.replaceAll("%", "%%")}/log-${count === 1 ? "0" : "%a"}.txt`,
    "--open-mode=append",
    // What runs twice is told apart by nobody: a lost job is tried again by the step's own policy.
    "--no-requeue",
    ...(count === 1 ? [] : [`--array=0-${count - 1}`]),
    ...(batch.dependency === null ? [] : [`--dependency=${batch.dependency}`, "--kill-on-invalid-dep=yes"]),
    ...resourceOptions(step.resources),
    ...(step.timeoutMs === null ? [] : [`--time=${limitMinutes(step.timeoutMs)}`]),
  ];
  const index = count === 1 ? "0" : '"$SLURM_ARRAY_TASK_ID"';
  const command = [...batch.exec, folder].map(quoted).join(" ");
  return { args, script: `#!/bin/sh\nexec ${command}/spec-${index}.json\n` };
}

function resourceOptions(resources: Resources | null): readonly string[] {
  const { cpu = null, memoryMb = null, gpu = null } = resources ?? {};
  return [
    ...(cpu === null ? [] : [`--cpus-per-task=${Math.max(1, Math.ceil(cpu))}`]),
    ...(memoryMb === null ? [] : [`--mem=${Math.ceil(memoryMb) + overheadMb}M`]),
    ...(gpu === null || gpu === 0 ? [] : [`--gres=gpu:${gpu}`]),
  ];
}

/** What a task needs besides its step: Node twice. */
const overheadMb = 256;

// The task ends itself at the second; Slurm, which counts in minutes, is there for one that cannot.
function limitMinutes(timeoutMs: number): number {
  return Math.ceil(timeoutMs / 60_000) + 2;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
