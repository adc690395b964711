import type { Binding, Plan } from "../../../flow/index.ts";
import { resultPath } from "./expressions.ts";
import type { Stage } from "./stage.ts";

type Told = Pick<Stage, "metrics" | "plots">;

/** The outs of a command that DVC shows, by their files' names: `metrics.json`, `roc-plot.csv`. */
export function toldBy(outs: readonly string[]): Told {
  return { metrics: outs.filter((path) => isNamed(path, metrics)), plots: outs.filter((path) => isNamed(path, plots)) };
}

const metrics = /(^|[^a-z])metrics?([^a-z].*)?\.(json|ya?ml|toml)$/i;
const plots = /(^|[^a-z])plots?([^a-z].*)?\.(csv|tsv|png|jpe?g|gif|svg)$/i;

function isNamed(path: string, name: RegExp): boolean {
  return name.test(path.slice(path.lastIndexOf("/") + 1));
}

/** The file of the step's result that is what the flow gives, where that may hold numbers by name; null: there is none. */
export function outputPath({ output, steps }: Plan): string | null {
  if (output.from !== "step" || output.path.length > 0) return null;
  const step = steps.find(({ id }) => id === output.step);
  return step === undefined || step.maps.length > 0 ? null : resultPath(step.id, null, "");
}

/** Whether a value is a list, whatever is in it. */
export function isList({ from }: Binding): boolean {
  return from === "list" || from === "map" || from === "range";
}
