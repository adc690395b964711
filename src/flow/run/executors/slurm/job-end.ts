import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { SlurmError } from "./commands.ts";
import type { Asked } from "./refusal.ts";

/** What slurmstepd writes at the end of a job's log, where its state does not say it: the limit can be the job's, its step's or its control group's. */
const lastWords: readonly (readonly [RegExp, string])[] = [
  [/slurmstepd.*(exceeded (job )?memory limit|oom.kill)/i, "OUT_OF_MEMORY"],
  [/slurmstepd.*DUE TO TIME LIMIT/, "TIMEOUT"],
  [/slurmstepd.*DUE TO PREEMPTION/, "PREEMPTED"],
  [/slurmstepd.*DUE TO NODE FAILURE/, "NODE_FAIL"],
];
const tailBytes = 4000;

/** How Slurm ended a job, as it says in the job's log; null where it says nothing. */
export function stateInLog(path: string): string | null {
  if (!existsSync(path)) return null;
  const file = openSync(path, "r");
  try {
    const start = Math.max(0, fstatSync(file).size - tailBytes);
    const tail = Buffer.alloc(tailBytes);
    const text = tail.subarray(0, readSync(file, tail, 0, tailBytes, start)).toString("utf8");
    return lastWords.find(([words]) => words.test(text))?.[1] ?? null;
  } finally {
    closeSync(file);
  }
}

/**
 * A job that ended without an outcome, in words.
 *
 * @param state Slurm's: "TIMEOUT", "CANCELLED, …"
 * @param log a sentence that names it, or nothing
 */
export function endError(
  { id, step }: { readonly id: string; readonly step: Asked },
  state: string,
  log: string,
): SlurmError {
  const [word = ""] = state.split(/[ ,+]/);
  const memory = step.resources?.memoryMb ?? null;
  const asked = memory === null ? "the cluster gives a job that asks for none" : `the ${memory} MB that it asks for`;
  const more = memory === null ? "4GB" : `${Math.ceil(memory * 2)}MB`;
  const said: Readonly<Record<string, readonly [string, string]>> = {
    OUT_OF_MEMORY: [
      "STEP_MEMORY",
      `Slurm killed job ${id} of ${step.id}: it needed more memory than ${asked}. Give it more: { resources: { memory: "${more}" } }.`,
    ],
    TIMEOUT: [
      "STEP_TIMEOUT",
      `Slurm ended job ${id} of ${step.id} at its time limit. ${step.timeoutMs === null ? 'The partition sets it where the step has none; ask for more: { timeout: "8h" }' : 'Give it more: { timeout: "8h" }'}.`,
    ],
    NODE_FAIL: [
      "SLURM_JOB",
      `The node of Slurm job ${id} of ${step.id} failed. Another try gets another node: { retry: { attempts: 2 } }.`,
    ],
    BOOT_FAIL: [
      "SLURM_JOB",
      `The node of Slurm job ${id} of ${step.id} did not start. Another try gets another node: { retry: { attempts: 2 } }.`,
    ],
    PREEMPTED: [
      "SLURM_JOB",
      `Slurm took job ${id} of ${step.id} away for a more urgent one. Another try waits its turn: { retry: { attempts: 3 } }.`,
    ],
    CANCELLED: [
      "SLURM_JOB",
      `Slurm job ${id} of ${step.id} ended without a result (${state}): somebody cancelled it, by scancel or its account's limits.`,
    ],
    forgotten: [
      "SLURM_JOB",
      `Slurm no longer knows job ${id} of ${step.id}, and no result of it came. Do the machines of the cluster share the project's folder?`,
    ],
    COMPLETED: [
      "SLURM_JOB",
      `Slurm job ${id} of ${step.id} completed, and no result of it came. Do the machines of the cluster share the project's folder?`,
    ],
  };
  const [code, text] = said[word] ?? ["SLURM_JOB", `Slurm job ${id} of ${step.id} ended without a result (${state}).`];
  return new SlurmError(code, `${text}${log}`);
}
