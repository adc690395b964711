import { held, type Inspector, internals, type Property, type RemoteObject, withInspector } from "./inspector.ts";
import { type Script, scriptOf } from "./script.ts";

/** Variables and their values. */
export type Scope = Readonly<Record<string, unknown>>;

/** What the engine knows of a function beyond its text. */
export interface FunctionScopes {
  /** The variables around it, innermost first; global ones are left out. */
  readonly scopes: readonly Scope[];
  /** The one of them that is the top of an ECMAScript module. */
  readonly module: Scope | null;
  readonly script: Script | null;
  /** Whether the engine told; else nobody knows which variables around the function hide others of their names. */
  readonly areKnown: boolean;
}

const nothing: FunctionScopes = { scopes: [], module: null, script: null, areKnown: false };

/**
 * The values of the variables that a function closes over, by the engine's own debugger interface.
 * Where the engine has none, no scopes: names then come from the kernel's table of cell variables, or from scripts.
 */
export function functionScopes(fn: unknown): FunctionScopes {
  try {
    return withInspector((inspector) => read(fn, inspector));
  } catch {
    // A host without an inspector; whatever cannot be found is reported by name afterwards.
    return nothing;
  }
}

/** The script that a function stands in; null where the engine does not tell. */
export function functionScript(fn: unknown): Script | null {
  try {
    return withInspector((inspector) => scriptOf(internals(fn, inspector).get("[[FunctionLocation]]"), inspector));
  } catch {
    return null;
  }
}

/** What `bind()` put together. */
export interface BoundFunction {
  readonly target: unknown;
  readonly self: unknown;
  readonly args: readonly unknown[];
}

/** The function, its `this` and its first arguments, where a function was made by `bind()`; else null. */
export function boundFunction(fn: unknown): BoundFunction | null {
  try {
    return withInspector((inspector) => {
      const found = internals(fn, inspector);
      const target = found.get("[[TargetFunction]]");
      if (target === undefined) return null;
      const args = heldValue(found.get("[[BoundArgs]]"), inspector);
      const self = heldValue(found.get("[[BoundThis]]"), inspector);
      return { target: heldValue(target, inspector), self, args: Array.isArray(args) ? args : [] };
    });
  } catch {
    // A host without an inspector: the source of a bound function is not known then.
    return null;
  }
}

function heldValue(remote: Property["value"], { post, hold }: Inspector): unknown {
  if (remote?.objectId === undefined) return remote?.value;
  post("Runtime.callFunctionOn", {
    objectId: remote.objectId,
    functionDeclaration: `function () { ${held}.scope = this }`,
  });
  return hold.scope;
}

function read(fn: unknown, inspector: Inspector): FunctionScopes {
  const found = internals(fn, inspector);
  const list = found.get("[[Scopes]]")?.objectId;
  if (list === undefined) return nothing;
  const { result } = inspector.post("Runtime.getProperties", { objectId: list, ownProperties: true });
  const entries = (result as readonly Property[]).filter(({ name }) => /^\d+$/.test(name));
  const local = entries.filter(({ value }) => !/^Global/.test(value?.description ?? ""));
  const scopes = local.map(({ value }) => variables(value, inspector));
  const module = scopes[local.findIndex(({ value }) => value?.description?.startsWith("Module"))] ?? null;
  return { scopes, module, script: scriptOf(found.get("[[FunctionLocation]]"), inspector), areKnown: true };
}

// `this` of the call is the entry { description, object }; `object` holds the variables with their real values.
function variables(entry: RemoteObject | undefined, { post, hold }: Inspector): Scope {
  post("Runtime.callFunctionOn", {
    objectId: entry?.objectId,
    functionDeclaration: `function () { ${held}.scope = this.object }`,
  });
  return hold.scope as Scope;
}
