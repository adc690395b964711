import type { StepPlan } from "../../../plan.ts";
import { SlurmError, SlurmRefusedError, slurm } from "./commands.ts";

type Asked = Pick<StepPlan, "id" | "resources" | "timeoutMs">;

/** What Slurm says when it takes no job, and what its user can do. */
const ways: readonly (readonly [RegExp, string])[] = [
  [/invalid partition/i, "Name another: process.env.SBATCH_PARTITION, or --partition in STEMMA_SBATCH."],
  [/invalid account|account.*partition/i, "Name another: process.env.SBATCH_ACCOUNT, or --account in STEMMA_SBATCH."],
  [/invalid qos/i, "Name another: process.env.SBATCH_QOS, or --qos in STEMMA_SBATCH."],
  [
    /node configuration|memory specification|cpu count|node count|generic resource|gres/i,
    "No node has that much: ask for less in { resources }, or name another partition: SBATCH_PARTITION.",
  ],
  [/time limit/i, "Give the step less: { timeout }, or name another partition: SBATCH_PARTITION."],
  [
    /contact slurm controller|connection refused|configuration source|conf file/i,
    "Is this a machine where jobs are submitted? Try sinfo; SLURM_CONF names the cluster's settings.",
  ],
  [/job.*limit|QOSMax|AssocMax|AssocGrp/i, "Let some of your jobs end first, or give the map a { max }."],
];

/** Why a job was not taken, in words. @throws {SlurmError} always */
export async function refusal(error: unknown, step: Asked): Promise<never> {
  if (!(error instanceof SlurmRefusedError)) throw error;
  const lines = error.said.split("\n").map((line) => line.replace(/^sbatch: (error: )?/, "").trim());
  const told = [...new Set(lines.filter((line) => line !== ""))].join("; ");
  const way = ways.find(([pattern]) => pattern.test(told))?.[1] ?? "";
  const partitions = /invalid partition/i.test(told) ? await partitionNames() : "";
  const words = [`Slurm did not take the job of ${step.id}${askedFor(step)}: ${told}.`, partitions, way];
  throw new SlurmError("SLURM_REFUSED", words.filter((text) => text !== "").join(" "), { cause: error });
}

async function partitionNames(): Promise<string> {
  const out = await slurm("sinfo", ["--noheader", "--format=%R"]).catch(() => "");
  const names = [...new Set(out.split("\n").map((line) => line.trim()))].filter((name) => name !== "");
  return names.length === 0 ? "" : `Partitions here: ${names.join(", ")}.`;
}

function askedFor({ resources }: Asked): string {
  const { cpu = null, memoryMb = null, gpu = null } = resources ?? {};
  const asked = [
    ...(cpu === null ? [] : [`${cpu} CPUs`]),
    ...(memoryMb === null ? [] : [`${memoryMb} MB of memory`]),
    ...(gpu === null ? [] : [`${gpu} GPUs`]),
  ];
  return asked.length === 0 ? "" : `, which asks for ${asked.join(", ")}`;
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
      `Slurm job ${id} ended without a result (${state}): somebody cancelled it, by scancel or its account's limits.`,
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
  const [code, text] = said[word] ?? ["SLURM_JOB", `Slurm job ${id} ended without a result (${state}).`];
  return new SlurmError(code, `${text}${log}`);
}
