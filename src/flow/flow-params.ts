import type { Json } from "../track/index.ts";
import { jsonOf } from "./encoding/index.ts";
import { didYouMean } from "./near-name.ts";
import type { Plan } from "./plan/index.ts";

/** The params of one run: the plan's, with some replaced. @throws {TypeError} a name that the flow does not have, a value that is no JSON */
export function runParams(plan: Plan, changed: object): Readonly<Record<string, Json>> {
  const given = jsonOf(changed, `flow "${plan.name}": params`) as Readonly<Record<string, Json>>;
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(plan.params, name));
  if (unknown !== undefined) {
    const names = Object.keys(plan.params).join(", ") || "none";
    throw new TypeError(
      `flow "${plan.name}" has no param "${unknown}" (params: ${names})${didYouMean(unknown, Object.keys(plan.params))}`,
    );
  }
  return { ...plan.params, ...given };
}

/** A plan as a run with these params shows it. */
export function withParams(plan: Plan, params: Readonly<Record<string, Json>>): Plan {
  return { ...plan, params: { ...plan.params, ...params } };
}
