import { sha256 } from "../../encoding/index.ts";
import type { TaskKey } from "../../keys/index.ts";
import type { Binding, StepPlan } from "../../plan/index.ts";
import { portableText, type Value } from "../../values/index.ts";
import type { Task } from "../task.ts";
import { itemSeed, seedFrom } from "./random.ts";

/**
 * The seed of a task's `ctx.random`, a whole number from 0 until before 2^53: the step's own where it gives one, and for
 * each item one made of that and of its inputs, as an exported pipeline makes it too; else made of the key, so that a
 * kept result is what any run of its code with its inputs gives. A step that is never kept may draw differently for each item.
 *
 * @param made its key, without what makes it unique for a step that is never kept
 * @param seeded where the step is without its wiring: {@link seededInputs} of it
 */
export function seedOf(
  { step, place }: Pick<Task, "step" | "place">,
  made: Pick<TaskKey, "key" | "inputs">,
  seeded: readonly string[] = seededInputs(step),
): number {
  const { indices } = place;
  if (step.seed === null) return seedFrom(sha256(JSON.stringify([null, made.key, ...(step.cache ? [] : indices)])));
  if (indices.length === 0) return step.seed;
  const texts = seeded.map((name) => [name, textOf(made.inputs[name])] as const);
  return itemSeed(step.seed, { texts, indices: step.cache ? [] : indices }, sha256);
}

// By what lies there, not by where: the same project in another folder draws the same.
function textOf(value: Value | undefined): string {
  return value === undefined ? "" : portableText(value);
}

/** Names of the inputs that tell items apart; a file that all of them get does not. */
export function seededInputs({ inputs }: Pick<StepPlan, "inputs">): readonly string[] {
  const names = Object.entries(inputs).filter(([, binding]) => !holdsFile(binding));
  return names.map(([name]) => name).sort();
}

function holdsFile(binding: Binding): boolean {
  if (binding.from === "list") return binding.items.some(holdsFile);
  return binding.from === "record" ? Object.values(binding.fields).some(holdsFile) : binding.from === "file";
}
