import { stripTypeScriptTypes } from "node:module";
import { boundFunction } from "../flow/index.ts";

/** Where the function of a step stands. */
export interface StepSource {
  /** Names from a variable of the notebook to the function: `["fitOne"]`, `["model", "fit"]`; null: in no variable. */
  readonly path: readonly string[] | null;
  /** Whether it takes what it stands in as its `this`: `model.fit.bind(model)`. */
  readonly bound: boolean;
  /** Which of the functions in the flow's own text it is; null: none of them. */
  readonly place: number | null;
  /** Whether it takes a context. */
  readonly listens: boolean;
  /** What it uses of that, as far as its own text tells. */
  readonly uses: readonly string[];
}

/** Where a function may stand. */
export interface Surroundings {
  readonly $variables: Readonly<Record<string, unknown>>;
  /** Texts of the functions that are written where the flow is defined. */
  readonly $texts: readonly string[];
}

/** Where the function of a step stands in what a flow's cells define. */
export function sourceOf(run: unknown, around: Surroundings): StepSource {
  const bound = boundFunction(run);
  const target = bound?.target ?? run;
  const listens = typeof target === "function" && target.length > 1;
  const words = ["random", "seed", "card", "checkpoint"];
  const uses = listens ? words.filter((word) => new RegExp(`\\b${word}\\b`).test(String(target))) : [];
  const path = pathTo(run, around.$variables);
  if (path !== null || bound === null)
    return { path, bound: false, place: path === null ? placeOf(run, around) : null, listens, uses };
  const own = bound.args.length === 0 ? boundPath(bound, around.$variables) : null;
  return { path: own, bound: own !== null, place: null, listens, uses };
}

function pathTo(run: unknown, variables: Surroundings["$variables"]): readonly string[] | null {
  for (const [name, value] of Object.entries(variables)) {
    if (value === run) return [name];
    const member = memberOf(value, run);
    if (member !== null) return [name, member];
  }
  return null;
}

function boundPath(
  { target, self }: { readonly target: unknown; readonly self: unknown },
  variables: Surroundings["$variables"],
): readonly string[] | null {
  const name = Object.keys(variables).find((one) => variables[one] === self);
  const member = memberOf(self, target);
  return name === undefined || member === null ? null : [name, member];
}

// Its own functions, and the methods of its class. Nothing is asked for that would run code.
function memberOf(holder: unknown, run: unknown): string | null {
  for (let at = holder; isObject(at) && at !== Object.prototype && at !== Function.prototype; ) {
    const fields = Object.entries(Object.getOwnPropertyDescriptors(at));
    const found = fields.find(([name, field]) => name !== "constructor" && "value" in field && field.value === run);
    if (found !== undefined) return found[0];
    at = Object.getPrototypeOf(at);
  }
  return null;
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

// Node blanks types out, so the text of a function differs from what the cell says by spaces only.
function placeOf(run: unknown, { $texts }: Surroundings): number | null {
  const place = $texts.findIndex((text) => bare(stripTypeScriptTypes(`(${text})`)) === bare(`(${run})`));
  return place === -1 ? null : place;
}

function bare(text: string): string {
  return text.replace(/\s+/g, "");
}
