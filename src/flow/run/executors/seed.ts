import { sha256 } from "../../digest.ts";
import type { Task } from "../task.ts";

/**
 * The seed of a task's `ctx.random`, a whole number from 0 until before 2^53: the step's own where it gives one, else made
 * of its key, so that a kept result is what any run of its code with its inputs gives. A step that is never kept may
 * draw differently for each item.
 *
 * @param key without what makes it unique for a step that is never kept
 */
export function seedOf({ step, place }: Pick<Task, "step" | "place">, key: string): number {
  if (step.seed !== null && place.indices.length === 0) return step.seed;
  const parts = [step.seed, key, ...(step.cache ? [] : place.indices)];
  return Number(BigInt(`0x${sha256(JSON.stringify(parts)).slice(0, 16)}`) >> 11n);
}
