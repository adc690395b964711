import { type Binding, givenText, type Plan, type StepPlan } from "../../flow/index.ts";
import { paramLines } from "./params.ts";

/** A flow's plan as text: its params, its steps inside their maps, loops and branches, and what each of them gets. */
export function planLines(plan: Plan): readonly string[] {
  const params = paramLines(plan);
  return [
    plan.name,
    ...(plan.schedule === null ? [] : [`  schedule ${plan.schedule}`]),
    ...(params.length === 0 ? [] : ["params", ...params]),
    "steps",
    ...stepLines(plan),
    `gives ${words(plan.output)}`,
    ...plan.notes.map(({ text, step }) => `note${step === null ? "" : ` at ${step}`}: ${text}`),
  ];
}

function stepLines(plan: Plan): readonly string[] {
  const lines: string[] = [];
  let open: readonly string[] = [];
  for (const step of plan.steps) {
    const places = placesOf(step, plan);
    const shared = places.findIndex((place, depth) => place !== open[depth]);
    const from = shared === -1 ? places.length : shared;
    for (const [depth, place] of places.entries()) if (depth >= from) lines.push(`${indent(depth)}${place}`);
    open = places;
    const inputs = Object.entries(step.inputs).map(([name, binding]) => `${name} = ${words(binding)}`);
    const command = step.command === null ? "" : `  $ ${short(step.command.command)}`;
    lines.push(`${indent(places.length)}${step.id}${command}${inputs.length === 0 ? "" : `  <- ${inputs.join(", ")}`}`);
  }
  return lines;
}

function placesOf(step: StepPlan, plan: Plan): readonly string[] {
  const group = step.group === null ? [] : [`flow ${step.group}`];
  const scopes = step.maps.map((id) => {
    const map = plan.maps.find((one) => one.id === id);
    if (map !== undefined) return `map over ${words(map.over)}${map.max === null ? "" : `, ${map.max} at a time`}`;
    const loop = plan.loops.find((one) => one.id === id);
    return `loop from ${words(loop?.initial)}, at most ${words(loop?.max)} rounds`;
  });
  const branches = step.when.map(
    ({ when, is }) => `when ${words(plan.whens.find(({ id }) => id === when)?.on)} is ${is}`,
  );
  return [...group, ...scopes, ...branches];
}

function indent(depth: number): string {
  return "  ".repeat(depth + 1);
}

/** A binding in a reader's words: `load`, `param betas`, `item of betas`. */
function words(binding: Binding | undefined): string {
  if (binding === undefined) return "?";
  const path = "path" in binding && Array.isArray(binding.path) ? binding.path.map((key) => `.${key}`).join("") : "";
  switch (binding.from) {
    case "value":
      return short(JSON.stringify(binding.value));
    case "given":
      return short(givenText(binding.value));
    case "param":
      return `param ${binding.param}${path}`;
    case "step":
      return `${binding.step}${path}`;
    case "item":
      return `the item${path}`;
    case "map":
      return `all ${words(binding.each)}`;
    case "when":
      return `what the branch of ${binding.when} gives${path}`;
    case "state":
      return `the state${path}`;
    case "round":
      return "the round";
    case "loop":
      return `the last state of ${binding.loop}${path}`;
    case "range":
      return `${words(binding.start)} to ${words(binding.end)}`;
    case "file":
      return `file ${binding.path}`;
    case "list":
      return `[${short(binding.items.map(words).join(", "))}]`;
    case "record":
      return `{ ${short(
        Object.entries(binding.fields)
          .map(([name, field]) => `${name}: ${words(field)}`)
          .join(", "),
      )} }`;
  }
}

function short(text: string): string {
  return text.length <= 80 ? text : `${text.slice(0, 79)}…`;
}
