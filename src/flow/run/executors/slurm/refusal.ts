import type { StepPlan } from "../../../plan/index.ts";
import { SlurmError, SlurmRefusedError, slurm } from "./commands.ts";

/** What a step asked for. */
export type Asked = Pick<StepPlan, "id" | "resources" | "timeoutMs">;

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
