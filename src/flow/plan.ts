/**
 * What a flow is, as one plain record: the same is run, drawn, cached, exported and checked.
 * The functions of its steps stand beside it, by step id; the record itself is JSON.
 */
import type { Json } from "../track/index.ts";

/** Where an input's value comes from. `path` walks into the value: keys and indices, empty for all of it. */
export type Binding =
  | { readonly from: "value"; readonly value: Json }
  | { readonly from: "param"; readonly param: string; readonly path: readonly (string | number)[] }
  /** The result of a step; outside the map that the step is in: the list of its results, in the order of the items. */
  | { readonly from: "step"; readonly step: string; readonly path: readonly (string | number)[] }
  /** The current item of a map that the step is in. */
  | { readonly from: "item"; readonly map: string; readonly path: readonly (string | number)[] }
  /** What a map's callback gives for each item, where that is no whole result of a step: one `each` an item, in their order. */
  | { readonly from: "map"; readonly map: string; readonly each: Binding; readonly path: readonly (string | number)[] }
  /** A file or folder, path from the project's working folder with `/`; the step gets its absolute path, the key its md5. */
  | { readonly from: "file"; readonly path: string }
  | { readonly from: "list"; readonly items: readonly Binding[] }
  | { readonly from: "record"; readonly fields: Readonly<Record<string, Binding>> };

export interface RetryPolicy {
  /** Tries in all, 1 to 100. */
  readonly attempts: number;
  readonly waitMs: number;
}

export interface StepPlan {
  /** Unique in the plan, `[A-Za-z0-9_-]`: the function's name, with `-2`, `-3` where it is used again. */
  readonly id: string;
  /** The function's name as the user wrote it. */
  readonly name: string;
  readonly inputs: Readonly<Record<string, Binding>>;
  /** Ids of the maps that it is in, outermost first. */
  readonly maps: readonly string[];
  readonly retry: RetryPolicy;
  readonly timeoutMs: number | null;
  readonly run: "auto" | "inline" | "thread";
  readonly cache: boolean;
}

export interface MapPlan {
  readonly id: string;
  readonly over: Binding;
  /** Ids of the maps that it is in itself, outermost first. */
  readonly maps: readonly string[];
  /** Items at a time; null: as many as there are workers. */
  readonly max: number | null;
}

export interface Plan {
  readonly format: 1;
  readonly name: string;
  /** Names and defaults. */
  readonly params: Readonly<Record<string, Json>>;
  /** In an order in which each step stands behind those that it needs. */
  readonly steps: readonly StepPlan[];
  readonly maps: readonly MapPlan[];
  readonly output: Binding;
}
