import { Session } from "node:inspector";

/** What the engine knows of a function beyond its text. */
export interface FunctionScopes {
  /** The variables around it, innermost first; global ones are left out. */
  readonly scopes: readonly Readonly<Record<string, unknown>>[];
  /** Whether it stands in an ECMAScript module. */
  readonly inModule: boolean;
}

interface RemoteObject {
  readonly objectId?: string;
  readonly description?: string;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteObject & { readonly value?: unknown };
}

type Post = (method: string, params?: object) => Readonly<Record<string, unknown>>;

const handle: symbol = Symbol.for("stemma.capture");

interface Hold {
  fn: unknown;
  scope: unknown;
}

/**
 * The values of the variables that a function closes over, by the engine's own debugger interface (no flag, no patching).
 * Where the engine has none, no scopes: names then come from the kernel's table of cell variables.
 */
export function functionScopes(fn: unknown): FunctionScopes {
  try {
    return withSession((post, hold) => read(fn, post, hold));
  } catch {
    // A host without an inspector; whatever cannot be found is reported by name afterwards.
    return { scopes: [], inModule: false };
  }
}

/** The URL or path of the script that a function stands in; null where the engine does not tell. */
export function scriptOf(fn: unknown): string | null {
  try {
    return withSession((post, hold) => scriptUrl(fn, post, hold));
  } catch {
    return null;
  }
}

function withSession<T>(work: (post: Post, hold: Hold, session: Session) => T): T {
  const session = new Session();
  const hold: Hold = { fn: null, scope: null };
  session.connect();
  Reflect.set(globalThis, handle, hold);
  try {
    return work(poster(session), hold, session);
  } finally {
    Reflect.deleteProperty(globalThis, handle);
    session.disconnect();
  }
}

// A session on the own thread answers before post() returns.
function poster(session: Session): Post {
  return (method, params = {}) => {
    let answer: Readonly<Record<string, unknown>> = {};
    session.post(method, params, (error, result) => {
      if (error !== null) throw new Error(`${method}: ${error.message}`);
      answer = result as Readonly<Record<string, unknown>>;
    });
    return answer;
  };
}

const global = 'globalThis[Symbol.for("stemma.capture")]';

function internals(fn: unknown, post: Post, hold: Hold): ReadonlyMap<string, Property["value"]> {
  hold.fn = fn;
  const { result } = post("Runtime.evaluate", { expression: `${global}.fn` });
  const { objectId } = result as RemoteObject;
  const { internalProperties } = post("Runtime.getProperties", { objectId, ownProperties: true });
  return new Map(((internalProperties ?? []) as readonly Property[]).map(({ name, value }) => [name, value]));
}

function read(fn: unknown, post: Post, hold: Hold): FunctionScopes {
  const list = internals(fn, post, hold).get("[[Scopes]]")?.objectId;
  if (list === undefined) return { scopes: [], inModule: false };
  const { result } = post("Runtime.getProperties", { objectId: list, ownProperties: true });
  const entries = (result as readonly Property[]).filter(({ name }) => /^\d+$/.test(name));
  const kinds = entries.map(({ value }) => value?.description ?? "");
  const scopes = entries
    .filter((_, i) => !/^Global/.test(kinds[i] ?? ""))
    .map(({ value }) => variables(value, post, hold));
  return { scopes, inModule: kinds.some((kind) => kind.startsWith("Module")) };
}

// `this` of the call is the entry { description, object }; `object` holds the variables with their real values.
function variables(entry: RemoteObject | undefined, post: Post, hold: Hold): Readonly<Record<string, unknown>> {
  post("Runtime.callFunctionOn", {
    objectId: entry?.objectId,
    functionDeclaration: `function () { ${global}.scope = this.object }`,
  });
  return hold.scope as Readonly<Record<string, unknown>>;
}

function scriptUrl(fn: unknown, post: Post, hold: Hold): string | null {
  return withSession((debug, _, session) => {
    const urls = new Map<unknown, string>();
    session.on("Debugger.scriptParsed", ({ params }) => urls.set(params.scriptId, params.url));
    debug("Debugger.enable");
    const location = internals(fn, post, hold).get("[[FunctionLocation]]")?.value;
    const id = typeof location === "object" && location !== null ? Reflect.get(location, "scriptId") : null;
    debug("Debugger.disable");
    return urls.get(id) ?? null;
  });
}
