import { readFileSync } from "node:fs";
import { StemmaError } from "../../../error.ts";
import type { Project } from "../../../store/index.ts";
import type { Json } from "../../../track/index.ts";
import { decode } from "../../codec.ts";
import { type Evaluator, evaluator, type Place } from "../../evaluate.ts";
import { taskKey } from "../../key.ts";
import { knownOf } from "../../known.ts";
import type { Binding, Plan } from "../../plan.ts";
import type { Results } from "../../results.ts";
import type { Value } from "../../value.ts";
import { seedOf } from "./seed.ts";
import { storedValue } from "./stored-value.ts";
import type { SpecOutcome, TaskSpec } from "./task-spec.ts";

/** Where a task finds what it needs. */
export interface TaskStore {
  readonly project: Project;
  readonly results: Results;
}

/** A spec with its key and all its inputs. */
export interface ReadyTask {
  readonly spec: TaskSpec;
  readonly inputs: Readonly<Record<string, Value>>;
}

/** What a task needs was not made. */
export class LateInputError extends StemmaError {
  constructor(step: string, input: string) {
    super("LATE_INPUT", `Input ${input} of ${step} was not made: the tasks that it waited for left no result.`);
  }
}

/** The task with what the tasks before it have made meanwhile. @throws {LateInputError} @throws {MissingValueError} */
export function readyTask(spec: TaskSpec, store: TaskStore): ReadyTask {
  const { folder, late, context } = spec;
  const { results } = store;
  const given = Object.entries(spec.inputs).map(
    ([name, digest]) => [name, storedValue(`Input ${name}`, { results, digest, folder })] as const,
  );
  if (late === null) return { spec, inputs: Object.fromEntries(given) };
  const plan = decode(storedValue("The plan", { results, digest: late.plan, folder }).text()) as Plan;
  const params = decode(storedValue("The params", { results, digest: late.params, folder }).text());
  const known = knownOf(plan, params as Readonly<Record<string, Json>>, { project: store.project, folder });
  const read = evaluator({ ...known, result: (step, indices) => resultOf(spec, { step, indices, results }) });
  const place: Place = { maps: spec.step.maps, indices: context.indices };
  const found = Object.entries(late.bindings).map(([name, binding]) => {
    const value = read.value(binding, place);
    if (value === null) throw new LateInputError(context.step, name);
    return [name, value] as const;
  });
  const inputs = Object.fromEntries([...given, ...found]);
  return keyed(spec, { inputs, read, place });
}

interface At {
  readonly inputs: Readonly<Record<string, Value>>;
  readonly read: Evaluator;
  readonly place: Place;
}

// The key as the flow itself will make it: by the values of the inputs, however they got here.
function keyed(spec: TaskSpec, { inputs, read, place }: At): ReadyTask {
  const tokens = new Map<Binding, Value>();
  const bindings = Object.entries(inputs).map(([name, value]) => {
    const token: Binding = { from: "value", value: null };
    tokens.set(token, value);
    return [name, token] as const;
  });
  const step = { ...spec.step, inputs: Object.fromEntries(bindings) };
  const reader: Evaluator = {
    value: (binding, at) => tokens.get(binding) ?? read.value(binding, at),
    items: (map, indices) => read.items(map, indices),
    branch: (when, at) => read.branch(when, at),
    rounds: (loop, indices) => read.rounds(loop, indices),
    version: (name) => read.version(name),
  };
  const made = taskKey(step, { code: spec.code.digest, place, read: reader });
  if (made === null) throw new LateInputError(spec.context.step, Object.keys(inputs).join(", "));
  const { key, sources } = made;
  const context = { ...spec.context, key, seed: seedOf({ step, place }, made, spec.late?.seeded) };
  return { spec: { ...spec, sources, context }, inputs };
}

interface Wanted {
  readonly step: string;
  readonly indices: readonly number[];
  readonly results: Results;
}

function resultOf({ late }: TaskSpec, { step, indices, results }: Wanted): Value | null {
  const path = late?.outcomes[step]?.[indices.join(" ")];
  if (path === undefined) return null;
  const outcome = JSON.parse(readFileSync(path, "utf8")) as SpecOutcome;
  return outcome.state === "done" ? results.find(outcome.key) : null;
}
