import type { Duration } from "./duration.ts";
import type { Ref } from "./ref.ts";

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
export type StepFunction = (inputs: never) => unknown;

export interface StepOptions {
  /** Name in the graph; the function's where absent. */
  readonly name?: string;
  /** Tries in all, and the time between them; one try where absent. */
  readonly retry?: { readonly attempts: number; readonly wait?: Duration };
  /** For each try; a step in a thread is ended, one in the notebook's thread is left behind. */
  readonly timeout?: Duration;
  /** `thread`: in parallel. `inline`: in the notebook's own thread. `auto`, the default: a thread where the code can go there. */
  readonly run?: "auto" | "inline" | "thread";
  /** `false`: runs each time. */
  readonly cache?: boolean;
}

export interface MapOptions {
  /** Items at a time, 1 or more; as many as there are workers where absent. */
  readonly max?: number;
}

/** What the body of a flow wires with. */
export interface FlowBuilder {
  /** A step: `fn` runs with the inputs; the same code with the same inputs runs once. A function without inputs takes `{}`. */
  step<I extends object, O>(fn: (inputs: I) => O, inputs: Inputs<I>, options?: StepOptions): Ref<Awaited<O>>;
  /** `item` for each item of a list, in parallel; gives the list of what it gives, in the order of the items. */
  map<T, R>(
    over: Ref<readonly T[]> | readonly Input<T>[],
    item: (item: Ref<T>) => R,
    options?: MapOptions,
  ): Ref<Output<R>[]>;
  /** A file or folder, path from the working folder; the step gets its absolute path, and runs again when its bytes change. */
  file(path: string): Ref<string>;
}

export type FlowBody<P, R> = (f: FlowBuilder, params: ParamRefs<P>) => R;
