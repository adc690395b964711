import type * as NodeInspector from "node:inspector";

export interface RemoteObject {
  readonly objectId?: string;
  readonly description?: string;
}

export interface Property {
  readonly name: string;
  readonly value?: RemoteObject & { readonly value?: unknown };
}

export type Post = (method: string, params?: object) => Readonly<Record<string, unknown>>;

/** The engine's own debugger interface, for the length of one piece of work: no flag, no patching. */
export interface Inspector {
  readonly session: NodeInspector.Session;
  readonly post: Post;
  readonly hold: Hold;
}

/** Hands values over between us and the engine, which knows them by ids. */
export interface Hold {
  fn: unknown;
  scope: unknown;
}

const handle: symbol = Symbol.for("stemma.capture");

/** The name of the hold in an expression that the engine evaluates. */
export const held = 'globalThis[Symbol.for("stemma.capture")]';

// Asked for when it is needed: a host may be built without it.
function inspectorModule(): typeof NodeInspector {
  const found = process.getBuiltinModule?.("node:inspector");
  if (found === undefined) throw new TypeError("This host has no inspector");
  return found;
}

/** @throws where the host has no inspector */
export function withInspector<T>(work: (inspector: Inspector) => T): T {
  // Cells of Deno's kernel run through the one session that Deno can have, and a second one ends the process in a panic;
  // a script's session is closed at once.
  if (process.versions["deno"] !== undefined) throw new Error("Deno has no inspector for us.");
  const session = new (inspectorModule().Session)();
  const hold: Hold = { fn: null, scope: null };
  session.connect();
  Reflect.set(globalThis, handle, hold);
  try {
    return work({ session, hold, post: poster(session) });
  } finally {
    Reflect.deleteProperty(globalThis, handle);
    session.disconnect();
  }
}

// A session on the own thread answers before post() returns.
function poster(session: NodeInspector.Session): Post {
  return (method, params = {}) => {
    let answer: Readonly<Record<string, unknown>> = {};
    session.post(method, params, (error, result) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      answer = result as Readonly<Record<string, unknown>>;
    });
    return answer;
  };
}

/** What the engine keeps of a function: `[[Scopes]]`, `[[FunctionLocation]]`. */
export function internals(fn: unknown, { post, hold }: Inspector): ReadonlyMap<string, Property["value"]> {
  hold.fn = fn;
  const { result } = post("Runtime.evaluate", { expression: `${held}.fn` });
  const { objectId } = result as RemoteObject;
  const { internalProperties } = post("Runtime.getProperties", { objectId, ownProperties: true });
  return new Map(((internalProperties ?? []) as readonly Property[]).map(({ name, value }) => [name, value]));
}
