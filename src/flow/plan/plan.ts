/**
 * What a flow is, as one plain record: the same is run, drawn, cached, exported and checked.
 * The functions of its steps stand beside it, by step id; the record itself is JSON.
 */
import type { Json } from "../../track/index.ts";

/** A way into a value: keys and indices, empty for all of it. */
export type ValuePath = readonly (string | number)[];

/** Where an input's value comes from. `path` walks into the value. */
export type Binding =
  | { readonly from: "value"; readonly value: Json }
  /** A value that JSON cannot say: the JSON of its text as the codec writes it, which points to tables and long arrays by their MD5. */
  | { readonly from: "given"; readonly value: Json }
  | { readonly from: "param"; readonly param: string; readonly path: ValuePath }
  /** The result of a step; outside the map that the step is in: the list of its results, in the order of the items. */
  | { readonly from: "step"; readonly step: string; readonly path: ValuePath }
  /** The current item of a map that the step is in. */
  | { readonly from: "item"; readonly map: string; readonly path: ValuePath }
  /** What a map's callback gives for each item, where that is no whole result of a step: one `each` an item, in their order. */
  | { readonly from: "map"; readonly map: string; readonly each: Binding; readonly path: ValuePath }
  /** What the branch that was taken gives. */
  | { readonly from: "when"; readonly when: string; readonly path: ValuePath }
  /** The state of a loop at the beginning of the current round. */
  | { readonly from: "state"; readonly loop: string; readonly path: ValuePath }
  /** The number of the current round of a loop, from 0. */
  | { readonly from: "round"; readonly loop: string }
  /** The state of a loop after its last round. */
  | { readonly from: "loop"; readonly loop: string; readonly path: ValuePath }
  /** Whole steps of `step` from `start` until before `end`. */
  | { readonly from: "range"; readonly start: Binding; readonly end: Binding; readonly step: Binding }
  /** A file or folder, path from the project's working folder with `/`; the step gets its absolute path, the key its md5. */
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "list"; readonly items: readonly Binding[] }
  | { readonly from: "record"; readonly fields: Readonly<Record<string, Binding>> };

export interface RetryPolicy {
  /** Tries in all, 1 to 100. */
  readonly attempts: number;
  readonly waitMs: number;
  /** Each wait is so many times as long as the one before, 1 or more. */
  readonly backoff: number;
}

/** What a step asks of the machine; an executor that cannot see to it leaves it. */
export interface Resources {
  readonly cpu: number | null;
  readonly memoryMb: number | null;
  readonly gpu: number | null;
}

/** A branch that something stands in: it is there only when the value of `when` is `is`; `otherwise` is the branch for the rest. */
export interface BranchPlan {
  readonly when: string;
  readonly is: string;
}

/** A step that is a command of the shell. */
export interface CommandPlan {
  /** With `{name}` for the path of a dep or out and the value of a param. */
  readonly command: string;
  /** Names among the step's inputs that are paths. */
  readonly deps: readonly string[];
  /** Names among the step's inputs that are values. */
  readonly params: readonly string[];
  /** Path of each out from the working folder, by name. */
  readonly outs: Readonly<Record<string, string>>;
}

export interface StepPlan {
  /** Unique in the plan, letters and digits of any script, `_`, `-`: the function's name, with `-2`, `-3` where it is used again. */
  readonly id: string;
  /** The function's name as the user wrote it. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, Binding>>;
  /** Ids of the maps and loops that it is in, outermost first. */
  readonly maps: readonly string[];
  /** The branches that it is in, outermost first. */
  readonly when: readonly BranchPlan[];
  /** The sub-flow that it came from, `fit` or `outer/fit`; null: the flow's own. */
  readonly group: string | null;
  readonly command: CommandPlan | null;
  readonly retry: RetryPolicy;
  readonly timeoutMs: number | null;
  /** What stands for the result when all tries failed. */
  readonly catch: { readonly value: Json } | null;
  readonly resources: Resources | null;
  readonly run: "auto" | "inline" | "thread" | "process" | "slurm";
  readonly cache: boolean;
  /** Of `ctx.random`; null: made of the code and the inputs. */
  readonly seed: number | null;
  /** Names of variables that the step sees and depends on; as a record: with the values that it sees. */
  readonly env: readonly string[] | Readonly<Record<string, string>>;
  /** Files and folders that the step depends on besides its inputs, from the working folder. */
  readonly files: readonly string[];
  /** Packages that the step depends on besides its imports. */
  readonly packages: readonly string[];
  /** Whether the step has a card from its start. */
  readonly card: boolean;
  /** Whether its run logs what the machine's processor, memory and disk do meanwhile. */
  readonly systemMetrics: boolean;
  readonly tags: readonly string[];
}

/** What of a step is the same for most of them: where it stands and how it runs, with nothing said. */
export const plainStep: Omit<StepPlan, "id" | "name" | "inputs"> = {
  maps: [],
  when: [],
  group: null,
  command: null,
  retry: { attempts: 1, waitMs: 0, backoff: 1 },
  timeoutMs: null,
  catch: null,
  resources: null,
  run: "auto",
  cache: true,
  seed: null,
  env: [],
  files: [],
  packages: [],
  card: false,
  systemMetrics: false,
  tags: [],
};

export interface MapPlan {
  readonly id: string;
  readonly over: Binding;
  /** Ids of the maps and loops that it is in itself, outermost first. */
  readonly maps: readonly string[];
  readonly when: readonly BranchPlan[];
  /** Items at a time; null: as many as there are workers. */
  readonly max: number | null;
}

/** Rounds, one after the other, each with what the one before made. Its id stands in `maps`; the index is the round. */
export interface LoopPlan {
  readonly id: string;
  readonly initial: Binding;
  /** The next state, read in a round. */
  readonly next: Binding;
  /** Whether the round is the last, read in a round; null: `max` rounds. */
  readonly until: Binding | null;
  /** Rounds at most, 1 or more. */
  readonly max: Binding;
  /** What `max` rounds without `until` give: a failure, or the last state. */
  readonly atMax: "error" | "last";
  readonly maps: readonly string[];
  readonly when: readonly BranchPlan[];
}

/** A choice between branches by a value. */
export interface WhenPlan {
  readonly id: string;
  readonly on: Binding;
  /** What each branch gives, by the value's text; read in the branch. */
  readonly branches: Readonly<Record<string, Binding>>;
  /** What the branch for all other values gives; null: there is none. */
  readonly otherwise: Binding | null;
  readonly maps: readonly string[];
  readonly when: readonly BranchPlan[];
}

/** A text for the reader of the graph. */
export interface NotePlan {
  readonly text: string;
  /** The step that it stands at; null: the flow. */
  readonly step: string | null;
}

export interface Plan {
  /** 2: it has a branch, a loop, a command or a range, which an older reader does not know. */
  readonly format: 1 | 2;
  readonly name: string;
  /** Names and defaults. */
  readonly params: Readonly<Record<string, Json>>;
  /** In an order in which each step stands behind those that it needs. */
  readonly steps: readonly StepPlan[];
  readonly maps: readonly MapPlan[];
  readonly loops: readonly LoopPlan[];
  readonly whens: readonly WhenPlan[];
  readonly notes: readonly NotePlan[];
  /** As in cron, five fields; null: it runs when somebody runs it. */
  readonly schedule: string | null;
  readonly tags: Readonly<Record<string, string | number | boolean>>;
  /** The project that deployed runs of several people belong to; null: none. */
  readonly project: string | null;
  readonly output: Binding;
}

/** A map or loop: what has one place for each index. */
export type Scope = MapPlan | LoopPlan;

/** The map or loop of that id. @throws {RangeError} the plan has none */
export function scopeOf(plan: Plan, id: string): Scope {
  const found = plan.maps.find((map) => map.id === id) ?? plan.loops.find((loop) => loop.id === id);
  if (found === undefined) throw new RangeError(`The plan has no map or loop "${id}"`);
  return found;
}

/** Whether an indexed scope is a loop. */
export function isLoop(scope: Scope): scope is LoopPlan {
  return "initial" in scope;
}
