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
    const members = membersTo(value, run, deepest);
    if (members !== null) return [name, ...members];
  }
  return null;
}

/** How far below a variable functions are looked for: `lib.models.sir.fit`. */
const deepest = 3;

function membersTo(holder: unknown, run: unknown, depth: number): readonly string[] | null {
  const member = memberOf(holder, run);
  if (member !== null) return [member];
  if (depth === 1 || typeof holder === "function" || !isHolder(holder)) return null;
  for (const [name, field] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
    const below = "value" in field ? membersTo(field.value, run, depth - 1) : null;
    if (below !== null) return [name, ...below];
  }
  return null;
}

function boundPath(
  { target, self }: { readonly target: unknown; readonly self: unknown },
  variables: Surroundings["$variables"],
): readonly string[] | null {
  const member = memberOf(self, target);
  const holder = member === null ? null : pathTo(self, variables);
  return holder === null || member === null ? null : [...holder, member];
}

// Its own functions, and the methods of its class. Nothing is asked for that would run code.
function memberOf(holder: unknown, run: unknown): string | null {
  for (let at = holder; isHolder(at) && at !== Object.prototype && at !== Function.prototype; ) {
    const fields = Object.entries(Object.getOwnPropertyDescriptors(at));
    const found = fields.find(([name, field]) => name !== "constructor" && "value" in field && field.value === run);
    if (found !== undefined) return found[0];
    at = Object.getPrototypeOf(at);
  }
  return null;
}

// Of a million numbers none is a function.
function isHolder(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return typeof value === "function";
  return !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function placeOf(run: unknown, { $texts }: Surroundings): number | null {
  const text = String(run);
  // A method's text is no expression, and what the engine brings has none.
  if (!/^(async\b\s*)?(function\b|\(|[\p{ID_Start}$_][\p{ID_Continue}$]*\s*=>)/u.test(text)) return null;
  if (text.endsWith("{ [native code] }")) return null;
  const own = printed(text);
  const place = $texts.findIndex((one) => printed(one) === own);
  return place === -1 ? null : place;
}

// A function runs without its types, and where the cells have enums or the like it was printed anew.
function printed(text: string): string {
  return stripTypeScriptTypes(`(${text})`, { mode: "transform" }).replace(/\s+/g, "");
}
