import type { LateValue } from "../late-value.ts";
import { arraySize } from "./commands.ts";
import type { Submitted } from "./submit.ts";

/** A task that waits for others in Slurm's queue. */
export interface LateTask {
  readonly indices: readonly number[];
  readonly inputs: Readonly<Record<string, LateValue>>;
  /** Those that make its inputs. */
  readonly jobs: readonly Submitted[];
  /** Its number in its array. */
  readonly number: number;
}

/** Tasks of one step that are submitted together. */
export interface LateBatch {
  readonly tasks: readonly LateTask[];
  /** As sbatch has it. */
  readonly dependency: string;
}

/** Tasks as arrays: an item that needs the item of the same number of another array waits for that alone. */
export async function batchesOf(tasks: readonly LateTask[]): Promise<readonly LateBatch[]> {
  const size = await arraySize();
  // Those that need the same arrays go together.
  const groups = Map.groupBy(tasks, ({ jobs }) => [...new Set(jobs.map(arrayOf))].join(" "));
  return [...groups.values()].flatMap((group) => {
    const batches: LateBatch[] = [];
    for (let i = 0; i < group.length; i += size) batches.push(batchOf(group.slice(i, i + size)));
    return batches;
  });
}

function batchOf(group: readonly LateTask[]): LateBatch {
  const arrays = [...new Set(group.flatMap(({ jobs }) => jobs.map(arrayOf)))];
  const numbers = arrays.map((array) => numbersIn(group, array));
  const itemwise = numbers.find((found) => found !== null) ?? null;
  const isItemwise = (i: number): boolean => itemwise !== null && String(numbers[i]) === String(itemwise);
  const corr = arrays.filter((_, i) => isItemwise(i));
  const wait = arrays.filter((_, i) => !isItemwise(i)).flatMap((array) => idsIn(group, array));
  const dependency = [
    ...(corr.length === 0 ? [] : [`aftercorr:${corr.join(":")}`]),
    ...(wait.length === 0 ? [] : [`afterok:${wait.join(":")}`]),
  ].join(",");
  return { tasks: group.map((task, i) => ({ ...task, number: itemwise?.[i] ?? i })), dependency };
}

// The number of the one task of an array that each of the group needs; null where that is not so, or the same for two.
function numbersIn(group: readonly LateTask[], array: string): readonly number[] | null {
  const numbers = group.map(({ jobs }) => {
    const own = jobs.filter((job) => arrayOf(job) === array);
    return own.length === 1 ? numberOf(own[0] as Submitted) : null;
  });
  if (group.length < 2 || numbers.includes(null) || new Set(numbers).size < numbers.length) return null;
  return numbers as readonly number[];
}

function idsIn(group: readonly LateTask[], array: string): readonly string[] {
  const jobs = new Map(group.flatMap((task) => task.jobs.map((job) => [job.id, job] as const)));
  const own = [...jobs.values()].filter((job) => arrayOf(job) === array);
  // All of an array is said by its name.
  return own.length === own[0]?.together ? [array] : own.map(({ id }) => id);
}

function arrayOf({ id }: Submitted): string {
  return id.split("_")[0] ?? id;
}

function numberOf({ id }: Submitted): number | null {
  const number = id.split("_")[1];
  return number === undefined ? null : Number(number);
}
