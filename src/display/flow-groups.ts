import type { Plan, StepPlan } from "../flow/index.ts";
import type { GraphGroup } from "./bundle.ts";

/** The boxes of a flow's graph: its sub-flows, and its loops. */
export function flowGroups(plan: Plan): readonly GraphGroup[] {
  const subFlows = [...new Set(plan.steps.flatMap(({ group }) => pathsOf(group)))].sort();
  const flows = subFlows.map((path): GraphGroup => {
    const parent = path.includes("/") ? `flow:${path.slice(0, path.lastIndexOf("/"))}` : null;
    return { id: `flow:${path}`, label: path, parent, nodes: ids(plan.steps.filter((step) => step.group === path)) };
  });
  // A loop inside a sub-flow or another loop would cross its box: the outer one is drawn.
  const loops = plan.loops.flatMap(({ id, max, maps }): readonly GraphGroup[] => {
    const steps = plan.steps.filter((step) => step.maps.includes(id));
    if (steps.length === 0 || maps.length > 0 || steps.some(({ group }) => group !== null)) return [];
    const most = max.from === "value" ? `at most ${max.value} rounds` : "rounds";
    return [{ id: `loop:${id}`, label: `↻ ${most}`, parent: null, nodes: ids(steps) }];
  });
  return [...flows, ...loops];
}

// "outer/fit" stands in the box of "outer".
function pathsOf(group: string | null): readonly string[] {
  const parts = group?.split("/") ?? [];
  return parts.map((_, depth) => parts.slice(0, depth + 1).join("/"));
}

function ids(steps: readonly StepPlan[]): readonly string[] {
  return steps.map(({ id }) => `step:${id}`);
}
