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

/** The facts of anything thrown, with its causes; a value that is no Error becomes its text. */
export function errorFacts(thrown: unknown): ErrorFacts {
  if (!isErrorLike(thrown)) return { name: "Error", code: "THROWN", message: String(thrown) };
  const code = "code" in thrown && typeof thrown.code === "string" ? thrown.code : "THROWN";
  const facts = { name: thrown.name, code, message: thrown.message };
  return {
    ...facts,
    ...(thrown.stack === undefined ? {} : { stack: thrown.stack }),
    ...(thrown.cause === undefined ? {} : { cause: errorFacts(thrown.cause) }),
  };
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
function isErrorLike(thrown: unknown): thrown is Error {
  return typeof thrown === "object" && thrown !== null && "message" in thrown && "name" in thrown;
}
