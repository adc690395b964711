import { inspect } from "node:util";
import type { Json } from "../../track/index.ts";
import { givenText } from "./given-text.ts";
import type { Binding, BranchPlan } from "./plan.ts";

/**
 * Stands for a value that is there when the flow runs: a param, a step's result, an item of a map.
 *
 * A plain object, so that no name of a result collides with one of ours; give it to a step to get the value.
 */
export interface Ref<T> {
  /** A part of the value: a key of a record, an index of a list. */
  at<K extends keyof T>(key: K): Ref<T[K]>;
  /** Only for the type; never there. */
  readonly "~value"?: T;
}

/** What a ref stands for, and where it may be used. */
export interface RefFacts {
  /** The body that made it: a ref of another flow is refused. */
  readonly owner: object;
  readonly binding: Binding;
  /** Ids of the maps and loops that it was made in. */
  readonly maps: readonly string[];
  /** The branches that it was made in. */
  readonly when: readonly BranchPlan[];
}

const factsKey: symbol = Symbol.for("stemma.ref");

/** A ref for a binding. */
export function ref(facts: RefFacts): Ref<never> {
  return Object.freeze(Object.create(ofAllRefs(), { [factsKey]: { value: facts }, "~value": copied })) as Ref<never>;
}

function misuse(made: unknown, how: string): never {
  const name = nameOf(made);
  throw new TypeError(
    `${name} has no value yet (${how}): the body of flow() runs once to know the graph. Do it inside a step, and give the step ${name}.`,
  );
}

function nameOf(made: unknown): string {
  const facts = refFacts(made);
  return facts === null ? "a ref" : bindingText(facts.binding);
}

// Read by `{ ...ref }`, Object.entries() and structuredClone(), which see what is enumerable and the object's own only.
const copied: PropertyDescriptor = {
  enumerable: true,
  get(this: unknown): never {
    return misuse(this, "its fields are read or copied");
  },
};

let shared: object | null = null;

// One for all: a flow of hundreds of steps makes as many refs.
function ofAllRefs(): object {
  shared ??= Object.freeze(
    Object.create(readingThrows(), {
      at: {
        value(this: unknown, key: string | number): Ref<never> {
          const facts = refFacts(this);
          if (facts === null)
            throw new TypeError(`at(${JSON.stringify(key)}) was taken off its ref; write ref.at(key)`);
          return ref({ ...facts, binding: extended(facts.binding, key) });
        },
      },
      [Symbol.toPrimitive]: asks("used in arithmetic, a comparison or a text"),
      [Symbol.iterator]: asks(
        "spread, looped over or taken apart; f.map() goes through a list, .at(0) is its first part",
      ),
      toJSON: asks("turned into JSON"),
      // As the last expression of a cell; kernels ask other objects for parts by name.
      [Symbol.for("Jupyter.display")]: {
        value(this: unknown): object {
          const text = `Ref(${nameOf(this)}): stands for a value that is there when the flow runs`;
          return { "text/plain": text };
        },
      },
      [inspect.custom]: {
        value(this: unknown): string {
          return `Ref(${nameOf(this)})`;
        },
      },
    }),
  ) as object;
  return shared;
}

function asks(how: string): PropertyDescriptor {
  return {
    value(this: unknown): never {
      return misuse(this, how);
    },
  };
}

/** What hosts and test tools ask of any object; nobody means a part of a result by it. */
const askedOfAll: ReadonlySet<string> = new Set([
  "then",
  "constructor",
  "valueOf",
  "toString",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "asymmetricMatch",
  "nodeType",
  "tagName",
  "nodeName",
]);

// Behind the ref itself, so that its own names stay plain: only what it does not have is asked here.
function readingThrows(): object {
  return new Proxy(Object.prototype, {
    get(target, key, receiver) {
      if (typeof key === "symbol" || askedOfAll.has(key) || /^(\$\$|@@|__)/.test(key)) {
        return Reflect.get(target, key, receiver);
      }
      const name = nameOf(receiver);
      const isIndex = /^\d+$/.test(key);
      const read = isIndex ? `${name}[${key}]` : `${name}.${key}`;
      throw new TypeError(
        `${read} is read, but ${name} has no value yet: the body of flow() runs once to know the graph. ${insteadOf(key, receiver)}`,
      );
    },
    set(...[, key, , receiver]) {
      const name = nameOf(receiver);
      throw new TypeError(
        `${name}.${String(key)} is written, but ${name} stands for a value that a step gives. Write to a copy inside a step.`,
      );
    },
  });
}

/** What to write where a ref was read as if it were its value. */
function insteadOf(key: string, made: unknown): string {
  const facts = refFacts(made);
  const isItem = facts?.binding.from === "item";
  // In words, `the item of xs` is no name that anybody could write.
  const name = isItem ? "item" : facts?.binding.from === "state" ? "state" : nameOf(made);
  const inStep = "or read it inside a step";
  if (ofLists.has(key))
    return `Go through it by f.map(${name}, (item) => …), ${inStep}: f.step(fn, { list: ${name} }).`;
  if (ofAnyValue.has(key)) return `Do it inside a step: f.step(fn, { x: ${name} }).`;
  const part = `Write ${name}.at(${/^\d+$/.test(key) ? key : JSON.stringify(key)}), ${inStep}`;
  return isItem ? `${part}: f.map(list, (item) => f.step(fn, { item })).` : `${part}.`;
}

const ofLists: ReadonlySet<string> = new Set(["map", "forEach", "flatMap"]);

// Methods that lists, texts, numbers, maps and sets have: nobody means a part of a result by them.
const ofAnyValue: ReadonlySet<string> = new Set(
  [Array, String, Number, Map, Set, Date].flatMap(({ prototype }) =>
    Object.getOwnPropertyNames(prototype).filter((name) => name !== "length" && name !== "size"),
  ),
);

/** The facts of a ref; null for any other value. */
export function refFacts(value: unknown): RefFacts | null {
  // Own only: whatever else an object may ask its prototype for is none of ours.
  const isOwn = typeof value === "object" && value !== null && Object.hasOwn(value, factsKey);
  const facts: unknown = isOwn ? Reflect.get(value, factsKey) : undefined;
  return facts === undefined ? null : (facts as RefFacts);
}

function extended(binding: Binding, key: string | number): Binding {
  if ("path" in binding && binding.from !== "file") return { ...binding, path: [...binding.path, key] };
  const part = partBinding(binding, key);
  if (part !== undefined) return part;
  throw new TypeError(`${bindingText(binding)} has no parts; at(${JSON.stringify(key)}) asks for one`);
}

// A part of what a sub-flow gives, or was given, is known where it is written.
function partBinding(binding: Binding, key: string | number): Binding | undefined {
  if (binding.from === "list") return binding.items.at(Number(key));
  if (binding.from === "record" && Object.hasOwn(binding.fields, key)) return binding.fields[key];
  if (binding.from !== "value" || typeof binding.value !== "object" || binding.value === null) return undefined;
  const value: unknown = Reflect.get(binding.value, key);
  return value === undefined ? undefined : { from: "value", value: value as Json };
}

/** A binding as a reader of the flow would write it: `p.beta`, `load.rows[0]`, `f.file("a.csv")`. */
export function bindingText(binding: Binding): string {
  switch (binding.from) {
    case "param":
      return `p.${binding.param}${pathText(binding.path)}`;
    case "step":
      return `${binding.step}${pathText(binding.path)}`;
    case "item":
      return `the item of ${binding.map}${pathText(binding.path)}`;
    case "map":
      return `the results of the map over ${binding.map}${pathText(binding.path)}`;
    case "file":
      return `f.file(${JSON.stringify(binding.path)})`;
    case "when":
      return `what the branches of ${binding.when} give${pathText(binding.path)}`;
    case "state":
      return `the state of ${binding.loop}${pathText(binding.path)}`;
    case "round":
      return `the round of ${binding.loop}`;
    case "loop":
      return `the last state of ${binding.loop}${pathText(binding.path)}`;
    case "range":
      return `f.range(${[binding.start, binding.end, binding.step].map(bindingText).join(", ")})`;
    case "given":
      return givenText(binding.value);
    default:
      return binding.from === "value" ? JSON.stringify(binding.value) : `a ${binding.from}`;
  }
}

/** `.rows[0]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
}
