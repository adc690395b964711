import { types } from "node:util";
import type { Node } from "../syntax/index.ts";
import type { ImportFinder } from "./imports.ts";
import type { FreeName, Member } from "./references.ts";
import type { Scope } from "./scopes.ts";
import { isOfScript, scriptVariable } from "./script-variables.ts";
import type { Surrounding } from "./walk.ts";

/** What a name from outside stands for in a function. */
export type Found =
  /** `name` and `node`: of the last member that was followed, or of the name itself. */
  | { readonly kind: "value"; readonly value: unknown; readonly name: string; readonly node: Node }
  /** The same everywhere: `Math`, `console`. */
  | { readonly kind: "global" }
  | { readonly kind: "unknown"; readonly name: string }
  /** It is declared, and its declaration was not reached. */
  | { readonly kind: "early"; readonly name: string }
  /** Without an inspector nobody can tell whose variable it is. */
  | { readonly kind: "hidden"; readonly name: string };

/** A function that uses names from outside, and where it stands. */
export interface Using {
  readonly fn: { readonly name: string };
  readonly around: Surrounding;
}

/** Looks a name up as the engine would: the scopes around, the kernel's table of cell variables, scripts, the global object. */
export function lookUp(free: FreeName, { fn, around }: Using, finder: ImportFinder): Found {
  // Every place that runs captured code gives it a `require` of the notebook's folder.
  if (free.name === "require") return { kind: "global" };
  const near = around.scopes.find((variables) => Object.hasOwn(variables, free.name)) ?? cellVariables(free.name);
  const scope = near ?? scriptVariable(free.name);
  if (scope === null && free.name in globalThis) return { kind: "global" };
  if (near === null && !around.areKnown && !isOfScript(fn)) return { kind: "hidden", name: free.name };
  if (scope === null) return { kind: "unknown", name: free.name };
  const { name, node } = free;
  const read = valueIn(scope, name);
  return read === null
    ? { kind: "early", name }
    : followed({ kind: "value", ...read, name, node }, free.members, finder);
}

// A `const` further down has no value, and says so to whoever reads it: a debugger, a kernel's table of variables.
function valueIn(scope: Scope, name: string): { readonly value: unknown } | null {
  try {
    return { value: scope[name] };
  } catch (error) {
    if (error instanceof ReferenceError) return null;
    throw error;
  }
}

// Through modules only: the method of any other object needs the object.
function followed(at: Found & { kind: "value" }, members: readonly Member[], finder: ImportFinder): Found {
  const [next, ...rest] = members;
  if (next === undefined || !isModule(at.value, finder)) return at;
  if (!(next.name in at.value)) return { kind: "unknown", name: `${at.name}.${next.name}` };
  // A method of a module that is an object of some class (`process.on`).
  if (!Object.hasOwn(at.value, next.name)) return at;
  return followed({ kind: "value", value: Reflect.get(at.value, next.name), ...next }, rest, finder);
}

/** tslab keeps all top-level names of cells here; a cell's code reads them as `exports.name`. */
export function cellVariables(name: string): Scope | null {
  const kernel: unknown = Reflect.get(globalThis, "__tslab__");
  if (!isObject(kernel)) return null;
  if (name === "exports") return { exports: Reflect.get(kernel, "exports") };
  const cells = Reflect.get(kernel, "exports");
  return isObject(cells) && Object.hasOwn(cells, name) ? (cells as Scope) : null;
}

/**
 * Whether an object is what a module exports: a namespace, TypeScript's copies of one (`__importStar`, `__importDefault`),
 * or the table of the cells' variables. Their members are looked up one by one.
 */
function isModule(value: unknown, finder: ImportFinder): value is object {
  if (!isObject(value)) return false;
  if (types.isModuleNamespaceObject(value) || finder.isModule(value)) return true;
  if (Reflect.get(value, "__esModule") === true || Reflect.get(value, Symbol.toStringTag) === "Module") return true;
  const kernel: unknown = Reflect.get(globalThis, "__tslab__");
  if (isObject(kernel) && Reflect.get(kernel, "exports") === value) return true;
  const copied = Object.getOwnPropertyDescriptor(value, "default");
  return copied !== undefined && "value" in copied && finder.isModule(copied.value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
