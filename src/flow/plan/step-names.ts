import type { Plan } from "./plan.ts";

/** The ids of the steps that a name stands for: a step's id or its name, or a sub-flow with all that is in it. Empty where there is none. */
export function stepsNamed({ steps }: Plan, name: string): readonly string[] {
  const found = steps.filter(
    (step) => step.id === name || step.name === name || step.group === name || step.group?.startsWith(`${name}/`),
  );
  return found.map(({ id }) => id);
}
