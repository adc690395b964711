import type { StepContext } from "./context.ts";
import type { Duration } from "./duration.ts";
import type { Ref } from "./plan/index.ts";

/** A value, a ref to one, or a list or record with refs in it. */
export type Input<T> =
  | T
  | Ref<T>
  | (T extends readonly (infer U)[]
      ? readonly Input<U>[]
      : T extends object
        ? { readonly [K in keyof T]: Input<T[K]> }
        : never);

/** One input for each that the function wants. */
export type Inputs<I> = { readonly [K in keyof I]: Input<I[K]> };

/** The value that a structure of refs stands for. */
export type Output<R> =
  R extends Ref<infer T>
    ? T
    : R extends readonly (infer U)[]
      ? Output<U>[]
      : R extends object
        ? { [K in keyof R]: Output<R[K]> }
        : R;

/** A ref by param name. */
export type ParamRefs<P> = { readonly [K in keyof P]: Ref<P[K]> };

/** A step's function: one record in, plain data out. */
export type StepFunction = (inputs: never, context: StepContext) => unknown;

/** @typeParam C of the value that stands for the result when the step fails */
export interface StepOptions<C = unknown> {
  /** Name in the graph, any text; the function's where absent. The step's id is made of it: `_` for what is no letter, digit, `_` or `-`. */
  readonly name?: string;
  /**
   * Tries in all, 1 to 100, the time between them, 0 where absent, and how many times as long each wait is as the one before, 1 or
   * more; one try where absent.
   */
  readonly retry?: { readonly attempts: number; readonly wait?: Duration; readonly backoff?: number };
  /** For each try, above 0 and up to 24 days; a step in a thread or process is ended, one in the notebook's thread is left behind. */
  readonly timeout?: Duration;
  /** What the flow goes on with when all tries failed, plain JSON; it is never kept. */
  readonly catch?: C;
  /** What the step asks of the machine: cores, above 0; `memory` in MB, or "512MB", "4GB", "1TB"; whole GPUs, from 0. */
  readonly resources?: { readonly cpu?: number; readonly memory?: number | string; readonly gpu?: number };
  /**
   * `thread`: in parallel. `process`: in a program of its own, with the memory limit of `resources`. `slurm`: as a job.
   * `inline`: in the notebook's own thread. `auto`, the default: a thread where the code can go there.
   */
  readonly run?: "auto" | "inline" | "thread" | "process" | "slurm";
  /** `false`: runs each time. */
  readonly cache?: boolean;
  /** Of `ctx.random`, a whole number; made of the code and the inputs where absent. */
  readonly seed?: number;
  /** Names of environment variables that the result depends on, or a record with the values that the step is to see. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
  /** Files and folders that the step reads besides its inputs: it runs again when their bytes change. */
  readonly files?: readonly string[];
  /** Packages that the step uses without importing them: it runs again when their versions change. */
  readonly packages?: readonly string[];
  /** Shows a card from the start of the step, with its inputs and its time. */
  readonly card?: boolean;
  /** Logs the use of processor, memory, disk and GPUs while it runs, as metrics `system/…` of its run. */
  readonly systemMetrics?: boolean;
  readonly tags?: readonly string[];
}

export interface MapOptions {
  /** Items at a time, 1 or more; as many as there are workers where absent. */
  readonly max?: number;
  /** Name in the graph; that of the list where absent. */
  readonly name?: string;
}

export interface LoopOptions {
  /** Rounds at most, 1 or more. */
  readonly max: number | Ref<number>;
  /** What `max` rounds without `until` are: an error, the default, or the `last` state as the result. */
  readonly atMax?: "error" | "last";
  /** Name in the graph; `loop` where absent. */
  readonly name?: string;
}

/** What a round gives. */
export interface Round<N> {
  /** The state that the next round begins with. */
  readonly next: N;
  /** The loop ends with this round when it is true; without it there are `max` rounds. */
  readonly until?: Ref<boolean>;
}

/** What decides between branches. */
export type Case = string | number | boolean;

/** The name of a branch for a value: a record's key is a text. */
export type CaseName<K> = K extends boolean ? `${K}` : K extends string | number ? K : never;

/** One branch for each value; a text or number that can be anything needs `otherwise`. */
export type Branches<K> = string extends K
  ? { readonly "a text can be anything: give { otherwise }": never }
  : number extends K
    ? { readonly "a number can be anything: give { otherwise }": never }
    : { readonly [C in CaseName<K>]: () => unknown };

/** Some branches; none for a value that cannot be. */
export type SomeBranches<K> = { readonly [C in CaseName<K>]?: () => unknown };

/** Refuses the branches that no value leads to. */
export type NoOther<K, B> = { readonly [C in Exclude<keyof B, CaseName<K>>]: never };

/** What one of the branches gives. */
export type BranchOutput<B> = B[keyof B] extends () => infer R ? Output<R> : never;

export interface WhenOptions<O> {
  /** The branch for all values that have none of their own. */
  readonly otherwise: () => O;
  readonly name?: string;
}

/** What another flow is to the flow that uses it. */
export interface SubFlow<P, T> {
  readonly name: string;
  run(params?: Partial<P>): Promise<{ readonly output: T }>;
}

/** What a command reads and writes. */
export interface ExecParts<O> {
  /** Files by name: a path from the working folder, `f.file()`, or a path that a step gave. `{name}` in the command is the path. */
  readonly deps?: Readonly<Record<string, Input<string>>> | readonly Input<string>[];
  /** Paths that it writes, by name. `{name}` in the command is where to write; without it the command writes to the path itself. */
  readonly outs?: O;
  /** Values by name: `{name}` in the command is the value, quoted for the shell. */
  readonly params?: Readonly<Record<string, unknown>>;
  /** Names of environment variables that the result depends on, or a record with their values. */
  readonly env?: readonly string[] | Readonly<Record<string, string>>;
}

/** What the body of a flow wires with. */
export interface FlowBuilder {
  /**
   * A step: `fn` runs with the inputs; the same code with the same inputs runs once.
   *
   * @param fn a function, async or not; what it uses from outside is taken along
   * @param inputs refs and plain data by name; what is data is kept as it is now
   * @returns stands for what `fn` gives: numbers, text, lists, records, dates, maps, sets, typed arrays, tables, models, `file()`
   * @throws {TypeError} @throws {RangeError} no function (a class, a generator), an option that there is not, or that has no such value
   * @throws {FlowDefinitionError} an input is a ref of another flow, or of inside a map, round or branch
   */
  step<I extends object, O, C = never>(
    fn: (inputs: I, context: StepContext) => O,
    inputs: Inputs<I>,
    options?: StepOptions<C>,
  ): Ref<Awaited<O> | C>;
  /** A step without inputs; with options write `f.step(fn, {}, options)`. */
  step<O>(fn: () => O): Ref<Awaited<O>>;
  /**
   * `item` for each item of a list, in parallel; gives the list of what it gives, in the order of the items, `[]` for an empty one.
   *
   * @param over a list that is known now, a param, or what a step, map or range gives
   * @param item runs once, with a ref; gives a ref, or a record or list with refs in it. What it makes is of use inside only
   */
  map<T, R>(
    over: Ref<readonly T[]> | readonly Input<T>[],
    item: (item: Ref<T>) => R,
    options?: MapOptions,
  ): Ref<Output<R>[]>;
  /** The whole numbers 0, 1, … before `end`; from `start` on, by `step` where given, which is not 0. Empty where there are none. */
  range(end: number | Ref<number>): Ref<number[]>;
  range(start: number | Ref<number>, end: number | Ref<number>, step?: number | Ref<number>): Ref<number[]>;
  /**
   * The branch for the value runs, the others are skipped; gives what that branch gives, `null` where it gives nothing.
   *
   * @param on a text, number or boolean; the run fails by name at a value that has no branch
   */
  when<K extends Case, B extends Branches<K>>(on: Ref<K>, branches: B & NoOther<K, B>): Ref<BranchOutput<B>>;
  when<K extends Case, B extends SomeBranches<K>, O>(
    on: Ref<K>,
    branches: B & NoOther<K, B>,
    options: WhenOptions<O>,
  ): Ref<BranchOutput<B> | Output<O>>;
  /**
   * Rounds one after the other, each with the state that the one before made; gives the last state. Each round is kept.
   *
   * @param round runs once, with refs to the state and to the number of the round from 0; `until` is a ref that is true at the last
   * @throws {FlowError} in the run: `max` rounds without `until`, where `atMax` is not "last"
   */
  loop<S, N>(
    initial: S,
    round: (state: Ref<Output<S>>, index: Ref<number>) => Round<N & Input<Output<S>>>,
    options: LoopOptions,
  ): Ref<Output<S>>;
  /** All steps of another flow, with some of its params, the others as they are there; gives what that flow gives. */
  use<P extends object, T>(
    flow: SubFlow<P, T>,
    params?: Partial<Inputs<P>>,
    options?: { readonly name?: string },
  ): Ref<T>;
  /**
   * A command of the shell as a step: it runs again when its text, a dep, a param or a variable of `env` changes.
   *
   * @param command with `{name}` for deps, outs and params; `{{` and `}}` are braces of the shell
   * @returns the absolute paths of its outs by name; `catch` where all tries failed
   * @throws {FlowDefinitionError} a `{name}` that there is not, an out that the items of a map would share
   */
  exec<O extends Readonly<Record<string, string>> = Readonly<Record<never, string>>, C = never>(
    command: string,
    parts?: ExecParts<O>,
    options?: StepOptions<C>,
  ): Ref<{ readonly [K in keyof O]: string } | C>;
  /** A file or folder, path from the working folder; the step gets its absolute path, and runs again when its bytes change. */
  file(path: string): Ref<string>;
  /** The file or folder that the catalog (`catalog.yaml`) has under a name, as `file()` would give it. @throws {CatalogError} it has none */
  data(name: string): Ref<string>;
  /** A text for who reads the graph: at a step where `at` is what `f.step()` gave, else at the flow. */
  note(text: string, at?: Ref<unknown>): void;
}

export type FlowBody<P, R> = (f: FlowBuilder, params: ParamRefs<P>) => R;
