import { availableParallelism, totalmem } from "node:os";
import type { StepPlan } from "../../plan/index.ts";
import type { RunPlace } from "./attempts.ts";
import { SharedGpus } from "./gpu-claims.ts";
import { GpuError, type Gpus, gpusHere } from "./gpus.ts";
import { type Entry, Room, type Seat } from "./room.ts";
import { threadLimit } from "./threads.ts";

const cores = Math.max(availableParallelism(), threadLimit);
const machineMb = memoryMb();

/** Steps of the notebook's thread have places of their own: they wait for others more than they work. */
const room = new Room({ inline: threadLimit, worker: threadLimit, cpu: cores, memory: machineMb }, new SharedGpus());

const noGpus: Gpus = { names: [], source: "", env: {} };

// A container may have less than the machine.
function memoryMb(): number {
  const limit = process.constrainedMemory?.() ?? 0;
  const bytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
  return Math.floor(bytes / 1024 / 1024);
}

/**
 * Waits until a step may run on this machine: for a worker, its cores, its memory and its GPUs.
 *
 * @throws {GpuError} there are fewer than it asks for @throws the signal's reason
 */
export async function localSeat(step: StepPlan, place: RunPlace, wants: Omit<Entry, "here">): Promise<Seat> {
  const { cpu, memoryMb: memory, gpu } = step.resources ?? { cpu: null, memoryMb: null, gpu: null };
  const weight = Math.ceil(cpu ?? 1);
  const take = place === "inline" ? { inline: weight } : { worker: 1, cpu: weight };
  const here = gpu === null || gpu === 0 ? noGpus : await gpusHere();
  if (gpu !== null && gpu > here.names.length) throw new GpuError(step.id, gpu, here);
  const needs = { take: memory === null ? take : { ...take, memory: Math.ceil(memory) }, gpus: gpu ?? 0 };
  return room.enter(needs, { ...wants, here });
}

/**
 * What a run's author should know before it begins: steps that ask for more than this machine has.
 *
 * @param willRun whether it is certain that a step runs, so that it is no use to begin without its GPUs
 * @throws {GpuError} there are fewer than a step asks for that runs for certain
 */
export async function resourceNotes(
  steps: readonly StepPlan[],
  willRun: (step: StepPlan) => boolean,
): Promise<readonly string[]> {
  const here = steps.filter(({ run, resources }) => run !== "slurm" && resources !== null);
  for (const step of here) {
    const wanted = step.resources?.gpu ?? 0;
    if (wanted === 0 || !willRun(step)) continue;
    const gpus = await gpusHere();
    if (wanted > gpus.names.length) throw new GpuError(step.id, wanted, gpus);
  }
  return here.flatMap(({ id, resources }) => {
    const { cpu = null, memoryMb: memory = null } = resources ?? {};
    const alone = "there is no more here: it runs alone";
    return [
      ...(cpu !== null && cpu > cores ? [`${id} asks for ${cpu} CPUs and gets ${cores}, ${alone}`] : []),
      ...(memory !== null && memory > machineMb
        ? [`${id} asks for ${memory} MB of memory and may use ${machineMb}, ${alone}`]
        : []),
    ];
  });
}
