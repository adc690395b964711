import { type Binding, leavesOf, type Plan, placeholders, type StepPlan, seededInputs } from "../../../flow/index.ts";
import { commandHome, isPlaced, outPath } from "./outs.ts";
import { type Layout, layoutOf } from "./stages.ts";

/** Why what a flow has cannot be in stages, a sentence each. @param draws whether a step draws by its context */
export function refusals(plan: Plan, draws: (step: string) => boolean): readonly string[] {
  const layout = layoutOf(plan);
  return plan.steps.flatMap((step) => [...moved(step, layout), ...(draws(step.id) ? drawsByPath(step, layout) : [])]);
}

// A command that writes to a place of its own cannot be told another one.
function moved({ id }: StepPlan, layout: Layout): readonly string[] {
  const home = commandHome(id, layout);
  if (home === null || !isPlaced(home)) return [];
  const told = placeholders(home.command.command);
  return Object.entries(home.command.outs).flatMap(([out, path]) => {
    const place = outPath(home, out, { plan: layout.plan, key: "" });
    if (told.includes(out) || place === path) return [];
    return [
      `The command ${id} writes its out ${out} to ${path} by itself, where the pipeline keeps results, or another command writes. Put {${out}} into the command: its stage gives it a path of its own.`,
    ];
  });
}

// The notebook draws by what lies there, and a stage is told only where: another path than in the notebook.
function drawsByPath(step: StepPlan, layout: Layout): readonly string[] {
  const name = pathInput(step, layout);
  if (name === null) return [];
  return [
    `Step ${step.id} draws by ctx.random for each item, and its input ${name} is where a file lies: its numbers would be others than in the notebook. Draw in a step that does not get the path.`,
  ];
}

/** The input of a step in a map that makes its seed by where a file lies; null: there is none. */
export function pathInput(step: StepPlan, layout: Layout): string | null {
  const { seed, maps, command } = step;
  if (seed === null || maps.length === 0 || command !== null) return null;
  const isPath = (leaf: Binding): boolean =>
    leaf.from === "file" || (leaf.from === "step" && commandHome(leaf.step, layout) !== null);
  const name = seededInputs(step).find((input) => {
    const binding = step.inputs[input];
    return binding !== undefined && leavesOf(binding, layout.plan).some(isPath);
  });
  return name ?? null;
}
