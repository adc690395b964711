import { bodyOnlyKind } from "../define/index.ts";
import type { Draft } from "./draft.ts";
import { keep, mistake, type Walk } from "./walk.ts";

/** Tells that a step uses what only the body of its flow has; null for any other value. */
export function bodyOnlyDraft(value: object, label: string, walk: Walk): Draft | null {
  if (!refuseBodyOnly(value, { label, part: null }, walk)) return null;
  return keep(value, { kind: "constant", label, text: "null" }, walk);
}

/**
 * Whether a value is there in the body only, which is told.
 *
 * @param part what is read of it: `n` in `p.n`
 */
export function refuseBodyOnly(
  value: unknown,
  { label, part }: { readonly label: string; readonly part: string | null },
  walk: Walk,
): boolean {
  const kind = bodyOnlyKind(value);
  if (kind === "builder") {
    const call = `${label}.${part ?? "step"}()`;
    const way = `Write ${call} in the body, and give the step what it needs as an input.`;
    mistake(`it uses \`${label}\`, which wires steps and is there in the body only`, walk, way);
  }
  if (kind === "params") {
    const read = part === null ? label : `${label}.${part}`;
    const given = part === null ? `{ ...${label} }` : `{ ${part}: ${read} }`;
    const inputs = part === null ? "inputs" : `{ ${part} }`;
    const fn = walk.isNameless ? `(${inputs}) => …` : (walk.via[0] ?? "step");
    const told = `it uses \`${read}\`, which has no value yet when the flow is defined`;
    mistake(told, walk, `Give it as an input: f.step(${fn}, ${given}).`);
  }
  return kind !== null;
}
