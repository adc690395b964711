import type { LoopOptions, MapOptions, Round, WhenOptions } from "../builder.ts";
import { type Binding, noListText, type Ref, refFacts } from "../plan/index.ts";
import { bindingOf, type Draft, freeName, inside, made, problem } from "./draft.ts";
import { textOf } from "./policy.ts";
import { refuseUnknown } from "./unknown.ts";

/** `f.map()` */
export function addMap(
  draft: Draft,
  over: unknown,
  { item, options }: { readonly item: (item: unknown) => unknown; readonly options: MapOptions },
): Ref<never> {
  const { maps, when } = draft.within;
  refuseUnknown(options, `flow "${draft.name}": f.map()`, ["max", "name"]);
  const max = options.max ?? null;
  const list = bindingOf(over, draft, `flow "${draft.name}": the list of f.map()`);
  const id = freeName(
    textOf(options.name, `flow "${draft.name}", a map: name`) ?? mapName(list),
    draft.scopeNames,
    draft,
  );
  if (typeof item !== "function") {
    throw new TypeError(`flow "${draft.name}": f.map() wants a function of the item: f.map(list, (item) => …)`);
  }
  if (max !== null && (!Number.isInteger(max) || max < 1)) {
    throw new RangeError(`flow "${draft.name}": max of the map over ${id} is ${max}; it takes a whole number from 1`);
  }
  const other = list.from === "value" || list.from === "given" ? noListText(JSON.stringify(list.value)) : null;
  if (other !== null) throw new TypeError(`flow "${draft.name}": f.map() goes over a list, not over ${other}`);
  draft.maps.push({ id, over: list, maps, when, max });
  const each = inside(draft, { maps: [...maps, id] }, () =>
    bindingOf(
      notAsync(item(made(draft, { from: "item", map: id, path: [] })), draft, "f.map()"),
      draft,
      `what the map over ${id} gives`,
    ),
  );
  return made(draft, collected(draft, id, each));
}

// A whole result of a step of this map is that step's list of results: the common case, and what exporters know.
function collected(draft: Draft, map: string, each: Binding): Binding {
  const step =
    each.from === "step" && each.path.length === 0 ? draft.steps.findLast(({ id }) => id === each.step) : undefined;
  return step?.maps.at(-1) === map ? each : { from: "map", map, each, path: [] };
}

function mapName(list: Binding): string {
  if (list.from === "param") return list.param;
  if (list.from === "range") return "range";
  return list.from === "step" ? list.step : "items";
}

/** `f.loop()` */
export function addLoop(
  draft: Draft,
  initial: unknown,
  { round, options }: { readonly round: (state: unknown, index: unknown) => unknown; readonly options: LoopOptions },
): Ref<never> {
  const { maps, when } = draft.within;
  const id = freeName(textOf(options?.name, `flow "${draft.name}", a loop: name`) ?? "loop", draft.scopeNames, draft);
  const place = `flow "${draft.name}", loop ${id}`;
  if (typeof round !== "function") {
    throw new TypeError(`${place}: f.loop() wants a function of the state: f.loop(0, (x) => ({ next }), { max: 10 })`);
  }
  refuseUnknown(options, place, ["max", "atMax", "name"]);
  const { atMax = "error" } = options ?? {};
  if (atMax !== "error" && atMax !== "last") {
    throw new RangeError(`${place}: atMax is ${JSON.stringify(atMax)}; it takes "error" or "last"`);
  }
  const first = bindingOf(initial, draft, `${place}: the initial state`);
  const max = maxOf(options?.max, draft, place);
  const { next, until } = inside(draft, { maps: [...maps, id] }, () => {
    const state = made(draft, { from: "state", loop: id, path: [] });
    const given = notAsync(round(state, made(draft, { from: "round", loop: id })), draft, "f.loop()");
    return roundOf(given, draft, place);
  });
  draft.loops.push({ id, initial: first, next, until, max, atMax, maps, when });
  return made(draft, { from: "loop", loop: id, path: [] });
}

// What is awaited would be awaited after the graph is known.
function notAsync<T>(given: T, draft: Draft, what: string): T {
  if (!(given instanceof Promise)) return given;
  throw problem(draft, `the function in ${what} is async. Leave async away: what has to be awaited belongs in a step`);
}

function maxOf(max: unknown, draft: Draft, place: string): Binding {
  const binding = max === undefined ? null : bindingOf(max, draft, `${place}: max`);
  const fixed = binding?.from === "value" ? binding.value : null;
  if (binding === null || (binding.from === "value" && !(typeof fixed === "number" && isRounds(fixed)))) {
    throw new RangeError(
      `${place}: max is ${JSON.stringify(fixed) ?? "missing"}; a loop is bounded: give { max: 20 }, a whole number from 1`,
    );
  }
  return binding;
}

function isRounds(max: number): boolean {
  return Number.isInteger(max) && max >= 1;
}

function roundOf(
  given: unknown,
  draft: Draft,
  place: string,
): { readonly next: Binding; readonly until: Binding | null } {
  if (typeof given !== "object" || given === null || refFacts(given) !== null || !("next" in given)) {
    throw new TypeError(`${place}: a round gives { next } or { next, until }`);
  }
  const { next, until } = given as Round<unknown>;
  if (until !== undefined && refFacts(until) === null) {
    throw new TypeError(`${place}: until is ${JSON.stringify(until)}; give what a step of the round decided`);
  }
  return {
    next: bindingOf(next, draft, `${place}: next`),
    until: until === undefined ? null : bindingOf(until, draft, `${place}: until`),
  };
}

/** The name of the branch for all other values. */
export const otherwiseName = "otherwise";

/** `f.when()` */
export function addWhen(
  draft: Draft,
  on: unknown,
  given: { readonly branches: Readonly<Record<string, unknown>>; readonly options: Partial<WhenOptions<unknown>> },
): Ref<never> {
  const { branches, options } = given;
  const facts = refFacts(on);
  if (facts === null) {
    throw new TypeError(
      `flow "${draft.name}": f.when() decides by a ref, and got ${JSON.stringify(on)}; where the value is known now, use if`,
    );
  }
  const binding = bindingOf(on, draft, `flow "${draft.name}": what f.when() decides by`);
  refuseUnknown(options, `flow "${draft.name}": f.when()`, ["otherwise", "name"]);
  const id = freeName(
    textOf(options.name, `flow "${draft.name}", f.when(): name`) ?? whenName(binding),
    draft.scopeNames,
    draft,
  );
  const names = Object.keys(branches ?? {});
  if (names.length === 0) throw problem(draft, `f.when() on ${id} has no branch; write { yes: () => … }`);
  if (names.includes(otherwiseName) && options.otherwise !== undefined) {
    throw problem(draft, `f.when() on ${id} has a branch for the value "otherwise" and an otherwise; rename the value`);
  }
  const { maps, when } = draft.within;
  const branch = (is: string, work: unknown): Binding => {
    if (typeof work !== "function") {
      throw new TypeError(`flow "${draft.name}": the branch "${is}" of ${id} is no function; write () => …`);
    }
    const place = `what the branch "${is}" of ${id} gives`;
    return inside(draft, { when: [...when, { when: id, is }] }, () =>
      bindingOf(nothingIsNull(notAsync(work(), draft, "f.when()")), draft, place),
    );
  };
  const results = Object.fromEntries(names.map((name) => [name, branch(name, branches[name])]));
  const otherwise = options.otherwise === undefined ? null : branch(otherwiseName, options.otherwise);
  draft.whens.push({ id, on: binding, branches: results, otherwise, maps, when });
  return made(draft, { from: "when", when: id, path: [] });
}

// A branch in which nothing is to be done gives nothing; JSON's word for that is null.
function nothingIsNull(given: unknown): unknown {
  return given === undefined ? null : given;
}

function whenName(on: Binding): string {
  const last = "path" in on && on.from !== "file" ? on.path.at(-1) : undefined;
  if (typeof last === "string") return last;
  if (on.from === "param") return on.param;
  return on.from === "step" ? on.step : "when";
}
