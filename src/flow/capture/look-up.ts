import { types } from "node:util";
import type { ImportFinder } from "./imports.ts";
import type { FreeName } from "./references.ts";

/** What a name from outside stands for in a function. */
export type Found =
  /** `member`: the value is that of the member, not of the name itself. */
  | { readonly kind: "value"; readonly value: unknown; readonly member: boolean }
  /** The same everywhere: `Math`, `console`. */
  | { readonly kind: "global" }
  | { readonly kind: "unknown" };

type Scope = Readonly<Record<string, unknown>>;

/** Looks a name up as the engine would: the scopes around, the kernel's table of cell variables, the global object. */
export function lookUp(free: FreeName, scopes: readonly Scope[], finder: ImportFinder): Found {
  // Every place that runs captured code gives it a `require` of the notebook's folder.
  if (free.name === "require") return { kind: "global" };
  const scope = scopes.find((variables) => Object.hasOwn(variables, free.name)) ?? cellVariables(free.name);
  if (scope === null) return free.name in globalThis ? { kind: "global" } : { kind: "unknown" };
  const value = scope[free.name];
  if (free.member === null || !isModule(value, finder)) return { kind: "value", value, member: false };
  return free.member in value
    ? { kind: "value", value: Reflect.get(value, free.member), member: true }
    : { kind: "unknown" };
}

// tslab keeps all top-level names of cells here; a cell's code reads them as `exports.name`.
function cellVariables(name: string): Scope | null {
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
