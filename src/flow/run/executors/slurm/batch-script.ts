import type { Resources, StepPlan } from "../../../plan/index.ts";

/** Jobs that differ in their number only: one job, or one job array. */
export interface Batch {
  /** Shown by squeue. */
  readonly name: string;
  /** Specs and logs of the jobs: `spec-0.json`, `log-0.txt`. */
  readonly folder: string;
  readonly workingFolder: string;
  /** Of each job in the array; one number: it is a job by itself. */
  readonly numbers: readonly number[];
  readonly step: Pick<StepPlan, "resources" | "timeoutMs">;
  /** Command that runs a spec: program and arguments before its path. */
  readonly exec: readonly string[];
  /** What it waits for, as sbatch names it; null: nothing. */
  readonly dependency: string | null;
}

/**
 * Arguments of sbatch, and the script that it reads from its stdin. Everything else is the user's: SBATCH_PARTITION,
 * SBATCH_ACCOUNT, … which sbatch reads itself, and the words of STEMMA_SBATCH, which stand last and count most.
 */
export function sbatch(batch: Batch): { readonly args: readonly string[]; readonly script: string } {
  const { name, folder, workingFolder, numbers, step } = batch;
  const isOne = numbers.length === 1;
  const args = [
    "--parsable",
    `--job-name=${name}`,
    `--chdir=${workingFolder}`,
    `--output=${folder.replaceAll("%", "%%")}/log-${isOne ? numbers[0] : "%a"}.txt`,
    "--open-mode=append",
    // What runs twice is told apart by nobody: a lost job is tried again by the step's own policy.
    "--no-requeue",
    ...(isOne ? [] : [`--array=${rangesOf(numbers)}`]),
    ...(batch.dependency === null ? [] : [`--dependency=${batch.dependency}`, "--kill-on-invalid-dep=yes"]),
    ...resourceOptions(step.resources),
    ...(step.timeoutMs === null ? [] : [`--time=${limitMinutes(step.timeoutMs)}`]),
    ...words(process.env["STEMMA_SBATCH"] ?? ""),
  ];
  const index = isOne ? String(numbers[0]) : '"$SLURM_ARRAY_TASK_ID"';
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

/** As sbatch has them: "0-2,5". */
function rangesOf(numbers: readonly number[]): string {
  const sorted = [...numbers].sort((a, b) => a - b);
  const ranges: [number, number][] = [];
  for (const number of sorted) {
    const last = ranges.at(-1);
    if (last !== undefined && last[1] === number - 1) last[1] = number;
    else ranges.push([number, number]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(",");
}

/** Words as a shell has them: `--qos=long --comment="my own"`. */
function words(text: string): readonly string[] {
  const found = text.match(/(?:[^\s"']|"[^"]*"|'[^']*')+/g) ?? [];
  return found.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
