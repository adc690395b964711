import type { LoopPlan, MapPlan, Plan, StepPlan } from "../plan/index.ts";

/** What stands directly in a map or loop, or in none. */
export interface Level {
  readonly steps: StepPlan[];
  readonly maps: MapPlan[];
  readonly loops: LoopPlan[];
}

/** Of a map without steps. */
export const nothing: Level = { steps: [], maps: [], loops: [] };

/** By the id of the map or loop; the flow's own under "". */
export function levelsOf({ steps, maps, loops }: Plan): ReadonlyMap<string, Level> {
  const levels = new Map<string, Level>();
  const level = ({ maps: within }: { readonly maps: readonly string[] }): Level => {
    const id = within.at(-1) ?? "";
    const known = levels.get(id) ?? { steps: [], maps: [], loops: [] };
    levels.set(id, known);
    return known;
  };
  for (const step of steps) level(step).steps.push(step);
  for (const map of maps) level(map).maps.push(map);
  for (const loop of loops) level(loop).loops.push(loop);
  return levels;
}
