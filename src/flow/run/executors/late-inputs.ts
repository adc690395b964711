import { StemmaError } from "../../../error.ts";
import type { Project } from "../../../store/index.ts";
import type { Json } from "../../../track/index.ts";
import { decode } from "../../encoding/index.ts";
import { type Evaluator, evaluator, knownOf, type Results, taskKey } from "../../keys/index.ts";
import type { Binding, Place, Plan } from "../../plan/index.ts";
import type { Value } from "../../values/index.ts";
import { type LateStore, type LateValue, lateValue } from "./late-value.ts";
import { seedOf } from "./seed.ts";
import { storedValue } from "./stored-value.ts";
import type { LateInputs, TaskSpec } from "./task-spec.ts";

/** Where a task finds what it needs. */
export interface TaskStore {
  readonly project: Project;
  readonly results: Results;
  readonly patienceMs: number;
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
export async function readyTask(spec: TaskSpec, store: TaskStore): Promise<ReadyTask> {
  const { folder, late, context } = spec;
  const given = Object.entries(spec.inputs).map(
    ([name, digest]) => [name, storedValue(`Input ${name}`, { ...store, digest, folder })] as const,
  );
  if (late === null) return { spec, inputs: Object.fromEntries(given) };
  const at: LateStore = { ...store, folder };
  const found: [string, Value][] = [];
  for (const [name, digest] of Object.entries(late.inputs)) {
    const said = decode(storedValue(`Input ${name}`, { ...at, digest }).text()) as LateValue;
    const value = await lateValue(said, at);
    if (value === null) throw new LateInputError(context.step, name);
    found.push([name, value]);
  }
  return keyed(spec, { inputs: Object.fromEntries([...given, ...found]), late, at });
}

interface Late {
  readonly inputs: Readonly<Record<string, Value>>;
  readonly late: LateInputs;
  readonly at: LateStore;
}

// The key as the flow itself will make it: by the values of the inputs, however they got here.
function keyed(spec: TaskSpec, { inputs, late, at }: Late): ReadyTask {
  const plan = decode(storedValue("The plan", { ...at, digest: late.plan }).text()) as Plan;
  const params = decode(storedValue("The params", { ...at, digest: late.params }).text());
  const known = knownOf(plan, params as Readonly<Record<string, Json>>, at);
  const read = evaluator({ ...known, result: () => null });
  const place: Place = { maps: spec.step.maps, indices: spec.context.indices };
  const tokens = new Map<Binding, Value>();
  const bindings = Object.entries(inputs).map(([name, value]) => {
    const token: Binding = { from: "value", value: null };
    tokens.set(token, value);
    return [name, token] as const;
  });
  const step = { ...spec.step, inputs: Object.fromEntries(bindings) };
  const reader: Evaluator = {
    value: (binding, where) => tokens.get(binding) ?? read.value(binding, where),
    items: (map, indices) => read.items(map, indices),
    branch: (when, where) => read.branch(when, where),
    rounds: (loop, indices) => read.rounds(loop, indices),
    version: (name) => read.version(name),
  };
  const made = taskKey(step, { code: spec.code.digest, place, read: reader });
  if (made === null) throw new LateInputError(spec.context.step, Object.keys(inputs).join(", "));
  const { key, sources } = made;
  const context = { ...spec.context, key, seed: seedOf({ step, place }, made, late.seeded) };
  return { spec: { ...spec, sources, context }, inputs };
}
