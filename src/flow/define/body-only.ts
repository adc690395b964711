/** What there is in the body of a flow only: what wires steps, and the params. */
export type BodyOnly = "builder" | "params";

const known = new WeakMap<object, BodyOnly>();

/** The object itself, noted: a step that uses it is told so. */
export function bodyOnly<T extends object>(made: T, what: BodyOnly): T {
  known.set(made, what);
  return made;
}

/** Whether a value is one that only the body has; null for any other. */
export function bodyOnlyKind(value: unknown): BodyOnly | null {
  return (typeof value === "object" && value !== null && known.get(value)) || null;
}
