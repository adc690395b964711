/** What every error of Stemma carries across a process, a thread or a file: plain data, rebuilt by {@link errorFrom}. */
export interface ErrorFacts {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: ErrorFacts;
}

/**
 * The base of all errors that Stemma throws.
 *
 * `code` is what a caller tells errors apart by; the message names the value and the way out.
 */
export class StemmaError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Causes of causes that are told: an error may be its own. */
const causesTold = 10;

/** The facts of anything thrown, with its causes; a value that is no Error becomes its text. Never throws itself. */
export function errorFacts(thrown: unknown): ErrorFacts {
  return factsOf(thrown, causesTold);
}

function factsOf(thrown: unknown, causes: number): ErrorFacts {
  if (!isErrorLike(thrown)) return { name: "Error", code: "THROWN", message: textOf(thrown) };
  const [name, code, message, stack, cause] = ["name", "code", "message", "stack", "cause"].map((key) =>
    field(thrown, key),
  );
  return {
    name: typeof name === "string" ? name : "Error",
    code: typeof code === "string" ? code : "THROWN",
    message: message === undefined ? "" : textOf(message),
    ...(typeof stack === "string" ? { stack } : {}),
    ...(cause === undefined || causes === 0 ? {} : { cause: factsOf(cause, causes - 1) }),
  };
}

// A getter that throws, or a proxy that is revoked, has nothing to tell.
function field(thrown: object, key: string): unknown {
  try {
    return Reflect.get(thrown, key);
  } catch {
    return undefined;
  }
}

/** A value's own words; a record, which has none, as JSON. */
function textOf(value: unknown): string {
  const isPlain = typeof value !== "object" || value === null;
  if (isPlain) return String(value);
  try {
    const own = String(value);
    return own.startsWith("[object ") ? (JSON.stringify(value) ?? own) : own;
  } catch {
    // It has no text, or is made of itself.
    const keys = keysOf(value);
    return keys.length === 0 ? "{}" : `{ ${keys.join(", ")} }`;
  }
}

function keysOf(value: object): readonly string[] {
  try {
    return Object.keys(value);
  } catch {
    return [];
  }
}

/** The error that {@link errorFacts} described, with its name, code, stack and causes. */
export function errorFrom(facts: ErrorFacts): StemmaError {
  const cause = facts.cause === undefined ? undefined : errorFrom(facts.cause);
  const error = new StemmaError(facts.code, facts.message, cause === undefined ? {} : { cause });
  error.name = facts.name;
  if (facts.stack !== undefined) error.stack = facts.stack;
  return error;
}

// Errors of another realm (a cell's vm context, a worker) are no instances of our Error.
function isErrorLike(thrown: unknown): thrown is object {
  try {
    return typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown;
  } catch {
    return false;
  }
}
