import { inspect } from "node:util";
import type { Json } from "../track/index.ts";
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
  const name = bindingText(facts.binding);
  const misuse = (how: string): never => {
    throw new TypeError(
      `${name} has no value yet (${how}): the body of flow() runs once to know the graph. Do it inside a step, and give the step ${name}.`,
    );
  };
  const made = Object.create(readingThrows(name), {
    at: { value: (key: string | number) => ref({ ...facts, binding: extended(facts.binding, key) }) },
    [factsKey]: { value: facts },
    [Symbol.toPrimitive]: { value: () => misuse("used in arithmetic, a comparison or a text") },
    [Symbol.iterator]: { value: () => misuse("spread or looped over; f.map() goes through a list") },
    toJSON: { value: () => misuse("turned into JSON") },
    [inspect.custom]: { value: () => `Ref(${name})` },
    // Read by `{ ...ref }`, Object.entries() and structuredClone(), which see what is enumerable only.
    "~value": { enumerable: true, get: () => misuse("its fields are read or copied") },
  }) as object;
  return Object.freeze(made) as unknown as Ref<never>;
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
function readingThrows(name: string): object {
  return new Proxy(Object.prototype, {
    get(target, key, receiver) {
      if (typeof key === "symbol" || askedOfAll.has(key) || /^(\$\$|@@|__)/.test(key)) {
        return Reflect.get(target, key, receiver);
      }
      const part = /^\d+$/.test(key) ? key : JSON.stringify(key);
      throw new TypeError(
        `${name}.${key} is read, but ${name} has no value yet: the body of flow() runs once to know the graph. Write ${name}.at(${part}), or read it inside a step.`,
      );
    },
    set(_, key) {
      throw new TypeError(
        `${name}.${String(key)} is written, but ${name} stands for a value that a step gives. Write to a copy inside a step.`,
      );
    },
  });
}

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
    default:
      return binding.from === "value" ? JSON.stringify(binding.value) : `a ${binding.from}`;
  }
}

/** `.rows[0]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`)).join("");
}
